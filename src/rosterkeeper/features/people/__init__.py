"""People: a district's directory accounts, the persons of its rosters, and which belongs to which."""
