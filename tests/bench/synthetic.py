"""As many observations as a large observatory has, without the files.

The files are there, but empty: their names say which observation each stands for.
What follows reading (deciding, rows, bulk load) is ingestion's own.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from iact.dl3.observation import FileReport, Observation
from iact.dl3.read import Chooser

#: Files in a folder.
_PER_FOLDER = 1000
_PATH = re.compile(r"(\d+)/run_(\d+)\.fits\.gz")
_SIDEREAL_DEG, _DAY = 360.9856, 1.0
_GOLDEN = 0.6180339887498949


def make_files(root: Path, number: int, first: int = 0) -> None:
    """Make empty files for some observations."""
    for run in range(first, first + number):
        folder = root / f"{run // _PER_FOLDER:05d}"
        if run == first or run % _PER_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"run_{run:07d}.fits.gz").touch()


class SyntheticReader:
    """Stands for `iact.dl3.read.read_file`; every file becomes a variant of one real run.

    Parameters
    ----------
    model
        What reading a real file gave.
    """

    def __init__(self, model: FileReport) -> None:
        self._model = model

    def __call__(self, root: Path, path: str, choose: Chooser, hint: object = None) -> FileReport:
        """Return the report of a file by its name."""
        found = _PATH.fullmatch(path)
        assert found is not None, path
        status = (root / path).stat()
        return replace(
            self._model,
            path=path,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=f"{int(found[2]):064x}",
            observation=vary(self._model.observation, int(found[2]), path),
        )


def vary(model: Observation, run: int, path: str) -> Observation:
    """Return another run: its own place on the sky, night, energies and products."""
    made = copy.copy(model)
    made.obs_id = str(1_000_000 + run)
    made.ra_pnt = (run * _GOLDEN * 360.0) % 360.0
    made.dec_pnt = float(np.degrees(np.arcsin(((run * _GOLDEN * 7) % 1.0) * 2 - 1)))
    made.target_ra, made.target_dec = made.ra_pnt, made.dec_pnt
    shift = (run % 50_000) * 0.1
    made.t_start, made.t_stop, made.gti = (
        model.t_start + shift, model.t_stop + shift, model.gti + shift,
    )  # fmt: skip
    made.energy_min = (model.energy_min or 1e11) * (1 + run % 7)
    made.n_events = model.n_events + run % 1000
    made.products = tuple(
        replace(product, path=path, sha256=f"{run:060x}{number:04x}")
        for number, product in enumerate(model.products)
    )
    return made
