"""What every page shares: the layout, the vendored interface kit, icons and small pieces."""
