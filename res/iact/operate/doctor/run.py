"""The doctor's round: all checks in their order, and what is said about them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import psycopg2

from iact.errors import CtaError, printable
from iact.operate.doctor import (
    case,
    contents,
    exposure,
    machine,
    postgres,
    published,
    queries,
    rights,
)
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, Level, fault
from iact.operate.layout import Layout

Check = Callable[[Case], Iterable[Finding]]

OUTSIDE: dict[str, Check] = {
    "folders": exposure.folders,
    "installed code": exposure.code,
    "servers' users": exposure.processes,
    "address": exposure.address,
    "the web server's database": machine.database,
    "disk": machine.disk,
    "clock": machine.clock,
    "leap seconds": machine.leap_seconds,
    "collections": contents.collections,
    "data roots": contents.data_roots,
}
"""What can be seen without the database."""

INSIDE: dict[str, Check] = {
    "web server": machine.code,
    "published tables": machine.tables,
    "uploads by address": exposure.uploads,
    "versions": machine.versions,
    "PostgreSQL's network": exposure.network_of_database,
    "hidden observations": exposure.hidden_rows,
    "role of queries": rights.query_role,
    "compiled plans": postgres.compiling,
    "statistics": postgres.statistics,
    "transactions": postgres.transactions,
    "copies of ivoa.obscore": published.frozen,
    "members of ivoa.obscore": published.members,
    "partners in ivoa.obscore_hea": published.partners,
    "quarantine": contents.quarantine,
    "missing files": contents.missing_files,
}
"""What the database knows."""

WITH_DACHS: dict[str, Check] = {
    "adapters": machine.adapters,
    "addresses": exposure.addresses,
    "sessions": postgres.connections,
    "indexes": postgres.indexes,
    "feeds of ivoa.obscore": published.feeds,
    "queries": queries.check,
}
"""What DaCHS has to say something about."""


@dataclass(frozen=True)
class Result:
    """What one check has found.

    Parameters
    ----------
    check
        Its name.
    findings
        None where all is well.
    """

    check: str
    findings: Sequence[Finding]


def examine(layout: Layout, tell: Callable[[Result], None]) -> bool:
    """Run all checks; return whether none has found a fault.

    Parameters
    ----------
    layout
        The data centre. PostgreSQL is started for the time where it does not run.
    tell
        Takes each result as soon as it is there.
    """
    patient, well = Case(layout), True

    def run(checks: dict[str, Check]) -> None:
        nonlocal well
        for name, check in checks.items():
            findings = _findings(check, patient)
            well &= all(finding.level is not Level.FAULT for finding in findings)
            tell(Result(name, findings))

    def ask_dachs(patient: Case) -> Iterable[Finding]:
        patient.dachs = case.ask_dachs(layout, queries.questions(patient))
        return ()

    run(OUTSIDE)
    try:
        with case.with_database(patient):
            run(INSIDE)
            run({"DaCHS's settings": ask_dachs})
            if patient.dachs:
                run(WITH_DACHS)
    except CtaError as error:
        well = False
        tell(Result("database", [fault(str(error), f"See {layout.pg_log}.")]))
    return well


def _findings(check: Check, patient: Case) -> list[Finding]:
    """Return what a check finds; that it cannot look is a finding, too."""
    found = []
    try:
        for finding in check(patient):
            found.append(finding)
    except (CtaError, OSError, psycopg2.Error) as error:
        what = f"This cannot be looked at: {' '.join(str(error).split())}"
        found.append(fault(what, "Mend what is said above, then bin/cta doctor again."))
    return found


def lines(result: Result) -> list[str]:
    """Return a result for people.

    Parameters
    ----------
    result
        Of one check.
    """
    if not result.findings:
        return [f"ok       {result.check}"]
    shown = []
    for finding in result.findings:
        shown.append(printable(f"{finding.level.upper():<9}{result.check}: {finding.what}"))
        shown.append(printable(f"{'':<9}-> {finding.remedy}"))
    return shown


def verdict(results: Iterable[Result]) -> str:
    """Return the last line of a report.

    Parameters
    ----------
    results
        Of all checks.
    """
    numbers = Counter(finding.level for result in results for finding in result.findings)
    counted = [
        f"{numbers[level]} {level}{'s' if numbers[level] > 1 else ''}"
        for level in Level
        if numbers[level]
    ]
    return f"Found: {', '.join(counted)}." if counted else "All is well."


def document(results: Iterable[Result], well: bool) -> str:
    """Return all results as one JSON document.

    Parameters
    ----------
    results
        Of all checks.
    well
        Whether there is no fault.
    """
    checks = [
        {
            "check": result.check,
            "findings": [
                {"level": finding.level, "what": finding.what, "remedy": finding.remedy}
                for finding in result.findings
            ],
        }
        for result in results
    ]
    return json.dumps({"well": well, "checks": checks}, indent=1)
