"""Findings as lines for people, or as one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from iact import __version__
from iact.check.findings import ERROR, NOTE, WARNING, Finding
from iact.check.run import Summary
from iact.errors import printable

#: Raised when a key of the JSON document changes its meaning or goes; new ones may come.
SCHEMA_VERSION = 1


def as_line(finding: Finding) -> str:
    """Return a finding as one line, safe for a terminal.

    Parameters
    ----------
    finding
        The finding.
    """
    where = " ".join(part for part in (finding.hdu, finding.keyword) if part)
    place = f"[{where}] " if where else ""
    return printable(
        f"{finding.file}: {finding.severity}: {place}{finding.found}"
        f" (expected {finding.expected}; {finding.document})"
    )


def as_text(summary: Summary) -> str:
    """Return the last line: how many files, errors, warnings and notes."""
    parts = [_counted(summary.files, "file")]
    parts += [_counted(summary.counts[name], name) for name in (ERROR, WARNING, NOTE)]
    return ", ".join(parts)


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def write_lines(findings: Iterable[Finding], summary: Summary, stream: TextIO) -> None:
    """Print findings as they come, then the summary.

    Parameters
    ----------
    findings
        Counted here.
    summary
        Gets the counts.
    stream
        Characters that it has no code for are escaped.
    """
    for finding in findings:
        summary.add(finding)
        _print(as_line(finding), stream)
    _print(as_text(summary), stream)


def _print(line: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def write_json(findings: Iterable[Finding], summary: Summary, stream: TextIO) -> None:
    """Print one JSON document.

    Parameters
    ----------
    findings, summary, stream
        As for `write_lines`; the document is plain ASCII.
    """
    found = []
    for finding in findings:
        summary.add(finding)
        found.append(
            {
                "file": finding.file,
                "severity": finding.severity,
                "rule": finding.rule,
                "hdu": finding.hdu,
                "keyword": finding.keyword,
                "found": finding.found,
                "expected": finding.expected,
                "document": finding.document,
            }
        )
    document = {
        "schema": SCHEMA_VERSION,
        "version": __version__,
        "files": summary.files,
        "errors": summary.counts[ERROR],
        "warnings": summary.counts[WARNING],
        "notes": summary.counts[NOTE],
        "findings": found,
    }
    # JSON lets DEL stand as it is.
    print(json.dumps(document, indent=1).replace("\x7f", "\\u007f"), file=stream, flush=True)
