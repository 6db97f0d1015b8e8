"""The teacher's side of the console: settings, policy, a signed launch, and a browser. The standard library alone."""
