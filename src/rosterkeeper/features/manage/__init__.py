"""The administrator's pages that show several features at once: the overview and the way to a first sync."""
