"""ClassLink Roster Server: through ClassLink's proxy, or straight to the district's own server."""
