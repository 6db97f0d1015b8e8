"""The Django project: settings read once from the environment, and the start-up of the database."""
