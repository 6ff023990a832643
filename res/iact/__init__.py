"""Cherenkov-telescope DL3 files as a Virtual Observatory archive.

How data flow: files -> `dl3` -> `archive` -> resource descriptors -> clients;
`dachs` holds the adapters to GAVO DaCHS, `sim` makes simulated input and
`operate` is the operator's command.
"""

__version__ = "0.2.0"
