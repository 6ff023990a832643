"""Figures become docs/benchmarks.md."""

from __future__ import annotations

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

    def line(self) -> str:
        """Return the row of the table; a promise below 1 is told as its inverse."""
        faster = self.gate is not None and self.gate < 1
        told = (
            f"{1 / self.ratio:.2f} times as fast" if faster else f"{self.ratio:.2f} times as long"
        )
        if self.gate is None:
            gate, kept = "-", "-"
        else:
            gate = f"at least {1 / self.gate:g}" if faster else f"at most {self.gate:g}"
            kept = "yes" if self.ratio <= self.gate else "**no**"
        return (
            f"| {self.what} | {self.ours:.2f} | {self.rival_name} | {self.rival:.2f} "
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
    """

    title: str
    text: str
    rows: list[Row] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the section in Markdown."""
        found = [f"## {self.title}", "", self.text, ""]
        if self.rows:
            found += ["| | ours, s | rival | rival, s | ours takes | promised | kept |"]
            found += ["|---|--:|---|--:|--:|--:|---|", *(row.line() for row in self.rows), ""]
        if self.facts:
            found += ["| | |", "|---|--:|", *(f"| {a} | {b} |" for a, b in self.facts), ""]
        return found


def page(sections: list[Section]) -> str:
    """Return the whole page in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: every figure is of one run on one machine, and each is compared",
        "with a rival that was measured beside ours. Times are wall-clock times, medians where",
        "there were several rounds.",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}:",
        "",
        *(f"- {line}" for line in describe()),
        "",
    ]
    for section in sections:
        lines += section.lines()
    return "\n".join(lines).rstrip() + "\n"
