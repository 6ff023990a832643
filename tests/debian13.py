"""Runs the tests in a Debian 13 that is made in a folder: other versions of everything.

Python, PostgreSQL, DaCHS and stilts are those of that release; with ``--newest`` there is a
second one, whose DaCHS is that of Debian's testing. It is made by debootstrap from this
machine's own mirror, once, and kept. Whatever works in it has mounts and
processes of its own (`unshare`): both are gone with the command that made them, also after
Ctrl-C or a kill. So nothing is left mounted in a tree that somebody might delete.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import packagesources
from iact.errors import CtaError
from iact.operate import folders, packages, process
from iact.operate.layout import checkout, default_var
from packagesources import Mirror

RELEASE = "trixie"
#: The suite that has the newest DaCHS. Nothing else is taken from it.
NEWEST = "testing"
_ONLY_DACHS = f"""\
Package: *
Pin: release a={NEWEST}
Pin-Priority: 100

Package: python3-gavo*
Pin: release a={NEWEST}
Pin-Priority: 990
"""
STAGES = ("unit", "service", "upgrade")
GRACE_SECONDS = 60.0
"""How long tests may take to stop their servers after Ctrl-C."""

# The tests look for real data at ../shared/data, seen from the checkout.
_INSIDE = Path("/srv/cta-archive")
_CODE, _DATA = _INSIDE / "main", _INSIDE / "shared" / "data"
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
#: Debian's packages ask this before they start a service.
_NO_SERVICES = "#!/bin/sh\n# No package may start a service here.\nexit 101\n"


@dataclass(frozen=True)
class Machine:
    """What the new system needs to know of this machine.

    Parameters
    ----------
    mirror
        Where Debian comes from.
    apt
        Lines of apt's configuration.
    variables
        What pip and others see in their environment.
    files
        Files that are copied, and where to.
    folders
        Folders that are to be seen at the same place.
    """

    mirror: Mirror
    apt: str
    variables: dict[str, str]
    files: dict[Path, Path]
    folders: list[Path]


def ask_machine() -> Machine:
    """Return what this machine's configuration says.

    Raises
    ------
    CtaError
        Its apt has no mirror of Debian.
    """
    mirror, apt = packagesources.machine_mirror(), packagesources.apt_settings()
    variables = packagesources.passed_on(os.environ)
    pip = packagesources.pip_files(os.environ, Path.home())
    contents = [path.read_text("utf-8") for path in pip if path.is_file()]
    named = packagesources.local_paths(
        [
            *packagesources.values(contents),
            *(word for value in variables.values() for word in value.split()),
            *packagesources.words_of(apt),
        ]
    )
    copied = [packagesources.CERTIFICATES, Path("/etc/resolv.conf"), Path("/etc/hosts")]
    copied += [path for path in named if path.is_file()]
    if mirror.keyring:
        copied.append(mirror.keyring)
    files = pip | {path: path for path in copied}
    return Machine(mirror, apt, variables, files, [path for path in named if path.is_dir()])


def apart(command: Sequence[object]) -> list[str]:
    """Return the command line of a program that has mounts and processes of its own."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*own, *map(str, command)]


def debootstrap(tree: Path, mirror: Mirror) -> list[str]:
    """Return the command line that makes the system."""
    keyring = [f"--keyring={mirror.keyring}"] if mirror.keyring else []
    what = ["--variant=minbase", "--include=ca-certificates"]
    return apart(["debootstrap", *keyring, *what, RELEASE, tree, mirror.archive])


def run_inside(
    tree: Path, command: Sequence[str], variables: dict[str, str], shown: dict[Path, Path]
) -> list[str]:
    """Return the command line that runs a program in the system.

    Parameters
    ----------
    tree
        The system's root folder.
    command
        The program and its arguments.
    variables
        Its environment, beside what every program has.
    shown
        Folders of this machine, and where they are seen inside, read-only.
    """
    own = {"PATH": _SYSTEM_PATH, "HOME": "/root", "LANG": "C.UTF-8", **variables}
    environment = [f"{name}={value}" for name, value in own.items()]
    lines = [
        ["mount", "-t", "proc", "proc", tree / "proc"],
        ["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", tree / "dev" / "shm"],
        ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", tree / "dev/pts"],
        *(["mount", "-o", "bind,ro", here, below(tree, there)] for here, there in shown.items()),
    ]
    mounts = "\n".join(shlex.join(map(str, line)) for line in lines)
    program = shlex.join(["chroot", str(tree), "env", "-i", *environment, *command])
    # The shell stays: as the first process here it waits for those without a parent.
    return apart(["sh", "-c", f"set -e\n{mounts}\n{program} && exit 0 || exit $?"])


def below(tree: Path, path: Path) -> Path:
    """Return where a path of the system is on this machine."""
    return tree / path.relative_to("/")


