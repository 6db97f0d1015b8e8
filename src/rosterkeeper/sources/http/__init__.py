"""The HTTP client that the REST sources share: OAuth 1.0a, OAuth 2, bearer, retry, paging."""
