"""What a check of the doctor's has found."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    FAULT = "fault"
    """Users get wrong, late or no answers, or somebody could do harm; the exit code says so."""

    WARNING = "warning"
    """It works, but will not for ever, or not under load."""

    NOTE = "note"
    """What an operator should know."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Parameters
    ----------
    level
        How bad it is.
    what
        What is wrong, a sentence.
    remedy
        The command, or the line of a configuration file, that mends it.
    """

    level: Level
    what: str
    remedy: str


def fault(what: str, remedy: str) -> Finding:
    """Return a finding that makes the doctor's exit code 1."""
    return Finding(Level.FAULT, what, remedy)


def warning(what: str, remedy: str) -> Finding:
    """Return a finding that works for now."""
    return Finding(Level.WARNING, what, remedy)


def note(what: str, remedy: str) -> Finding:
    """Return a finding that is good to know."""
    return Finding(Level.NOTE, what, remedy)


def psql(statement: str) -> str:
    """Return the operator's command that runs an SQL statement.

    Parameters
    ----------
    statement
        In one line.
    """
    return f"bin/cta psql -c {shlex.quote(statement)}"
