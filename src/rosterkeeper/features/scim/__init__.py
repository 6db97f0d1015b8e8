"""SCIM 2.0 (RFC 7643, RFC 7644): a district's identity provider pushes its accounts into the district's directory."""
