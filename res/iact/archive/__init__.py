"""Observations become rows: collections, mapping, bulk load, what was refused and why."""
