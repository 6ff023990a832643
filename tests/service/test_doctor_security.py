"""The doctor finds what others could do, and nothing once it is mended."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
from pathlib import Path

import pytest

from iact.operate import ports, process
from iact.operate.doctor import exposure
from iact.operate.doctor.finding import Level
from iact.operate.layout import PYTHON
from service.diagnosis import faults, mend, only
from service.livearchive import wait_until


def test_folders_that_are_open(patient):
    assert list(exposure.folders(patient)) == []
    for folder in (patient.layout.sock, patient.layout.etc):
        folder.chmod(0o755)
        try:
            found = only(exposure.folders(patient))
            assert f"Others can enter {folder}" in found.what
            subprocess.run(shlex.split(found.remedy), check=True)
            assert list(exposure.folders(patient)) == []
        finally:
            folder.chmod(0o700)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("ALTER TABLE cta.gti DISABLE ROW LEVEL SECURITY", "cta.gti shows hidden observations"),
        ("ALTER POLICY visible ON cta.site USING (true)", "cta.site shows hidden observations"),
        ("COMMENT ON TABLE cta.obscore_hidden IS 'x'", "was made by another version"),
    ],
)
def test_tables_that_show_what_is_hidden(archive, patient, damage, said):
    assert list(exposure.hidden_rows(patient)) == []
    archive.sql(damage)
    found = only(faults(exposure.hidden_rows, patient))
    assert said in found.what
    mend(archive, found)
    assert list(exposure.hidden_rows(patient)) == []


def test_processes_of_root(patient):
    assert list(exposure.processes(patient)) == []
    pid = patient.layout.server_pid
    before = pid.read_text(encoding="ascii")
    # The machine's first process is root's everywhere but in some containers.
    if Path("/proc/1").stat().st_uid != 0:
        pytest.skip("process 1 is not root's here")
    pid.write_text("1\n", encoding="ascii")
    try:
        assert "The web server (process 1) runs as root" in only(exposure.processes(patient)).what
    finally:
        pid.write_text(before, encoding="ascii")


@pytest.mark.parametrize(
    ("public", "url", "said"),
    [
        (True, "https://archive.example.org", ["without encryption"]),
        (True, "", ["without encryption", "links lead to localhost"]),
        (False, "http://archive.example.org", ["without encryption"]),
        (False, "https://archive.example.org", []),
        (False, "http://localhost:8080", []),
    ],
)
def test_addresses(patient, public, url, said):
    site, listening = patient.layout.site_config, patient.layout.server_settings
    before = [path.read_text(encoding="utf-8") for path in (site, listening)]
    try:
        changed = before[1].replace('"public": false', f'"public": {str(public).lower()}')
        listening.write_text(changed, encoding="utf-8")
        site.write_text(
            before[0].replace("\npublic_url:", f'\npublic_url: "{url}" #'), encoding="utf-8"
        )
        found = list(exposure.address(patient))
    finally:
        for path, text in zip((site, listening), before, strict=True):
            path.write_text(text, encoding="utf-8")
    assert len(found) == len(said)
    assert all(words in one.what for words, one in zip(said, found, strict=True))


def test_a_stock_server_fetches_from_addresses(archive, patient, tmp_path):
    assert list(exposure.uploads(patient)) == []
    port = ports.free_port()
    rc = tmp_path / "gavo.rc"
    text = patient.layout.gavo_rc.read_text(encoding="utf-8")
    rc.write_text(
        text.replace(f"serverPort: {patient.listening.port}", f"serverPort: {port}"),
        encoding="utf-8",
    )
    stock = subprocess.Popen(
        [PYTHON, "-c", STOCK],
        env=patient.layout.environment() | {"GAVOSETTINGS": str(rc)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: accepts(port), 30, "stock DaCHS")
        assert not exposure.refuses_addresses(port)
        assert not exposure.hides_its_inside(port)
    finally:
        process.end_group(stock.pid, 5)
        stock.wait()
    assert exposure.refuses_addresses(patient.listening.port)
    assert exposure.hides_its_inside(patient.listening.port)


def test_what_can_be_reached_is_listed(patient, said_by_dachs):
    (listed,) = exposure.addresses(patient)
    assert listed.level is Level.NOTE
    assert "/cta/q/cone" in listed.what and "/cta/dl/get" in listed.what
    assert len(listed.what) < 600
    services = said_by_dachs["services"]
    assert "/__system__/tap/run" in services and "/__system__/tests/timeout" not in services
    patient.dachs["services"] = {"/own/q/mine": "friends", "/own/q/all": None}
    (listed,) = exposure.addresses(patient)
    assert "Open to all: /own/q/all, " in listed.what
    assert "after sign-in: /own/q/mine (group friends)" in listed.what


#: DaCHS as it comes, which has no pid file of its own in the foreground.
STOCK = (
    "import sys; from gavo.user import cli;"
    " sys.argv = ['dachs', 'serve', 'start', '--foreground']; cli.main()"
)


def accepts(port):
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
