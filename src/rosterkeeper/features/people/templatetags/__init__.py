"""Template tags of the directory's pages."""
