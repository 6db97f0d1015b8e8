"""Notices: what an administrator must be told of without looking, once a cause, and who is told."""
