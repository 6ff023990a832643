"""``python -m iact.sim FOLDER``: write the simulated data challenge."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iact.errors import CtaError
from iact.sim.challenge import DEFAULT_SEED, write_challenge


def main(arguments: list[str] | None = None) -> int:
    """Write the challenge as the command line says.

    Parameters
    ----------
    arguments
        Without the name of the program; those of the process if None.

    Returns
    -------
    int
        Exit code: 0, or 1 if the folder cannot be written.
    """
    parser = argparse.ArgumentParser(
        prog="python -m iact.sim",
        description="Write a small simulated data challenge in GADF 0.3 into FOLDER.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        paths = write_challenge(options.folder, options.seed)
    except CtaError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in paths) / 1e6
    print(f"{len(paths)} files, {size:.1f} MB in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
