"""Schedules: when each connection syncs by itself, as data and as rules."""
