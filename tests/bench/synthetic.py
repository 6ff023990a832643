"""As many observations as a large observatory has, without their bytes.

The files are there, but empty: their names say which observation each stands for. What
follows reading (deciding, rows, bulk load) is ingestion's own.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from iact.dl3.observation import FileReport, Observation
from iact.dl3.read import Chooser

_PER_FOLDER = 1000
_PATH = re.compile(r"\d+/run_(\d+)\.fits\.gz")
#: Steps that spread positions evenly over the sky: the golden ratio's, and another one.
_RA_STEP, _Z_STEP = 0.6180339887498949, 0.7548776662466927
#: Days between two observations, and after how many of them time begins again.
_DAYS, _NIGHTS = 0.02, 400_000
#: Simulations may be left out of ivoa.obscore; these are as of a real observatory.
COLLECTIONS = ("CTAO-NORTH", "CTAO-SOUTH")
#: Targets, each of which is observed again and again; energy thresholds, in per cent of the
#: lowest.
_TARGETS, _THRESHOLDS = 5_000, 997
#: Golden angle, degrees, and how far pointings are from their target.
_WOBBLE_STEP, _WOBBLE = 137.508, 0.7


def make_files(root: Path, number: int) -> None:
    """Make empty files for some observations, a thousand in a folder."""
    for run in range(number):
        folder = root / f"{run // _PER_FOLDER:05d}"
        if run % _PER_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"run_{run:07d}.fits.gz").touch()


class SyntheticReader:
    """Stands for `iact.dl3.read.read_file`; every file becomes a variant of one real run.

    Parameters
    ----------
    model
        What reading a real file gave.
    first
        Number of the first run: different ones make different observations.
    """

    def __init__(self, model: FileReport, first: int) -> None:
        self._model, self._first = model, first

    def __call__(self, root: Path, path: str, choose: Chooser, hint: object = None) -> FileReport:
        """Return the report of a file by its name."""
        found, model = _PATH.fullmatch(path), self._model.observation
        assert found is not None and model is not None, path
        run, status = self._first + int(found[1]), (root / path).stat()
        return replace(
            self._model,
            collection=COLLECTIONS[run % len(COLLECTIONS)],
            path=path,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=f"{run:064x}",
            observation=variant(model, run, path),
        )


def variant(model: Observation, run: int, path: str) -> Observation:
    """Return another run: its own place on the sky, night, energies and products."""
    made = copy.copy(model)
    made.obs_id = str(1_000_000 + run)
    target = run % _TARGETS
    made.target_name = f"Source {target}"
    made.target_ra = target * _RA_STEP % 1.0 * 360.0
    made.target_dec = float(np.degrees(np.arcsin(target * _Z_STEP % 1.0 * 2 - 1)))
    angle = np.radians(run * _WOBBLE_STEP)
    made.dec_pnt = float(np.clip(made.target_dec + _WOBBLE * np.sin(angle), -89.9, 89.9))
    east = _WOBBLE * np.cos(angle) / np.cos(np.radians(made.dec_pnt))
    made.ra_pnt = float((made.target_ra + east) % 360.0)
    # Into the past, so that all of it is public.
    shift = -(run % _NIGHTS) * _DAYS
    made.t_start, made.t_stop = model.t_start + shift, model.t_stop + shift
    made.gti = model.gti + shift
    made.energy_min = (model.energy_min or 1e11) * (1 + run % _THRESHOLDS / 100)
    made.n_events = model.n_events + run % 1000
    made.products = tuple(
        replace(product, path=path, sha256=f"{run:060x}{number:04x}")
        for number, product in enumerate(model.products)
    )
    return made
