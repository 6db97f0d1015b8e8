"""Backups: an installation in one file, taken while everything runs and restored on an empty machine."""
