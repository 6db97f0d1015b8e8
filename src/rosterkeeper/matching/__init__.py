"""Whose record is whose: persons above source records, matched to a district's directory accounts, grouped by class.

Made of the live rosters of all of a district's connections, set by set in DuckDB, and written as a difference.
"""
