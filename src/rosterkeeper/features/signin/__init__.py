"""Signing in by OpenID Connect: providers, whom their claims mean, the sessions of people, and what they see."""
