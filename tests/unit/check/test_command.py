"""`bin/cta check`: arguments, lines, JSON, exit codes, and what it must not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from iact.check.findings import SEVERITIES, Finding
from iact.check.output import as_line
from iact.operate import commands
from iact.operate.cli import main
from iact.operate.layout import checkout
from unit.check import producer
from unit.dl3 import fitsfiles as ff

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "version", "files", "errors", "warnings", "notes", "findings"],
    "properties": {
        "schema": {"const": 1},
        "version": {"type": "string"},
        **{name: {"type": "integer"} for name in ("files", "errors", "warnings", "notes")},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    "file", "severity", "rule", "hdu", "keyword", "found", "expected", "document",
                ],
                "properties": {
                    "severity": {"enum": list(SEVERITIES)},
                    **{
                        name: {"type": "string"}
                        for name in ("rule", "hdu", "keyword", "document")
                    },
                    **{
                        name: {"type": "string", "minLength": 1}
                        for name in ("file", "found", "expected", "document")
                    },
                },
            },
        },
    },
}  # fmt: skip
as_root_files_are_open = pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")


@pytest.fixture(autouse=True)
def no_data_centre(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR", str(tmp_path / "no" / "such" / "centre"))


def good(root: Path, name: str = "good.fits") -> str:
    return str(root / ff.write(root, name, *producer.good_file()))


def warned(root: Path) -> str:
    hdus = [producer.events({"OBS_MODE": "WOBBLE"}), producer.gti(), *producer.responses()]
    return str(root / ff.write(root, "warned.fits", *hdus))


def noted(root: Path) -> str:
    hdus = [producer.events({"OBSERVER": "string"}), producer.gti(), *producer.responses()]
    return str(root / ff.write(root, "noted.fits", *hdus))


def refused(root: Path) -> str:
    return str(root / ff.write(root, "refused.fits", producer.events({"TIMESYS": "XYZ"})))


def test_exit_codes_tell_the_worst(tmp_path: Path) -> None:
    fine, note, warning, error = (
        good(tmp_path),
        noted(tmp_path),
        warned(tmp_path),
        refused(tmp_path),
    )
    assert main(["check", fine]) == 0
    assert main(["check", note]) == 0
    assert main(["check", warning, fine]) == 5
    assert main(["check", error, warning]) == 4


def test_a_finding_is_one_line_and_the_last_line_sums_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = warned(tmp_path)
    main(["check", path, good(tmp_path)])
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: warning: [EVENTS OBS_MODE] 'WOBBLE' (expected one of POINTING, RASTER, SLEW,"
        ' SCAN, DRIFT; GADF 0.3, "EVENTS")',
        "2 files, 0 errors, 1 warning, 0 notes",
    ]


def test_json_is_one_document_of_a_stable_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--json", warned(tmp_path), noted(tmp_path), refused(tmp_path)]) == 4
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    found = document["findings"]
    assert document["files"] == 3
    for name in SEVERITIES:
        assert document[f"{name}s"] == sum(one["severity"] == name for one in found) > 0


def test_json_without_findings_is_a_document_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--json", good(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["files"], document["findings"]) == (1, [])


def test_a_file_that_is_not_there_is_an_error_and_the_others_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "absent.fits"), good(tmp_path)]) == 4
    first, last = capsys.readouterr().out.splitlines()
    assert "absent.fits: error: file could not be read: No such file or directory" in first
    assert last == "2 files, 1 error, 0 warnings, 0 notes"


def test_a_pipe_is_an_error_and_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.fits")
    assert main(["check", str(tmp_path / "pipe.fits")]) == 4
    assert "is not an ordinary file" in capsys.readouterr().out
    assert main(["check", str(tmp_path)]) == 4
    assert "not a plain file" in capsys.readouterr().out


@as_root_files_are_open
def test_files_and_folders_that_cannot_be_read_are_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(good(tmp_path))
    path.chmod(0)
    assert main(["check", str(path)]) == 4
    assert "Permission denied" in capsys.readouterr().out
    closed = tmp_path / "closed"
    inside = good(tmp_path, "closed/run.fits")
    closed.chmod(0)
    try:
        assert main(["check", inside]) == 4
        assert "Permission denied" in capsys.readouterr().out
        assert main(["check", str(tmp_path)]) == 4
        assert f"{closed}: error: the folder cannot be read" in capsys.readouterr().out
        assert main(["check", str(closed)]) == 1
        assert "Permission denied" in capsys.readouterr().err
    finally:
        closed.chmod(0o700)


def test_a_folder_is_checked_with_all_below_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good(tmp_path, "a/one.fits")
    other = [producer.events({"OBS_ID": 4712}), producer.gti(), *producer.responses()]
    ff.write(tmp_path, "b/c/two.fits.gz", *other)
    (tmp_path / "notes.txt").write_text("no FITS")
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 files, 0 errors, 0 warnings, 0 notes"


def test_a_folder_without_fits_files_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert "has no FITS files" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], [""], ["--var", "x", "y"]])
def test_wrong_usage_is_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", *words])
    assert ended.value.code == 2


def test_what_comes_from_files_cannot_steer_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "red\x1b[31m\n\u202e.fits"
    hdus = [producer.events({"OBS_MODE": "WOBBLE"}), producer.gti(), *producer.responses()]
    ff.write(tmp_path, name, *hdus)
    main(["check", str(tmp_path / name)])
    line, _ = capsys.readouterr().out.splitlines()
    assert "red\\x1b[31m\\n\\u202e.fits: warning:" in line
    main(["check", "--json", str(tmp_path / name)])
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "\x1b" not in printed
    assert json.loads(printed)["findings"][0]["file"].endswith(name)


def test_any_text_of_a_finding_is_escaped() -> None:
    dirty = "\x07\x9b2J\x7f"
    finding = Finding("note", "rule", dirty, dirty, dirty, dirty, dirty, dirty)
    assert as_line(finding).isprintable()


def test_a_stream_without_the_characters_gets_escapes(tmp_path: Path) -> None:
    hdus = [producer.events({"OBS_MODE": "WOBBLE"}), producer.gti(), *producer.responses()]
    ff.write(tmp_path, "größe.fits", *hdus)
    done = run_program(tmp_path, "größe.fits", PYTHONIOENCODING="ascii")
    assert done.returncode == 5
    assert done.stdout.startswith("gr\\xf6\\xdfe.fits: warning:")


def run_program(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a producer does, in a folder, with nothing but the checkout."""
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout() / "res"), "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1", **variables,
    }  # fmt: skip
    command = [sys.executable, "-m", "iact.operate", "check", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_it_runs_as_anybody_without_a_data_centre_and_writes_nothing(tmp_path: Path) -> None:
    good(tmp_path, "run.fits")
    before = sorted(tmp_path.rglob("*"))
    done = run_program(tmp_path, "run.fits")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 file, 0 errors, 0 warnings, 0 notes\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_it_needs_astropy_and_numpy_only() -> None:
    program = (
        "import sys\n"
        "for name in ('jsonschema', 'psycopg2', 'gavo'):\n"
        "    sys.modules[name] = None\n"
        "import iact.check.command\n"
    )
    path = {"PYTHONPATH": str(checkout() / "res"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], env=path, check=True)


def test_without_astropy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "import sys\n"
        "sys.modules['astropy'] = None\n"
        "from iact.operate.cli import main\n"
        "sys.exit(main(['check', 'x.fits']))\n"
    )
    path = {"PYTHONPATH": str(checkout() / "res"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "apt-get install python3-astropy" in done.stderr


def test_other_missing_modules_are_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "iact.check.command", None)
    with pytest.raises(ModuleNotFoundError):
        commands.check(None)  # type: ignore[arg-type]
