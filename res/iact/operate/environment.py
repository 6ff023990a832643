"""The Python environment of workers and tests, below VAR."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

from iact.operate import process
from iact.operate.layout import PYTHON, checkout

_STAMP = "requirements.sha256"


def requirements(pyproject: Path, extras: list[str]) -> list[str]:
    """Return what pyproject.toml asks for, with some of its optional groups.

    Parameters
    ----------
    pyproject
        The file.
    extras
        Names of optional groups.
    """
    with pyproject.open("rb") as stream:
        project = tomllib.load(stream)["project"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    return sorted(set(wanted))


def ensure(venv: Path, extras: list[str], say: Callable[[str], None]) -> None:
    """Make or complete the environment; skip what is already as asked for.

    Parameters
    ----------
    venv
        Its folder.
    extras
        Names of optional groups of pyproject.toml.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        A package cannot be installed.
    """
    wanted = requirements(checkout() / "pyproject.toml", extras)
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    stamp = venv / _STAMP
    if stamp.exists() and digest in stamp.read_text(encoding="ascii").split():
        return
    if not (venv / "bin" / "pip").exists():
        say(f"Making the Python environment {venv}.")
        process.run([PYTHON, "-m", "venv", str(venv)], f"Making {venv}")
    say(f"Installing {', '.join(extras)} packages into {venv}; this takes some minutes.")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    process.run([*pip, "install", "--quiet", *wanted], "Installing Python packages")
    with stamp.open("a", encoding="ascii") as stream:
        stream.write(f"{digest}\n")
