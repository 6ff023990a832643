"""Columns against what the format says: names, types and units."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from astropy import units

from iact.check.findings import NOTE, WARNING, Finding
from iact.check.headers import is_wanted
from iact.check.opened import Section
from iact.check.specification import FITS, OPTIONAL, TEXT, Column, HduFormat, gadf
from iact.dl3.classify import RESPONSES
from iact.dl3.tablecolumns import Column as TableColumn
from iact.dl3.tables import Table

_UNITS = f"{FITS}, section 4.3.1"
#: Powers that FITS allows and that few write: m**2, sr^(-1).
_RARE_POWER = re.compile(r"\*\*|[\^\w]\([-+]?\d")


def check_columns(section: Section) -> Iterator[Finding]:
    """Yield where a table is not what its format says.

    Parameters
    ----------
    section
        An HDU.
    """
    if section.problem is not None:
        problem = section.problem
        yield Finding(
            WARNING, "table", section.hdu.label, problem.keyword, problem.reason,
            "a binary table", f"{FITS}, section 7.3.1",
        )  # fmt: skip
    table = section.table
    if table is None:
        yield from _check_map(section)
        return
    yield from _check_names(table)
    yield from _check_units(table)
    if section.format is None:
        yield from _check_unknown(section)
        return
    drift = section.is_drift
    for column in section.format.columns:
        there = table.find(column.name)
        if there is not None:
            yield from _check_column(section.format, table, column, there)
        elif is_wanted(column.presence, drift):
            other = column.alias and table.find(column.alias)
            yield Finding(
                WARNING, "column.missing", table.hdu.label, column.name,
                f"is called {other.name}" if other else "column is missing",
                column.expected, section.format.document,
            )  # fmt: skip


def _check_map(section: Section) -> Iterator[Finding]:
    if section.kind in RESPONSES:
        yield Finding(
            NOTE, "response.format", section.hdu.label, "", "an image: delivered, but not read",
            "a table with one row", gadf("BINTABLE HDU"),
        )  # fmt: skip


def _check_unknown(section: Section) -> Iterator[Finding]:
    if section.kind in RESPONSES:
        yield Finding(
            NOTE, "response.format", section.hdu.label, "HDUCLAS4",
            f"{section.hdu_class!r}: delivered, but not read", "a format that is read",
            gadf("HDU classes"),
        )  # fmt: skip


def _check_names(table: Table) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for column in table.columns:
        known = first.setdefault(column.name.upper(), column.name)
        if known is not column.name:
            yield Finding(
                WARNING, "column.case", table.hdu.label, column.name,
                f"{known} and {column.name} are one name", "names that differ not by case only",
                f"{FITS}, section 7.3.2",
            )  # fmt: skip


def _check_units(table: Table) -> Iterator[Finding]:
    """Check the spelling of every unit; each is reported once for a table."""
    seen: set[str] = set()
    for column in table.columns:
        unit = table.unit_of(column)
        if not unit or unit in seen:
            continue
        seen.add(unit)
        if _parse(unit) is None:
            yield Finding(
                WARNING, "unit.spelling", table.hdu.label, column.name,
                f"unit {unit!r} is not one of FITS", "a unit such as m2, TeV, s-1 MeV-1 sr-1",
                _UNITS,
            )  # fmt: skip
        elif _RARE_POWER.search(unit):
            yield Finding(
                NOTE, "unit.spelling", table.hdu.label, column.name,
                f"unit {unit!r}, a spelling that few programs write", "powers as in m2 and sr-1",
                _UNITS,
            )  # fmt: skip


def _check_column(
    format_: HduFormat, table: Table, column: Column, there: TableColumn
) -> Iterator[Finding]:
    label, document = table.hdu.label, format_.document
    severity = NOTE if column.presence == OPTIONAL else WARNING
    if not column.fits(there.code):
        # Whole numbers of another length are as good.
        harmless = column.kind == "int64" and there.code in "BIJ"
        yield Finding(
            NOTE if harmless else severity, "column.type", label, column.name,
            f"format {there.count}{there.code}", column.expected, document,
        )  # fmt: skip
    if column.kind != TEXT:
        yield from _compare_unit(format_, table, column, there, severity)


def _compare_unit(
    format_: HduFormat, table: Table, column: Column, there: TableColumn, severity: str
) -> Iterator[Finding]:
    said = table.unit_of(there)
    wanted, unit = units.Unit(column.unit), _parse(said)
    label, document = table.hdu.label, format_.document
    if not said and column.unit:
        yield Finding(
            severity, "unit.missing", label, column.name, "column has no unit", column.unit,
            document,
        )  # fmt: skip
    elif unit is not None and not unit.is_equivalent(wanted):
        yield Finding(
            severity, "unit.other", label, column.name, f"unit {said!r}",
            column.unit or "no unit", document,
        )  # fmt: skip
    elif unit is not None and abs(unit.to(wanted) - 1) > 1e-9:
        # Readers of responses must take any unit (GADF 0.3, "IRF axes").
        found = NOTE if format_.is_response else severity
        yield Finding(
            found, "unit.scale", label, column.name, f"unit {said!r}", column.unit, document
        )


def _parse(unit: str) -> units.UnitBase | None:
    """Return a unit as FITS understands it; `None` if it does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", units.UnitsWarning)
        try:
            return units.Unit(unit, format="fits")
        except ValueError:
            return None