def make(base: Path, mirror: Mirror) -> Path:
    """Make the system where it is missing; return its root folder.

    Parameters
    ----------
    base
        The folder that holds it.
    mirror
        Where Debian comes from.

    Raises
    ------
    CtaError
        It cannot be made.
    """
    tree, half = base / RELEASE, base / f"{RELEASE}.new"
    if tree.exists():
        return tree
    if half.exists():
        _say(f"Removing the half-made {half}.")
        shutil.rmtree(half)
    with _step(f"Making Debian 13 in {tree} from {mirror.archive}"):
        process.run(
            debootstrap(half, mirror),
            "Making Debian 13",
            # wget, which debootstrap uses, does not know of apt's proxy.
            os.environ | packagesources.proxies(packagesources.apt_settings()),
            base / "debootstrap.log",
        )
        half.rename(tree)
    return tree


def equip(tree: Path, machine: Machine, is_newest: bool = False) -> None:
    """Bring the configuration of this machine into the system.

    Parameters
    ----------
    tree
        The system's root folder.
    machine
        This machine.
    is_newest
        Whether the system is to have the newest DaCHS.
    """
    for here, there in machine.files.items():
        goal = below(tree, there)
        # Never written through: a link in the tree would lead out of it.
        goal.unlink(missing_ok=True)
        if here.is_file():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, goal)
    sources = below(tree, Path("/etc/apt/sources.list"))
    sources.write_text(machine.mirror.sources(RELEASE), "utf-8")
    if is_newest:
        with sources.open("a", encoding="utf-8") as stream:
            stream.write(replace(machine.mirror, security=None).sources(NEWEST))
        preferences = below(tree, Path("/etc/apt/preferences.d/newest-dachs"))
        preferences.write_text(_ONLY_DACHS, "ascii")
    below(tree, Path("/etc/apt/apt.conf.d/90machine")).write_text(machine.apt, "utf-8")
    policy = below(tree, Path("/usr/sbin/policy-rc.d"))
    policy.write_text(_NO_SERVICES, "ascii")
    policy.chmod(0o755)
    for left_over in below(tree, Path("/var/tmp")).glob("cta-test.*"):
        shutil.rmtree(left_over)


def test(tree: Path, machine: Machine, stages: Sequence[str], lock: int) -> int:
    """Run the tests inside; return their exit code."""
    shown = {path: path for path in machine.folders} | {checkout(): _CODE}
    data = checkout().parent / "shared" / "data"
    if data.is_dir():
        shown[data] = _DATA
    for there in shown.values():
        below(tree, there).mkdir(parents=True, exist_ok=True)
    # An interrupted installation of packages is finished first.
    script = f"dpkg --configure -a && exec {_CODE}/tests/run {shlex.join(stages)}"
    command = run_inside(tree, ["sh", "-c", script], machine.variables, shown)
    # Whoever holds the lock works in the tree, also if this process is killed.
    with subprocess.Popen(command, pass_fds=(lock,)) as running:
        try:
            return running.wait()
        except KeyboardInterrupt:
            _say("Interrupted: waiting for the tests to stop their servers.")
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(GRACE_SECONDS)
            raise
        finally:
            running.kill()


@contextlib.contextmanager
def _locked(base: Path) -> Iterator[int]:
    """Keep others out of the folder meanwhile; it must be safe for root to work in."""
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    folders.check_only_root_writes(base)
    with (base / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CtaError(f"Another run works in {base}; wait for its end.") from error
        yield stream.fileno()


@contextlib.contextmanager
def _step(what: str) -> Iterator[None]:
    _say(f"{what}.")
    start = time.monotonic()
    yield
    _say(f"  That took {time.monotonic() - start:.0f} s.")


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Make the system, and run the tests in it; return 0 if all succeeded."""
    parser = argparse.ArgumentParser(description="Run tests in a Debian 13.")
    parser.add_argument("--var", type=Path, help="the system's folder is below this one")
    parser.add_argument("--newest", action="store_true", help="with DaCHS of Debian's testing")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"default: {' '.join(STAGES)}")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.stages if name not in STAGES]:
        parser.error(f"no stage {unknown[0]}; choose from {', '.join(STAGES)}")
    if os.geteuid() != 0:
        target = "test-newest" if arguments.newest else "test-debian13"
        print(
            f"cta: `make {target}` needs root: it makes a system in a folder, mounts /proc"
            " in it and changes its root folder to it.",
            file=sys.stderr,
        )
        return 1
    # An end by `kill` stops what runs inside, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    var = arguments.var or Path(os.environ.get("VAR") or default_var(is_root=True))
    base = var.absolute() / ("debian13-newest" if arguments.newest else "debian13")
    try:
        with _locked(base) as lock:
            packages.install(lambda: packages.missing(["debootstrap"]), True, _say)
            machine = ask_machine()
            tree = make(base, machine.mirror)
            equip(tree, machine, arguments.newest)
            stages = arguments.stages or STAGES
            with _step(f"Running {' '.join(stages)} in {tree}"):
                return test(tree, machine, stages, lock)
    except CtaError as error:
        print(f"cta: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cta: Interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
