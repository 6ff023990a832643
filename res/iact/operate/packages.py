"""The Debian packages that a data centre needs."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from iact.errors import CtaError
from iact.operate import mark
from iact.operate.process import tail

RUNTIME = (
    "python3-gavo",
    "python3-yaml",
    "python3-jsonschema",
    "python3-astropy",
    "python3-numpy",
    "python3-matplotlib",
    "python3-pil",
    "python3-psycopg2",
    "python3-venv",
)
TEST_TOOLS = ("curl", "python3-pytest", "stilts", "wget")
POSTGRES_PARTS = ("postgresql-{}", "postgresql-{}-pgsphere", "postgresql-{}-q3c")

POSTGRES_ROOT = Path("/usr/lib/postgresql")
POSTGRES_SETTINGS = Path("/etc/postgresql-common")
_POSTGRES_VERSION = re.compile(r"[0-9]+(\.[0-9]+)?")


def needed(postgres: str, test_tools: bool) -> list[str]:
    """Return the names of all packages for one major version of PostgreSQL."""
    names = [*RUNTIME, *(part.format(postgres) for part in POSTGRES_PARTS)]
    return names + list(TEST_TOOLS) if test_tools else names


def missing(names: Iterable[str]) -> list[str]:
    """Return those packages that dpkg does not have as fully installed.

    Raises
    ------
    CtaError
        This is no Debian system.
    """
    wanted = list(names)
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", "--", *wanted]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CtaError(
            "This system has no dpkg; the data centre needs Debian 12 or 13, or a system made"
            " from them, for GAVO DaCHS."
        ) from error
    return without_installed(wanted, answer.stdout)


def without_installed(names: Iterable[str], status: str) -> list[str]:
    """Return the names that a dpkg-query answer does not call installed.

    Parameters
    ----------
    names
        Package names.
    status
        Lines of package name and status.
    """
    installed = {
        words[0] for words in map(str.split, status.splitlines()) if words[1:] == ["installed"]
    }
    return [name for name in names if name not in installed]


def postgres_version(
    cluster: Path,
    root: Path = POSTGRES_ROOT,
    read: Callable[[Path], str | None] = mark.read,
) -> str:
    """Return the major version of PostgreSQL to use.

    An existing cluster decides, then what is installed, then what the
    distribution offers.

    Parameters
    ----------
    cluster
        The data folder, which may not exist yet.
    root
        Where Debian keeps the programs of each major version.
    read
        Reads the cluster's mark; root has it read by the user who can write it.

    Raises
    ------
    CtaError
        Neither installed nor offered, or the cluster's mark is no version.
    """
    version = read(cluster / "PG_VERSION")
    if version is not None:
        # It becomes a part of names that dpkg and apt-get take for patterns.
        if not _POSTGRES_VERSION.fullmatch(version):
            raise CtaError(
                f"{cluster / 'PG_VERSION'} says {version!r}, expected a version such as 15:"
                " the database is damaged; restore it, or choose another folder with --var."
            )
        return version
    installed = [path.parents[1].name for path in root.glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda name: [int(part) for part in name.split(".")])
    offered = offered_postgres(_apt_cache("depends", "postgresql"))
    if offered is None:
        raise CtaError(
            "The package lists offer no PostgreSQL; run `apt-get update` as root with a"
            " network, then `bin/cta setup` again."
        )
    return offered


def offered_postgres(depends: str) -> str | None:
    """Return the major version that the package `postgresql` stands for.

    Parameters
    ----------
    depends
        The answer of ``apt-cache depends postgresql``.
    """
    found = re.search(r"Depends:\s+postgresql-(\d+)\s*$", depends, re.MULTILINE)
    return found.group(1) if found else None


def install(choose: Callable[[], list[str]], allowed: bool, say: Callable[[str], None]) -> None:
    """Install what is missing, or say what to install.

    Parameters
    ----------
    choose
        Names the missing packages; asked again after the package lists are
        read anew, since on a bare system they are empty.
    allowed
        Whether apt may be used.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        Packages are missing and may not or cannot be installed.
    """
    if not allowed:
        names = choose()
        if names:
            raise CtaError(f"Packages are missing; install them as root: {install_line(names)}")
        return
    try:
        names = choose()
    except CtaError:
        _refresh(say)
        names = choose()
    if not names:
        return
    if not all_known(names):
        _refresh(say)
    keep_cluster_away(say)
    say(f"Installing {', '.join(names)}.")
    _apt(["install", "--yes", "--no-install-recommends", "--", *names], " ".join(names))


def install_line(names: Iterable[str]) -> str:
    """Return the command that installs packages."""
    return f"apt-get install --no-install-recommends {' '.join(names)}"


def all_known(names: Iterable[str]) -> bool:
    """Tell whether the local package lists have a version of every package."""
    wanted = list(names)
    answer = _apt_cache("policy", "--", *wanted)
    return answer.count("Candidate:") - answer.count("Candidate: (none)") == len(wanted)


def keep_cluster_away(say: Callable[[str], None], settings: Path = POSTGRES_SETTINGS) -> None:
    """Keep Debian's PostgreSQL from making and starting a cluster of its own.

    Only where PostgreSQL has never been installed: on a machine that has its
    settings, an administrator has chosen.

    Parameters
    ----------
    say
        Takes progress lines.
    settings
        The folder of Debian's settings for all clusters.
    """
    if (settings / "createcluster.conf").exists():
        return
    mark = settings / "createcluster.d" / "cta-archive.conf"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(
        "# The CTA archive runs a private cluster; delete this file to get Debian's own.\n"
        "create_main_cluster = false\n",
        encoding="ascii",
    )
    say(f"{mark} now says that PostgreSQL's packages make no cluster of their own.")


def _refresh(say: Callable[[str], None]) -> None:
    say("Reading the package lists.")
    _apt(["update"], "the package lists")


def _apt_cache(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["apt-cache", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=_apt_environment(),
        )
    except FileNotFoundError as error:
        raise CtaError(
            "This system has no apt; the data centre needs Debian 12 or 13, or a system made"
            " from them."
        ) from error
    return answer.stdout


def _apt(arguments: list[str], what: str) -> None:
    """Run apt-get, whose failures are mostly a missing network."""
    done = subprocess.run(
        ["apt-get", "-q", "-o", "Acquire::Retries=1", *arguments],
        check=False,
        env=_apt_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise CtaError(apt_failure(what, done.stdout + done.stderr))


def apt_failure(what: str, output: str) -> str:
    """Say why apt-get failed and what to do next.

    Parameters
    ----------
    what
        What apt-get was to fetch or install.
    output
        What it printed.
    """
    offline = re.search(
        r"Temporary failure resolving|Could not (resolve|connect)|Network is unreachable"
        r"|Unable to connect",
        output,
    )
    if offline:
        reason = "the package servers cannot be reached: connect the machine to a network"
    elif "Unable to locate package" in output or "has no installation candidate" in output:
        reason = "the package sources do not have it: see /etc/apt/sources.list"
    elif "Could not get lock" in output:
        reason = "another program is installing packages: wait for it to end"
    else:
        reason = "see its output"
    return (
        f"apt-get could not get {what}: {reason}, then run `bin/cta setup` again."
        f" Its last lines:\n{tail(output, 6)}"
    )


def _apt_environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
