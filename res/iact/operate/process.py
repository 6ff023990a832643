"""Running other programs: their output, their failures, and who they belong to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from iact.errors import CtaError

_TAIL_LINES = 15


def run(
    command: Sequence[str],
    purpose: str,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> str:
    """Run a program to its end and return its standard output.

    Parameters
    ----------
    command
        The program and its arguments.
    purpose
        What it is for, as the subject of "... failed".
    env
        Its whole environment; the caller's by default.
    log
        A file that output is appended to; nothing is returned then.

    Raises
    ------
    CtaError
        The program is missing or failed; the message has its last lines.
    """
    try:
        if log is None:
            done = subprocess.run(
                command,
                check=False,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            output = done.stdout + done.stderr
        else:
            with log.open("a", encoding="utf-8") as stream:
                start = stream.tell()
                done = subprocess.run(
                    command,
                    check=False,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    text=True,
                )
            with log.open(encoding="utf-8", errors="replace") as stream:
                stream.seek(start)
                output = stream.read()
    except FileNotFoundError as error:
        raise CtaError(
            f"{purpose} failed: {command[0]} is not there; run `bin/cta setup`."
        ) from error
    if done.returncode != 0:
        where = f" The whole output is in {log}." if log is not None else ""
        raise CtaError(
            f"{purpose} failed (exit code {done.returncode} of `{' '.join(command[:4])}`)."
            f"{where} Its last lines:\n{tail(output)}"
        )
    return done.stdout or ""


def tail(text: str, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a text, indented."""
    last = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"  {line}" for line in last)


def tail_of(path: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a file, indented; empty where there is no file."""
    if not path.exists():
        return ""
    return tail(path.read_text(encoding="utf-8", errors="replace"), lines)


def read_pid(path: Path) -> int | None:
    """Return the process id that a file holds, None without one."""
    try:
        first = path.read_text(encoding="ascii", errors="replace").split()[:1]
    except FileNotFoundError:
        return None
    return int(first[0]) if first and first[0].isdigit() else None


def belongs_to(pid: int, word: str, variable: str = "") -> bool:
    """Tell whether a running process is the one that a pid file means.

    Process ids are used again by the system, so the number alone proves nothing.

    Parameters
    ----------
    pid
        The process id.
    word
        What its command line must contain.
    variable
        What its environment must contain, as ``NAME=value``; empty for anything.
    """
    folder = Path("/proc") / str(pid)
    try:
        arguments = (folder / "cmdline").read_bytes().split(b"\0")
        environment = (folder / "environ").read_bytes().split(b"\0") if variable else []
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    in_command = any(os.fsencode(word) in argument for argument in arguments)
    return in_command and (not variable or os.fsencode(variable) in environment)


def is_alive(pid: int) -> bool:
    """Tell whether a process exists and is not merely waiting to be reaped."""
    try:
        status = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def working_in(folder: Path) -> list[int]:
    """Return the processes of this user whose working directory is a folder."""
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            if (place / "cwd").readlink() == folder:
                found.append(int(place.name))
        except OSError:
            # It has ended, or belongs to another user.
            continue
    return sorted(found)


def runs(pid: int, name: str) -> bool:
    """Tell whether a process runs a program of this name, whatever it calls itself."""
    try:
        program = (Path("/proc") / str(pid) / "exe").readlink()
    except OSError:
        # It has ended, or belongs to another user.
        return False
    # An upgrade may have replaced the file meanwhile.
    return program.name.removesuffix(" (deleted)") == name


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, unless it has ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        # That is what was wanted.
        return


def end_group(pid: int, seconds: float) -> None:
    """End a process that leads a group, and what is left of its group.

    Parameters
    ----------
    pid
        The leader.
    seconds
        How long it may take before it is killed.
    """
    _signal_group(pid, signal.SIGTERM)
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        # The whole group has ended: that is what was wanted.
        return
