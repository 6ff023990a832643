"""What a plan of PostgreSQL's reads, from ``EXPLAIN (FORMAT JSON, VERBOSE)``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_BITMAP = "Bitmap Heap Scan"
_BY_INDEX = ("Index Scan", "Index Only Scan")
_WHOLE = "Seq Scan"


@dataclass(frozen=True)
class Scan:
    """How a plan reads one table.

    Parameters
    ----------
    table
        Its name with the schema.
    searches
        Whether an index leads to the rows. A scan along an index without a condition on it
        reads the whole table too.
    rows
        How many rows the planner expects to be left.
    """

    table: str
    searches: bool
    rows: float


def scans(plan: Any) -> list[Scan]:
    """Return how a plan reads its tables, in the plan's order.

    Parameters
    ----------
    plan
        The JSON document that EXPLAIN returns.
    """
    return [scan for part in plan for scan in _scans(part["Plan"])]


def _scans(node: Any) -> Iterator[Scan]:
    kind = node["Node Type"]
    if kind in (_WHOLE, _BITMAP, *_BY_INDEX):
        # Without VERBOSE there is no schema, and names would not be unique.
        name = f"{node['Schema']}.{node['Relation Name']}"
        yield Scan(name, _searches(node), float(node["Plan Rows"]))
    if kind != _BITMAP:
        for child in node.get("Plans", ()):
            yield from _scans(child)


def _searches(node: Any) -> bool:
    """Tell whether each way into the table has a condition on an index."""
    if node["Node Type"] == _WHOLE:
        return False
    if node["Node Type"] != _BITMAP:
        return "Index Cond" in node
    leaves = list(_leaves(node))
    return all("Index Cond" in leaf for leaf in leaves)


def _leaves(node: Any) -> Iterator[Any]:
    children = node.get("Plans", [])
    if not children:
        yield node
    for child in children:
        yield from _leaves(child)
