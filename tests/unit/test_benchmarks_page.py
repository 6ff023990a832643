"""docs/benchmarks.md: sections that are measured anew leave the others as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report import Row, Section, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
ORDER = ("first", "second", "third")
NEW = Section("New", "Text.", [Row("search", 0.012, "stock", 0.24, 1 / 10)], unit="ms")


def test_a_section_is_replaced_and_the_others_stay():
    old = page("", ORDER, {"first": Section("Old", "Before."), "third": Section("Third", "Kept.")})
    made = page(old, ORDER, {"first": NEW})
    assert "## New" in made and "## Third" in made and "## Old" not in made
    assert made.count("# Benchmarks") == 1
    # Again, nothing changes any more.
    assert page(made, ORDER, {}) == made


def test_a_new_section_stands_in_its_place():
    old = page("", ORDER, {"first": Section("First", ""), "third": Section("Third", "")})
    made = page(old, ORDER, {"second": NEW})
    assert made.index("## First") < made.index("## New") < made.index("## Third")


def test_the_page_in_the_repository_can_be_read():
    order = (
        "files", "access", "cuts", "idle", "region", "rows", "full", "discovery", "request",
        "stress",
    )  # fmt: skip
    assert "## Files to rows" in page(PAGE.read_text(encoding="utf-8"), order, {})


@pytest.mark.parametrize(("rival", "kept"), [(0.24, "yes"), (0.1, "**no**")])
def test_a_promise_to_be_faster_is_told_and_judged(rival, kept):
    row = Row("search", 0.012, "stock", rival, 1 / 10)
    assert row.line(1e3).startswith("| search | 12.00 | stock")
    assert "at least 10" in row.line() and row.line().endswith(f"| {kept} |")
    assert row.is_kept == (kept == "yes")
