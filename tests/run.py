"""Runs the checks and tests, the live ones on a data centre that is thrown away.

Only the standard library is used: on a bare system nothing else is there yet.
Nothing is written into the checkout, the tests run on a copy of it. When root
starts them they run as the system user, since PostgreSQL refuses root, and a
test of closed folders would show nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iact.errors import CtaError
from iact.operate import account, environment, packages, ports
from iact.operate.layout import checkout

MINIMUM_COVERAGE = 90
SYSTEM_PYTHON = "/usr/bin/python3"
SYSTEM_CACHE = Path("/var/cache/cta-archive")
#: How often each thing is killed, and what the moments follow from; see tests/drill.
DRILL_SETTINGS = ("DRILL_KILLS", "DRILL_SEED", "DRILL_CLIENTS", "DRILL_LOAD_SECONDS")
#: How much the bench measures; see tests/bench/main.py.
BENCH_SETTINGS = ("CTA_BENCH_SHARE", "CTA_BENCH_SECTIONS")
#: What shows that each section can be measured, and no more than that.
SMALLEST_SHARE = {"CTA_BENCH_SHARE": "0.002", "CTA_BENCH_SECTIONS": "all"}
#: Of the disk that is filled up: what `bin/cta setup` demands, and a little more.
DISK_BYTES = 700 * 1024**2
_NOT_COPIED = ("var", "build", "__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class Bench:
    """Where the tests run, and as whom.

    Parameters
    ----------
    work
        The folder that is thrown away.
    python
        The interpreter with the test tools.
    user
        Who runs them; None for whoever started this.
    """

    work: Path
    python: Path
    user: pwd.struct_passwd | None

    @property
    def code(self) -> Path:
        """The copy of the checkout."""
        return self.work / "main"

    @property
    def var(self) -> Path:
        """The data centre."""
        return self.work / "var"

    def run(self, command: Sequence[object], **variables: str) -> bool:
        """Run a command in the copy; return whether it succeeded."""
        env = {
            "HOME": str(self.work / "home"),
            "LANG": "C.UTF-8",
            "PATH": f"{self.python.parent}:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.code / "res"),
            "TMPDIR": str(self.work / "tmp"),
            "COVERAGE_FILE": str(self.work / "tmp" / "coverage"),
            **variables,
        }
        words = [str(word) for word in command]
        if self.user is None:
            return subprocess.run(words, cwd=self.code, env=env, check=False).returncode == 0
        done = subprocess.run(
            words,
            cwd=self.code,
            env=env,
            check=False,
            user=self.user.pw_uid,
            group=self.user.pw_gid,
            extra_groups=[],
        )
        return done.returncode == 0


def lint(bench: Bench) -> bool:
    """Check style, types, and that the tests call what is there."""
    tools = bench.python.parent
    good = bench.run([tools / "ruff", "check", "--no-cache", "res", "tests"])
    good &= bench.run(
        [tools / "ruff", "format", "--no-cache", "--check", "--quiet", "res", "tests"]
    )
    mypy = [tools / "mypy", "--cache-dir", bench.work / "tmp" / "mypy"]
    good &= bench.run(mypy)
    good &= bench.run([*mypy, "--config-file", "tests/mypy.ini"])
    return good


def unit(bench: Bench) -> bool:
    """Run the unit tests under the server's interpreter and under the workers'."""
    print("-- under the system's Python", flush=True)
    pytest = ["-m", "pytest", "-q", "tests/unit"]
    good = bench.run([SYSTEM_PYTHON, "-s", *pytest])
    print("-- under the environment's Python, with coverage", flush=True)
    coverage = ["--cov=iact", "--cov-report=term", f"--cov-fail-under={MINIMUM_COVERAGE}"]
    good &= bench.run([bench.python, *pytest, *coverage])
    return good


def service(bench: Bench) -> bool:
    """Run the tests against a live server with simulated data."""
    cta, var = checkout() / "bin" / "cta", str(bench.var)
    port = ports.free_port()
    try:
        subprocess.run([cta, "demo", "--var", var, "--port", str(port)], check=True)
        where = {"CTA_URL": f"http://localhost:{port}", "CTA_VAR": var}
        good = bench.run([bench.python, "-m", "pytest", "-q", "tests/service"], **where)
        for arguments in (["val", "cta/q"], ["test", "cta/q"]):
            done = subprocess.run([cta, "dachs", "--var", var, *arguments], check=False)
            good &= done.returncode == 0
        return good
    except subprocess.CalledProcessError:
        return False
    finally:
        if bench.var.exists():
            subprocess.run([cta, "stop", "--var", var], check=False)


def drill(bench: Bench) -> bool:
    """Kill what takes part in ingestions, and fill the disk, on a data centre of its own."""
    cta, disk = checkout() / "bin" / "cta", bench.work / "disk"
    var, port = str(disk / "var"), ports.free_port()
    disk.mkdir()
    variables = {"CTA_DRILL_URL": f"http://localhost:{port}", "CTA_DRILL_VAR": var}
    if mounted := _mount(disk):
        variables["CTA_DRILL_DISK"] = str(disk)
    variables |= {name: os.environ[name] for name in DRILL_SETTINGS if name in os.environ}
    try:
        subprocess.run([cta, "setup", "--var", var, "--port", str(port)], check=True)
        return bench.run([bench.python, "-m", "pytest", "-q", "tests/drill"], **variables)
    except subprocess.CalledProcessError:
        return False
    finally:
        if Path(var).exists():
            subprocess.run([cta, "stop", "--var", var], check=False)
        if mounted:
            subprocess.run(["umount", disk], check=True)


def upgrade(bench: Bench) -> bool:
    """Bring data centres that are in use to another version of the software."""
    return bench.run([bench.python, "-m", "pytest", "-q", "tests/upgrade"], CTA_UPGRADE="1")


def measure(bench: Bench) -> bool:
    """Measure against rivals, and write docs/benchmarks.md."""
    return _measure(bench)


def measure_stress(bench: Bench) -> bool:
    """Measure queries of an archive of millions of observations."""
    return _measure(bench, CTA_BENCH_SECTIONS="stress")


def try_measuring(bench: Bench) -> bool:
    """Measure next to nothing in every section: whether the bench works, not how fast we are."""
    return _measured(bench, bench.work / "tmp" / "tried.md", **SMALLEST_SHARE)


def _measure(bench: Bench, **given: str) -> bool:
    written = bench.work / "tmp" / "benchmarks.md"
    good = _measured(bench, written, **given)
    page = checkout() / "docs" / "benchmarks.md"
    if written.exists():
        # Even where a later section failed, what was measured before it is not lost.
        page.write_text(written.read_text(encoding="utf-8"), encoding="utf-8")
        print(f"The figures are in {page}.", flush=True)
    return good


def _measured(bench: Bench, written: Path, **given: str) -> bool:
    """Have a data centre measured, and the page written; return whether all sections were."""
    cta, var, port = checkout() / "bin" / "cta", str(bench.var), ports.free_port()
    paths = f"{bench.code / 'res'}:{bench.code / 'tests'}"
    variables = {name: os.environ[name] for name in BENCH_SETTINGS if name in os.environ} | given
    try:
        subprocess.run([cta, "setup", "--var", var, "--port", str(port)], check=True)
        subprocess.run([cta, "start", "--var", var], check=True)
        words = [f"http://localhost:{port}", var, written]
        command = [SYSTEM_PYTHON, "-P", "-s", "-m", "bench.main", *words]
        return bench.run(command, PYTHONPATH=paths, **variables)
    except subprocess.CalledProcessError:
        return False
    finally:
        if bench.var.exists():
            subprocess.run([cta, "stop", "--var", var], check=False)


def _mount(folder: Path) -> bool:
    """Put a small disk in memory at a folder; only root can, and not in every container."""
    if os.geteuid() != 0:
        return False
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755"]
    return subprocess.run(["mount", *options, "tmpfs", folder], check=False).returncode == 0


STAGES: dict[str, Callable[[Bench], bool]] = {
    "lint": lint,
    "unit": unit,
    "service": service,
    "drill": drill,
    "upgrade": upgrade,
    "bench-check": try_measuring,
    "bench": measure,
    "bench-stress": measure_stress,
}
#: What is run without a word: what can fail.
CHECKS = ("lint", "unit", "service", "drill", "upgrade", "bench-check")
#: What runs at the same time as a stage, one after the other. Of two cores the service tests
#: leave one free, because client and server wait for each other; all one after the other
#: would take longer than twenty minutes.
BESIDE = {"service": ("unit", "drill", "upgrade", "bench-check")}


def prepare(work: Path) -> Bench:
    """Install what the tests need and copy the checkout.

    Parameters
    ----------
    work
        An empty folder.

    Returns
    -------
    Bench
        Ready to run the stages.

    Raises
    ------
    CtaError
        Something is missing and cannot be installed.
    """
    is_root = os.geteuid() == 0

    def choose() -> list[str]:
        version = packages.postgres_version(work / "no-cluster")
        return packages.missing(packages.needed(version, test_tools=True))

    packages.install(choose, is_root, _say)
    user = account.ensure(_say) if is_root else None
    venv = _cache(is_root) / "venv"
    venv.parent.mkdir(parents=True, exist_ok=True)
    environment.ensure(venv, ["workers", "test"], _say)
    bench = Bench(work, venv / "bin" / "python", user)
    work.chmod(0o755)
    shutil.copytree(
        checkout(), bench.code, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED)
    )
    _link_shared(work, user)
    for name in ("home", "tmp"):
        (work / name).mkdir()
    if user is not None:
        _give(work, user)
    return bench


def _link_shared(work: Path, user: pwd.struct_passwd | None) -> None:
    """Have the real data, which are looked for beside the checkout, beside its copy."""
    data = checkout().parent / "shared" / "data"
    if not data.is_dir():
        return
    (work / "shared").mkdir()
    try:
        if user is not None:
            account.check_readable_by(user, data)
        (work / "shared" / "data").symlink_to(data)
    except CtaError:
        # Below a folder of root's, say: the tests, which are not root's, get a copy.
        shutil.copytree(data, work / "shared" / "data")


def _give(work: Path, user: pwd.struct_passwd) -> None:
    # From the bottom up: what the user owns already, and could exchange for a link, is
    # not entered again.
    for _, names, files, folder in os.fwalk(work, topdown=False):
        for name in [*names, *files]:
            os.chown(name, user.pw_uid, user.pw_gid, dir_fd=folder, follow_symlinks=False)


def _cache(is_root: bool) -> Path:
    """Return where the test environment stays from one run to the next."""
    if is_root:
        return SYSTEM_CACHE
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cta-archive"


def _say(line: str) -> None:
    print(line, flush=True)


def _passes(name: str, bench: Bench) -> bool:
    """Run a stage, and say how it went."""
    _say(f"== {name}")
    start = time.monotonic()
    passed = STAGES[name](bench)
    _say(f"== {name} {'passed' if passed else 'FAILED'} after {time.monotonic() - start:.0f} s")
    return passed


@contextlib.contextmanager
def _beside(names: Sequence[str]) -> Iterator[Callable[[], bool]]:
    """Run stages in a process of their own; what they say is shown when they have ended.

    Yields a function that tells whether they have passed, for afterwards.
    """
    if not names:
        yield lambda: True
        return
    with tempfile.TemporaryFile() as said:
        words = [sys.executable, "-P", "-s", __file__, *names]
        running = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield lambda: running.returncode == 0
        finally:
            running.wait()
            said.seek(0)
            print(said.read().decode("utf-8", "replace"), end="", flush=True)


def main() -> int:
    """Run the stages that the command line names; return 0 if all succeeded."""
    parser = argparse.ArgumentParser(description="Run checks and tests.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    stages = parser.parse_args().stages or list(CHECKS)
    if unknown := [name for name in stages if name not in STAGES]:
        parser.error(f"no stage {unknown[0]}; choose from {', '.join(STAGES)}")
    # A socket's path must be short, and a folder of root's open to the system user.
    base = "/var/tmp" if os.geteuid() == 0 else tempfile.gettempdir()
    results = {}
    with tempfile.TemporaryDirectory(prefix="cta-test.", dir=base) as work:
        try:
            start = time.monotonic()
            bench = prepare(Path(work))
            _say(f"== prepared after {time.monotonic() - start:.0f} s")
            beside = {
                name: [other for other in others if other in stages]
                for name, others in BESIDE.items()
                if name in stages
            }
            for name in stages:
                if any(name in others for others in beside.values()):
                    # It has its time, wherever it is named.
                    continue
                others = beside.get(name, [])
                with _beside(others) as have_passed:
                    results[name] = _passes(name, bench)
                results |= dict.fromkeys(others, have_passed())
        except CtaError as error:
            print(f"cta: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("cta: Interrupted.", file=sys.stderr)
            return 130
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
