"""Cutting event lists by position, time and energy (IVOA SODA 1.0).

Runs without DaCHS and without a database: a file and a selection go in, a file comes out.
"""
