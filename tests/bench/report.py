"""Figures become docs/benchmarks.md.

A section carries its name in a comment, so that a run that measures some sections anew
leaves the others as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.machine import describe


@dataclass(frozen=True)
class Row:
    """One comparison of one run.

    Parameters
    ----------
    what
        What was done by both.
    ours, rival
        Seconds.
    rival_name
        Whom ours is compared with.
    gate
        The ratio of ours to the rival's that is promised at most; for a promise to be
        faster it is below 1. None where nothing is promised.
    """

    what: str
    ours: float
    rival_name: str
    rival: float
    gate: float | None = None

    @property
    def ratio(self) -> float:
        """Seconds of ours per second of the rival's."""
        return self.ours / self.rival

    @property
    def is_kept(self) -> bool:
        """Whether what is promised holds."""
        return self.gate is None or self.ratio <= self.gate

    def line(self, factor: float = 1.0) -> str:
        """Return the row of the table; a promise below 1 is told as its inverse.

        Parameters
        ----------
        factor
            Of the unit in seconds' place: 1000 for milliseconds.
        """
        faster = self.gate is not None and self.gate < 1
        told = (
            f"{1 / self.ratio:.2f} times as fast" if faster else f"{self.ratio:.2f} times as long"
        )
        if self.gate is None:
            gate, kept = "-", "-"
        else:
            gate = f"at least {1 / self.gate:g}" if faster else f"at most {self.gate:g}"
            kept = "yes" if self.is_kept else "**no**"
        return (
            f"| {self.what} | {factor * self.ours:.2f} | {self.rival_name}"
            f" | {factor * self.rival:.2f} "
            f"| {told} | {gate} | {kept} |"
        )


@dataclass
class Section:
    """A heading, what was done, and what came out.

    Parameters
    ----------
    title, text
        Heading and the paragraph below it.
    rows
        Comparisons.
    facts
        Further lines: a table of names and values.
    grid
        A table of its own, the heads of its columns first.
    unit
        Of the comparisons: s or ms.
    """

    title: str
    text: str
    rows: list[Row] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    grid: list[list[str]] = field(default_factory=list)
    unit: str = "s"

    def lines(self) -> list[str]:
        """Return the section in Markdown."""
        found = [f"## {self.title}", "", self.text, ""]
        if self.rows:
            factor = {"s": 1.0, "ms": 1e3}[self.unit]
            found += [
                f"| | ours, {self.unit} | rival | rival, {self.unit}"
                " | ours takes | promised | kept |",
                "|---|--:|---|--:|--:|--:|---|",
                *(row.line(factor) for row in self.rows),
                "",
            ]
        if self.grid:
            head, *body = self.grid
            found += [
                f"| {' | '.join(head)} |",
                f"|---|{'--:|' * (len(head) - 1)}",
                *(f"| {' | '.join(line)} |" for line in body),
                "",
            ]
        if self.facts:
            found += ["| | |", "|---|--:|", *(f"| {a} | {b} |" for a, b in self.facts), ""]
        machine = "; ".join(describe())
        return [*found, f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine}.", ""]


_HEAD = """\
# Benchmarks

Written by `make bench` and `make bench-stress`: the figures of a section are of one run on one
machine, and each is compared with a rival that was measured beside ours. Times are wall-clock
times, medians where there were several rounds.
"""
_MARK = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)


def page(old: str, order: Iterable[str], measured: Mapping[str, Section]) -> str:
    """Return the whole page in Markdown.

    Parameters
    ----------
    old
        The page as it was.
    order
        Names of all sections that there may be.
    measured
        New ones by their names.
    """
    _, *parts = _MARK.split(old)
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    texts |= {name: "\n".join(section.lines()) for name, section in measured.items()}
    known = [f"<!-- {name} -->\n{texts[name].strip()}\n" for name in order if name in texts]
    return "\n".join([_HEAD, *known])
