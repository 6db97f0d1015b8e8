"""What the product can do: one Django app a capability."""
