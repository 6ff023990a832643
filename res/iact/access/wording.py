"""What users are told of what went wrong: what helps them, and nothing of the server's inside.

What PostgreSQL says of somebody's own query stays: it names their columns. Positions in the SQL
that was made of it, paths, generated code and the names of roles do not help anybody who asks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from iact.access import doors

#: Characters of a message that are looked at, and told.
MOST = 4000
#: What PostgreSQL (protocol 3, section "Error and Notice Message Fields") says besides the
#: message: where in its SQL, with a caret below, and in which of its functions. A hint stays.
_PLACE = re.compile(r"[ \t]*(?:LINE \d+|QUERY|CONTEXT|DETAIL|STATEMENT|LOCATION):")
_HINT = re.compile(r"[ \t]*HINT:")
_CURSOR = re.compile(r'(?:DECLARE\s+)?"?cursor0x[0-9a-f]+"?[^"]*?\bFOR\b|0x[0-9a-f]{6,}', re.I)
#: Folders in which servers have files.
_FOLDERS = {
    "archive", "bin", "boot", "data", "dev", "etc", "gpfs", "home", "lib", "lib64", "media", "mnt",
    "nfs", "opt", "proc", "root", "run", "sbin", "scratch", "srv", "sys", "tmp", "usr", "var",
}  # fmt: skip
#: How addresses of ours begin, which stay.
_ADDRESSES = doors.PAGES | {"__system__", "adql", "browse", "coverage", "cta", "dl3", "tap"}
_INTERNAL = re.compile(
    r"""<generated\ code|offending\ code|Traceback\ \(most\ recent|^[\ \t]*File\ ".+",\ line\ \d
    |must\ be\ (?:owner|superuser|member)|\brole\ "|row-level\ security
    |no\ pg_hba|\bsocket\b.*\.s\.PGSQL|relation\ "\w+"\ does\ not\ exist
    |\bDNS\ lookup|\[Errno\ \d+\]|object\ at\ 0x|^Bad\ (?:source\ )?code\b""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_DENIED = re.compile(r"permission denied for [a-z ]*\S+")
_UNPUBLISHED = "permission denied for what is not published"
_ELSEWHERE = "a file of the server"


def pattern_of_paths(folders: Iterable[str]) -> re.Pattern[str]:
    """Return what finds the paths of files.

    Parameters
    ----------
    folders
        Names of folders of the machine in which they lie.
    """
    names = "|".join(re.escape(name) for name in sorted({*folders} - _ADDRESSES))
    return re.compile(rf"""(?<![\w.:/-])/(?:{names})(?:/[^\s'"<>(),;:]*)+""")


#: The operator may have files in any folder of this machine.
_PATH = pattern_of_paths({*_FOLDERS, *os.listdir("/")})  # noqa: PTH208


def is_internal(message: str) -> bool:
    """Tell whether a message is about the server's inside, so that it helps the operator only."""
    return bool(_INTERNAL.search(message[:MOST]))


def cleaned(message: str) -> str:
    """Return a message without what it tells of the server's inside."""
    kept = _without_places(message[:MOST])
    kept = _DENIED.sub(_UNPUBLISHED, _CURSOR.sub("", kept))
    return _PATH.sub(_ELSEWHERE, kept).strip()


def _without_places(message: str) -> str:
    # Line by line: a pattern across lines takes a time that grows with the cube of their number.
    kept, is_place = [], False
    for line in message.splitlines():
        is_place = bool(_PLACE.match(line)) or (is_place and not _HINT.match(line))
        if not is_place:
            kept.append(line)
    return "\n".join(kept)


def of_unexpected(number: str) -> str:
    """Return what is told of a fault of the server's.

    Parameters
    ----------
    number
        By which the operator finds it in the log.
    """
    return (
        "Something went wrong in the server, which is no fault of yours. If it happens again,"
        f" tell the operator the number {number}, by which it is found in the log."
    )


def of_job(name: str) -> str:
    """Return what is told of a job that failed by a fault of the server's.

    Parameters
    ----------
    name
        The job's, by which the operator finds it in the log.
    """
    return (
        "Something went wrong in the server, which is no fault of yours. If it happens again,"
        f" tell the operator the name of this job, {name}, by which it is found in the log."
    )
