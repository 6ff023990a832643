"""What tests of the doctor ask of its checks, and how they do what it says."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable

from iact.operate.doctor import case, queries
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, Level
from service.livearchive import LiveArchive


def ask(patient: Case) -> None:
    """Have DaCHS say anew what it makes of queries and settings."""
    patient.dachs = case.ask_dachs(patient.layout, queries.questions(patient))


def faults(check: Callable[[Case], Iterable[Finding]], patient: Case) -> list[Finding]:
    """Return the findings of a check that are faults."""
    return [finding for finding in check(patient) if finding.level is Level.FAULT]


def only(findings: Iterable[Finding]) -> Finding:
    """Return the finding where there is one alone."""
    (finding,) = findings
    return finding


def mend(archive: LiveArchive, finding: Finding) -> None:
    """Do what a finding says, as the operator would."""
    for line in finding.remedy.split(", then "):
        program, command, *words = shlex.split(line)
        assert program == "bin/cta"
        done = archive.cta(command, *words)
        assert done.returncode == 0, done.stderr


def statements(archive: LiveArchive, *sql: str) -> None:
    """Run some SQL statements one after the other."""
    for statement in sql:
        archive.sql(statement)
