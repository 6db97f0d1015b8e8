"""A OneRoster CSV zip: archive, manifest, dialects (1.0, 1.1, 1.2), bulk and delta."""
