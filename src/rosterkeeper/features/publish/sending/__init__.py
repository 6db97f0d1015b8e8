"""The ways to a target: by mail, to a webhook, into a chat."""
