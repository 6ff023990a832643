"""Writing the data challenge into a folder."""

from __future__ import annotations

import os
from pathlib import Path

from iact.errors import CtaError
from iact.sim.events import draw
from iact.sim.files import RunFile, hdu_index, obs_index, run_file
from iact.sim.plan import RUNS, Run
from iact.sim.responses import response

#: Seed of the challenge that demo, tests and documentation use.
DEFAULT_SEED = 20260101


def write_challenge(folder: Path, seed: int = DEFAULT_SEED) -> list[Path]:
    """Write the simulated runs and their two indexes.

    The same seed gives the same bytes (within one version of astropy and numpy). A file
    that already has the right content is not touched; others appear complete or not at
    all, the indexes last.

    Parameters
    ----------
    folder
        Where to write; made if it is not there.
    seed
        What decides all random numbers, 0 or more.

    Returns
    -------
    list of pathlib.Path
        All files of the challenge, whether they were written now or before.

    Raises
    ------
    CtaError
        If the seed is negative, or the folder or a file in it cannot be written.
    """
    if seed < 0:
        raise CtaError(f"seed {seed}: expected 0 or more")
    files, paths = [], []
    for run in RUNS:
        files.append(_simulate(run, seed))
        paths.append(_put(folder / files[-1].folder / files[-1].name, files[-1].content))
    paths.append(_put(folder / "hdu-index.fits.gz", hdu_index(files)))
    paths.append(_put(folder / "obs-index.fits.gz", obs_index(files)))
    return paths


def _simulate(run: Run, seed: int) -> RunFile:
    seen = response(run)
    return run_file(run, seen, draw(run, seen, seed))


def _put(path: Path, content: bytes) -> Path:
    # The process number keeps two writers of one folder apart; the leading dot and the
    # ending keep those who look for FITS files from the unfinished one.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.is_file() and path.read_bytes() == content:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise CtaError(
            f"{path}: cannot be written ({error.strerror}); "
            "choose a folder that you may write to, with 10 MB free"
        ) from error
    return path
