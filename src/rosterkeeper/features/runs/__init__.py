"""Runs: who may run, what a run did, and what to do with one that waits or died."""
