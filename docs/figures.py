"""Draws docs/observations.png from a running archive, over TAP as any client would.

    VAR/.venv/bin/python docs/figures.py [http://localhost:8080/tap]

VAR/.venv is what ``bin/cta setup --workers`` makes. The picture in the repository
shows the simulated data of ``make demo``.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pyvo
from astropy.coordinates import SkyCoord
from astropy.table import Row, Table
from astropy.time import Time

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

PICTURE = Path(__file__).with_name("observations.png")
QUERY = """
SELECT obs_id, target_name, s_ra, s_dec, s_region, t_min,
    energy_min, energy_max, data_rights, obs_release_date
FROM cta.vo_obscore ORDER BY t_min, obs_id
"""
#: Colour-blind safe (Okabe and Ito).
COLOURS = {
    "public": "#0072b2",
    "proprietary": "#d55e00",
    "public from a date to come": "#009e73",
}
#: Runs whose pointings are closer than this share a map; deg.
MAP_RADIUS = 10.0
HALF_WIDTH = 7.0


def rights_of(run: Row) -> str:
    """Return the label of a run's rights."""
    if run["data_rights"] != "public" and run["obs_release_date"]:
        return "public from a date to come"
    return str(run["data_rights"])


def corners(region: str) -> SkyCoord:
    """Return the corners of ``Polygon ICRS ra dec ...``."""
    numbers = [float(word) for word in region.replace("Polygon", "").replace("ICRS", "").split()]
    return SkyCoord(np.reshape(numbers, (-1, 2)), unit="deg")


def fields(runs: Table) -> list[Table]:
    """Return the runs of each part of the sky, the earliest part first."""
    pointings = SkyCoord(runs["s_ra"], runs["s_dec"])
    left = np.ones(len(runs), dtype=bool)
    parts = []
    while left.any():
        near = left & (pointings.separation(pointings[left][0]) < MAP_RADIUS * u.deg)
        parts.append(runs[near])
        left &= ~near
    return parts


def draw_field(axes: Axes, runs: Table) -> None:
    """Draw the fields of view of neighbouring runs, as offsets from their middle in deg."""
    pointings = SkyCoord(runs["s_ra"], runs["s_dec"])
    middle = SkyCoord(pointings.cartesian.mean(), frame="icrs", representation_type="unitspherical")
    frame = SkyCoord(middle.ra, middle.dec).skyoffset_frame()
    for run, pointing in zip(runs, pointings.transform_to(frame), strict=True):
        edge = corners(run["s_region"]).transform_to(frame)
        colour = COLOURS[rights_of(run)]
        xy = np.transpose([edge.lon.wrap_at("180d").deg, edge.lat.deg])
        axes.add_patch(Polygon(xy, facecolor=colour, edgecolor="none", alpha=0.07))
        axes.add_patch(Polygon(xy, facecolor="none", edgecolor=colour, linewidth=1))
        axes.plot(pointing.lon.wrap_at("180d").deg, pointing.lat.deg, "+", color=colour)
    axes.set_xlim(HALF_WIDTH, -HALF_WIDTH)
    axes.set_ylim(-HALF_WIDTH, HALF_WIDTH)
    axes.set_aspect("equal")
    axes.set_xticks([-5, 0, 5])
    axes.set_yticks([-5, 0, 5])
    names = ", ".join(dict.fromkeys(runs["target_name"]))
    axes.set_title(names, fontsize=9, fontweight="bold")
    axes.set_xlabel(f"around {middle.ra.deg:.1f}°, {middle.dec.deg:+.1f}° (ICRS)", fontsize=8)


def draw_times(axes: Axes, runs: Table) -> None:
    """Draw when each target was observed, with the number of runs of each night."""
    names = list(dict.fromkeys(runs["target_name"]))
    nights = Counter((run["target_name"], rights_of(run), int(run["t_min"] - 0.5)) for run in runs)
    for (target, rights, night), number in nights.items():
        date = Time(night + 1, format="mjd").to_datetime()
        # What shares a night stands one below the other.
        mixed = [key for key in nights if (key[0], key[2]) == (target, night)]
        shift = 0.44 * (mixed.index((target, rights, night)) - (len(mixed) - 1) / 2)
        place = date, names.index(target) + shift
        axes.plot(*place, "o", markersize=13, color=COLOURS[rights])
        axes.annotate(str(number), place, ha="center", va="center", color="white", fontsize=8)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.08)
    locator = AutoDateLocator(maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.grid(axis="x", color="0.9")
    axes.set_title("Nights, with the number of runs", fontsize=9, fontweight="bold")


def draw_energies(axes: Axes, runs: Table) -> None:
    """Draw the usable range of energies of each run."""
    for number, run in enumerate(runs):
        energies = np.array([run["energy_min"], run["energy_max"]]) / 1e12
        axes.plot(energies, [number, number], color=COLOURS[rights_of(run)], linewidth=3.2,
                  solid_capstyle="butt")  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("TeV", fontsize=8)
    axes.set_yticks(range(len(runs)), runs["obs_id"], fontsize=6.5)
    axes.set_ylim(len(runs) - 0.3, -0.7)
    axes.grid(axis="x", color="0.9")
    axes.set_title("Energy range of each run", fontsize=9, fontweight="bold")


def main() -> None:
    """Ask the archive and write the picture."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080/tap"
    runs = pyvo.dal.TAPService(address).search(QUERY).to_table()
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    figure = plt.figure(figsize=(9.6, 6.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[1, 1.25])
    parts = fields(runs)
    for axes, part in zip(upper.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
        draw_field(axes, part)
    left, right = lower.subplots(1, 2, width_ratios=[1.2, 1])
    draw_times(left, runs)
    draw_energies(right, runs)
    handles = [Line2D([], [], color=colour, linewidth=4) for colour in COLOURS.values()]
    lower.legend(handles, list(COLOURS), loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
