import pytest

from iact.errors import CtaError
from iact.operate import environment

PROJECT = """\
[project]
dependencies = ["numpy>=1.24", "astropy>=5.2"]
[project.optional-dependencies]
workers = ["gammapy>=2"]
test = ["pytest>=7.2", "numpy>=1.24"]
"""


@pytest.fixture
def pip(tmp_path):
    """An environment whose Python notes what it is asked."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "pip").touch()
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\necho $* >> {tmp_path}/notes\n")
    python.chmod(0o755)
    return folder


def test_groups_are_added_to_what_is_always_needed(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text(PROJECT)
    assert environment.requirements(path, []) == ["astropy>=5.2", "numpy>=1.24"]
    assert environment.requirements(path, ["workers", "test"]) == [
        "astropy>=5.2",
        "gammapy>=2",
        "numpy>=1.24",
        "pytest>=7.2",
    ]


def test_packages_are_installed_once(pip, tmp_path):
    environment.ensure(pip, ["workers"], print)
    environment.ensure(pip, ["workers"], print)
    calls = (tmp_path / "notes").read_text().splitlines()
    assert len(calls) == 1
    assert "gammapy" in calls[0]


def test_another_group_is_added_and_both_are_remembered(pip, tmp_path):
    for extras in (["workers"], ["workers", "test"], ["workers"]):
        environment.ensure(pip, extras, print)
    assert len((tmp_path / "notes").read_text().splitlines()) == 2


def test_a_pip_that_fails_leaves_no_mark(pip):
    (pip / "bin" / "python").write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    for _ in range(2):
        with pytest.raises(CtaError, match="no network"):
            environment.ensure(pip, ["workers"], print)


def test_the_environment_is_made_where_it_is_missing(tmp_path, monkeypatch):
    folder = tmp_path / "venv"
    calls = []

    def note(command, purpose):
        calls.append(command)
        folder.mkdir(exist_ok=True)

    monkeypatch.setattr(environment.process, "run", note)
    environment.ensure(folder, ["workers"], print)
    assert calls[0] == ["/usr/bin/python3", "-m", "venv", str(folder)]
    assert "pip" in calls[1]
