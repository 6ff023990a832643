"""How much is measured: all, or the share of it that ``CTA_BENCH_SHARE`` says.

A small share tries the measuring itself, in seconds; its figures mean nothing.
"""

from __future__ import annotations

import os

SHARE = float(os.environ.get("CTA_BENCH_SHARE") or 1)


def part(number: int, least: int = 1) -> int:
    """Return the share of a number, but not less than what the measuring needs."""
    return max(least, round(SHARE * number))


def part_of_seconds(seconds: float) -> float:
    """Return the share of a time."""
    return SHARE * seconds
