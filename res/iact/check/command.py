"""What `bin/cta check` does."""

from __future__ import annotations

import argparse
import sys

from iact.check.findings import ERROR, WARNING
from iact.check.output import write_json, write_lines
from iact.check.run import Summary, check_paths

#: As `bin/cta ingest`: files that would be quarantined.
SOME_REFUSED = 4
SOME_WARNINGS = 5


def main(args: argparse.Namespace) -> int:
    """Check what the command line names.

    Parameters
    ----------
    args
        ``paths`` and ``json``.

    Returns
    -------
    int
        0 if there was nothing above a note, 5 if there were warnings, 4 if there were
        errors.

    Raises
    ------
    CtaError, OSError
        If a folder cannot be read or has no FITS files.
    """
    summary = Summary()
    write = write_json if args.json else write_lines
    write(check_paths(args.paths, summary), summary, sys.stdout)
    if summary.counts[ERROR]:
        return SOME_REFUSED
    return SOME_WARNINGS if summary.counts[WARNING] else 0
