"""Districts, and the connections through which their rosters come."""
