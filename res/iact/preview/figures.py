"""The pictures, as PNG.

The same events give the same bytes with the same versions of matplotlib and of this module:
nothing in them depends on the time, the user or the user's settings of matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import numpy as np
from astropy.visualization.wcsaxes import WCSAxes
from astropy.visualization.wcsaxes.frame import EllipticalFrame
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from iact.preview.eventlist import EventList
from iact.preview.skymap import SkyMap, sky_map
from iact.preview.spectrum import spectrum
from iact.preview.subject import Subject

#: Equal steps of it look equal, to colour-blind people and in print too.
_COLOURS = "inferno"
_INK, _MARK, _DATA = "#222222", "#5ad1ff", "#0b5fa5"
_DPI = 100
_THUMBNAIL_PIXELS = 160
#: Characters of a title on one line at its size.
_TITLE_CHARACTERS = 62


def counts_map(events: EventList, subject: Subject) -> bytes:
    """Draw the counts on the sky, with axes, grid, colour bar and pointing.

    Parameters
    ----------
    events
        The list; at least one event has a direction.
    subject
        What it is of.
    """
    found = sky_map(events, subject.pointing)
    with _settings():
        wide = found.whole_sky
        figure = Figure(figsize=(9.6, 5.6) if wide else (8.0, 7.0), dpi=_DPI)
        place = (0.07, 0.20, 0.76, 0.62) if wide else (0.12, 0.13, 0.70, 0.75)
        frame = {"frame_class": EllipticalFrame} if wide else {}
        axes = WCSAxes(figure, place, wcs=found.wcs, **frame)
        figure.add_axes(axes)
        image = _show(axes, found)
        _label(axes, found)
        _title(axes, subject)
        bar = figure.colorbar(image, cax=figure.add_axes((0.86, place[1], 0.025, place[3])))
        bar.set_label(f"counts per pixel of {found.width:g}\N{DEGREE SIGN}")
        bar.locator = MaxNLocator(6, integer=True)
        bar.update_ticks()
        _mark_pointing(axes, subject)
        note = f"{int(found.counts.sum()):,} of {events.total:,} events are on the map"
        drift = "" if subject.pointing else "; no pointing: a drift scan"
        _footnote(figure, f"{note}, at all energies{drift}")
        return _png(figure)


def energy_spectrum(events: EventList, subject: Subject) -> bytes:
    """Draw the counts per bin of energy; parameters as for `counts_map`."""
    with _settings():
        figure = Figure(figsize=(8.0, 6.0), dpi=_DPI)
        axes = figure.add_axes((0.12, 0.15, 0.83, 0.73))
        axes.set_xscale("log")
        axes.set_yscale("log")
        if len(events.energy):
            _draw_counts(axes, events)
        else:
            axes.set_xlim(0.01, 100.0)
            axes.set_ylim(0.5, 10.0)
            axes.text(0.5, 0.5, "No event has an energy.", transform=axes.transAxes, ha="center")
        _title(axes, subject)
        axes.set_xlabel("reconstructed energy (TeV)")
        axes.set_ylabel("counts per bin")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axes.grid(which="major", color="#cccccc", linewidth=0.8)
        axes.grid(which="minor", color="#eeeeee", linewidth=0.5)
        axes.set_axisbelow(True)
        note = f"{len(events.energy):,} of {events.total:,} events, from the whole field of view"
        _footnote(figure, f"{note}, background included; bars: 68 % intervals (Poisson)")
        return _png(figure)


def thumbnail(events: EventList, subject: Subject) -> bytes:
    """Draw the counts on the sky as a small square; parameters as for `counts_map`."""
    found = sky_map(events, subject.pointing)
    with _settings():
        inches = _THUMBNAIL_PIXELS / _DPI
        figure = Figure(figsize=(inches, inches), dpi=_DPI, facecolor="black")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        _show(axes, found)
        return _png(figure)


def _show(axes: matplotlib.axes.Axes, found: SkyMap) -> matplotlib.image.AxesImage:
    # The square root shows weak and strong features, and is that of the Poisson error.
    norm = PowerNorm(0.5, vmin=0, vmax=max(int(found.counts.max()), 1))
    return axes.imshow(
        found.counts, cmap=_COLOURS, norm=norm, origin="lower", interpolation="nearest"
    )


def _label(axes: WCSAxes, found: SkyMap) -> None:
    right_ascension, declination = axes.coords
    for coordinate in axes.coords:
        coordinate.set_format_unit("deg", decimal=True, show_decimal_unit=False)
        coordinate.set_ticks(number=6)
    if found.whole_sky:
        edge = [withStroke(linewidth=2.5, foreground="black")]
        right_ascension.set_ticklabel(color="white", fontsize=9, path_effects=edge)
        for coordinate in axes.coords:
            coordinate.set_auto_axislabel(False)
        declination.set_ticklabel_visible(False)
        # WCSAxes finds no ticks on an edge beyond which there is no sky.
        for dec in range(-60, 90, 30):
            axes.annotate(
                str(dec),
                (359.9, dec),
                xycoords=axes.get_transform("icrs"),
                xytext=(-6, 6 * (dec > 0) - 6 * (dec < 0)),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=9,
            )
        label = "right ascension (along the equator) and declination, ICRS (deg)"
        axes.text(0.5, -0.07, label, transform=axes.transAxes, ha="center", va="top")
    else:
        right_ascension.set_axislabel("right ascension, ICRS (deg)")
        declination.set_axislabel("declination, ICRS (deg)")
    axes.coords.grid(color="white", alpha=0.5, linestyle=(0, (1, 3)), linewidth=0.8)


def _mark_pointing(axes: WCSAxes, subject: Subject) -> None:
    if subject.pointing is None:
        return
    at = {"transform": axes.get_transform("icrs"), "linestyle": "none", "marker": "+"}
    ra, dec = subject.pointing
    # A dark edge below: seen on bright pixels too.
    axes.plot([ra], [dec], color="black", markersize=19, markeredgewidth=4.5, **at)
    axes.plot([ra], [dec], color=_MARK, markersize=17, markeredgewidth=2.2, label="pointing", **at)
    legend = axes.legend(loc="upper left", framealpha=0.6, facecolor="black", edgecolor="none")
    for text in legend.get_texts():
        text.set_color("white")


def _draw_counts(axes: matplotlib.axes.Axes, events: EventList) -> None:
    found = spectrum(events.energy)
    axes.stairs(found.counts, found.edges, color=_DATA, alpha=0.35, baseline=0.0)
    seen = found.counts > 0
    axes.errorbar(
        found.centres[seen],
        found.counts[seen],
        yerr=found.errors[:, seen],
        fmt="o",
        color=_DATA,
        markersize=4,
        capsize=2,
    )
    axes.set_xlim(found.edges[0] / 1.1, found.edges[-1] * 1.1)
    axes.set_ylim(0.3, 2.5 * max(int(found.counts.max()), 2))


def _title(axes: matplotlib.axes.Axes, subject: Subject) -> None:
    title = subject.title
    if len(title) > 2 * _TITLE_CHARACTERS:
        title = title[: 2 * _TITLE_CHARACTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"
    size = 13 * min(1.0, _TITLE_CHARACTERS / len(title))
    # Names are no formulae, whatever signs they have.
    axes.set_title(title, fontsize=size, fontweight="bold", pad=12, parse_math=False)


def _footnote(figure: Figure, text: str) -> None:
    figure.text(0.5, 0.025, text, ha="center", fontsize=9, color="#555555")


@contextmanager
def _settings() -> Iterator[None]:
    """Draw with matplotlib's own settings, not with those of the user's files."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "font.size": 11,
                "text.color": _INK,
                "axes.labelcolor": _INK,
                "axes.edgecolor": _INK,
                "xtick.color": _INK,
                "ytick.color": _INK,
            }
        )
        yield


def _png(figure: Figure) -> bytes:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    # 256 colours do for maps and text, and take a third of the room. Saved without metadata:
    # matplotlib would write its name and version.
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    content = io.BytesIO()
    few.save(content, "PNG", optimize=True, dpi=(_DPI, _DPI))
    return content.getvalue()
