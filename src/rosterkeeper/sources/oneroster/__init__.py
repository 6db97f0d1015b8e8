"""Any OneRoster 1.1 or 1.2 server."""
