"""Secrets at rest: the box that seals them, the columns that hold them, and the change of their key."""
