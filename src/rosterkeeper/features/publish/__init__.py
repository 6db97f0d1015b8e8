"""The outbox: what is to be told to somebody outside, written with what it tells, and carried there afterwards."""
