"""What validators say: those of DaCHS, and taplint."""

import re
import shutil
import subprocess

import pytest

#: From 2.10 on, DaCHS tells registries which types of products there are in ivoa.obscore,
#: and notes at every resource that nobody has counted them.
NOTED = [
    "cta/q -- [WARNING] cta/q: Cannot publish product types served in obscore (); you can"
    " probably fix this by running dachs limits //obscore"
]


@pytest.mark.parametrize("command", ["test", "val"])
def test_dachs_finds_nothing_wrong(archive, command):
    done = archive.cta("dachs", command, "cta/q")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "OK" in said or "0 of " in said
    noted = re.findall(r"^.*(?:^\*\*|error|warning).*$", said, re.MULTILINE | re.IGNORECASE)
    assert noted == (NOTED if command == "val" and archive.dachs >= (2, 10) else []), said


def test_taplint_finds_no_error_and_one_failure(archive):
    """What fails is its look for the plans of ObsLocTAP, which an archive need not have."""
    stilts = shutil.which("stilts")
    if stilts is None:
        pytest.skip("needs stilts (Debian package stilts)")
    done = subprocess.run(
        [stilts, "taplint", f"tapurl={archive.url}/tap", "report=EF"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert "Totals: Errors" in done.stdout, done.stdout + done.stderr
    found = [line for line in done.stdout.splitlines() if re.match("[EF]-", line)]
    assert len(found) == 1, found
    assert found[0].startswith("F-LOC-") and "ivoa.obsplan" in found[0]
