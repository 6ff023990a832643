"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path


def describe() -> list[str]:
    """Return lines about the machine and the versions of what was measured."""
    return [
        f"{os.cpu_count()} cores, {_cpu()}, {_memory_gib():.0f} GiB of memory",
        f"{_release()}, Linux {platform.release().split('-')[0]},"
        f" Python {platform.python_version()}",
        ", ".join(
            f"{name} {_version(package)}"
            for name, package in (
                ("astropy", "python3-astropy"),
                ("numpy", "python3-numpy"),
                ("GAVO DaCHS", "python3-gavo"),
                ("PostgreSQL", _postgres()),
            )
        ),
    ]


def memory_mib(*roots: int) -> float:
    """Return the memory of processes and their children, what they share counted once (PSS)."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                # It has ended meanwhile.
                continue
            parents[int(folder.name)] = int(words[1])
    family = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(_pss_kib(pid) for pid in family) / 1024


def own_memory_mib(process: int) -> float:
    """Return the memory of a process without its children (PSS)."""
    return _pss_kib(process) / 1024


def _pss_kib(pid: int) -> int:
    try:
        text = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _cpu() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def _release() -> str:
    found = re.search(r'PRETTY_NAME="(.+)"', Path("/etc/os-release").read_text())
    return found[1] if found else "Linux"


def _postgres() -> str:
    versions = sorted(int(path.name) for path in Path("/usr/lib/postgresql").iterdir())
    return f"postgresql-{versions[-1]}"


def _version(package: str) -> str:
    command = ["dpkg-query", "-W", "-f", "${Version}", package]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^\d+:|[-+].*", "", answer)
