"""The live roster in SQLite or PostgreSQL: apply, undo, snapshots, state hash. Reached through ADBC only."""
