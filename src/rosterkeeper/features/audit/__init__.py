"""What was done, by whom and from where: append-only."""
