"""The administrator's pages of connections: the list, one as it stands, and everything that may be done with it."""
