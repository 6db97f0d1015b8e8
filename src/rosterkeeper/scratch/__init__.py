"""The run's scratch database: one typed adapter over an in-process DuckDB file."""

from rosterkeeper.scratch.database import Cell, Scratch, ScratchFault, quoted, warm_up

__all__ = ["Cell", "Scratch", "ScratchFault", "quoted", "warm_up"]
