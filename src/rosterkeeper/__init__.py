"""Rosterkeeper: rostering for schools."""
