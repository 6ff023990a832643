"""What validators say: those of DaCHS, and taplint."""

import re
import shutil
import subprocess

import pytest


@pytest.mark.parametrize("command", ["test", "val"])
def test_dachs_finds_nothing_wrong(archive, command):
    done = archive.cta("dachs", command, "cta/q")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "OK" in said or "0 of " in said
    assert not re.search(r"^\*\*|ERROR|[Ww]arning", said, re.MULTILINE), said


def test_taplint_finds_no_error(archive):
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    done = subprocess.run(
        [stilts, "taplint", f"tapurl={archive.url}/tap", "report=E"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert "Totals: Errors" in done.stdout, done.stdout + done.stderr
    errors = [line for line in done.stdout.splitlines() if line.startswith("E-")]
    assert errors == []
