"""The Debian 13 that tests run in: command lines, configuration, what a failure leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import debian13
from debian13 import Machine
from iact.errors import CtaError
from packagesources import Mirror

MIRROR = Mirror("http://mirror.example/debian")
TREE = Path("/srv/tree")


def script_of(command):
    """The shell script that a command line runs."""
    assert command[-3:-1] == ["sh", "-c"]
    return command[-1].splitlines()


def test_the_system_is_made_from_the_machines_mirror_and_its_keys():
    plain = debian13.debootstrap(TREE, MIRROR)
    assert plain[plain.index("debootstrap") :] == [
        "debootstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        "trixie",
        "/srv/tree",
        "http://mirror.example/debian",
    ]
    signed = debian13.debootstrap(TREE, Mirror(MIRROR.archive, keyring=Path("/k.gpg")))
    assert "--keyring=/k.gpg" in signed


@pytest.mark.parametrize(
    "command",
    [debian13.debootstrap(TREE, MIRROR), debian13.run_inside(TREE, ["true"], {}, {})],
    ids=["debootstrap", "tests"],
)
def test_mounts_and_processes_end_with_the_command(command):
    assert command[0] == "unshare"
    assert {"--mount", "--pid", "--fork", "--kill-child"} <= set(command)


def test_folders_are_seen_inside_but_cannot_be_written_to():
    shown = {Path("/home/a b"): Path("/srv/cta-archive/main")}
    lines = script_of(debian13.run_inside(TREE, ["true"], {}, shown))
    assert "mount -o bind,ro '/home/a b' /srv/tree/srv/cta-archive/main" in lines


def test_the_program_sees_a_clean_environment_and_its_exit_code_is_kept():
    variables = {"PIP_INDEX_URL": "https://index.example/?a=1&b=2"}
    line = script_of(debian13.run_inside(TREE, ["tests/run", "unit"], variables, {}))[-1]
    assert line.startswith("chroot /srv/tree env -i PATH=")
    assert "'PIP_INDEX_URL=https://index.example/?a=1&b=2' tests/run unit" in line
    assert line.endswith(" && exit 0 || exit $?")


@pytest.fixture
def tree(tmp_path):
    """The root folder of a system."""
    root = tmp_path / "trixie"
    for name in ("apt.conf.d", "preferences.d"):
        (root / "etc/apt" / name).mkdir(parents=True)
    for name in ("usr/sbin", "var/tmp/cta-test.x/var", "root/.pip"):
        (root / name).mkdir(parents=True)
    return root


def test_the_machines_configuration_is_brought_in(tree, tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\ntimeout = 60\n")
    (tree / "root" / ".pip" / "pip.conf").write_text("gone from the machine since")
    files = {
        tmp_path / "pip.conf": Path("/etc/pip.conf"),
        tmp_path / "none": Path("/root/.pip/pip.conf"),
    }
    debian13.equip(tree, Machine(MIRROR, 'Acquire::Retries "3";\n', {}, files, []))
    assert (tree / "etc/pip.conf").read_text() == "[global]\ntimeout = 60\n"
    assert not (tree / "root/.pip/pip.conf").exists()
    assert (tree / "etc/apt/sources.list").read_text() == MIRROR.sources("trixie")
    assert (tree / "etc/apt/apt.conf.d/90machine").read_text() == 'Acquire::Retries "3";\n'


def test_the_newest_dachs_and_nothing_else_comes_from_testing(tree):
    security = Mirror(MIRROR.archive, "http://mirror.example/debian-security")
    debian13.equip(tree, Machine(security, "", {}, {}, []), is_newest=True)
    assert (tree / "etc/apt/sources.list").read_text() == (
        security.sources("trixie") + "deb http://mirror.example/debian testing main\n"
    )
    pins = (tree / "etc/apt/preferences.d/newest-dachs").read_text().strip().split("\n\n")
    assert [dict(line.split(": ") for line in pin.splitlines()) for pin in pins] == [
        {"Package": "*", "Pin": "release a=testing", "Pin-Priority": "100"},
        {"Package": "python3-gavo*", "Pin": "release a=testing", "Pin-Priority": "990"},
    ]


def test_a_system_without_the_newest_dachs_knows_of_no_other_suite(tree):
    debian13.equip(tree, Machine(MIRROR, "", {}, {}, []))
    assert "testing" not in (tree / "etc/apt/sources.list").read_text()
    assert list((tree / "etc/apt/preferences.d").iterdir()) == []


def test_a_link_in_the_tree_is_not_followed_out_of_it(tree, tmp_path):
    outside = tmp_path / "resolv.conf"
    outside.write_text("the machine's own")
    (tree / "etc" / "resolv.conf").symlink_to(outside)
    (tmp_path / "new").write_text("nameserver 127.0.0.1\n")
    files = {tmp_path / "new": Path("/etc/resolv.conf")}
    debian13.equip(tree, Machine(MIRROR, "", {}, files, []))
    assert outside.read_text() == "the machine's own"
    assert (tree / "etc" / "resolv.conf").read_text() == "nameserver 127.0.0.1\n"


def test_no_package_starts_a_service(tree):
    debian13.equip(tree, Machine(MIRROR, "", {}, {}, []))
    assert subprocess.run([tree / "usr/sbin/policy-rc.d"], check=False).returncode == 101


def test_what_a_killed_run_left_is_removed(tree):
    debian13.equip(tree, Machine(MIRROR, "", {}, {}, []))
    assert list((tree / "var/tmp").iterdir()) == []


@pytest.fixture
def command(tmp_path, monkeypatch):
    """A debootstrap that makes a folder, or fails once it has begun."""

    def choose(end):
        script = tmp_path / "debootstrap"
        script.write_text(f"#!/bin/sh\nmkdir -p $1/etc\necho nothing from $2\n{end}\n")
        script.chmod(0o755)
        monkeypatch.setattr(
            debian13, "debootstrap", lambda tree, mirror: [str(script), str(tree), mirror.archive]
        )

    monkeypatch.setattr(debian13.packagesources, "apt_settings", lambda: "")
    return choose


def test_a_half_made_system_is_made_again_and_a_whole_one_kept(tmp_path, command, capsys):
    command("exit 1")
    for _ in range(2):
        with pytest.raises(CtaError, match=r"(?s)Making Debian 13 failed.*nothing from"):
            debian13.make(tmp_path, MIRROR)
        assert not (tmp_path / "trixie").exists()
    command("exit 0")
    assert debian13.make(tmp_path, MIRROR) == tmp_path / "trixie"
    assert "Removing the half-made" in capsys.readouterr().out
    command("exit 1")
    assert debian13.make(tmp_path, MIRROR) == tmp_path / "trixie"


@pytest.mark.skipif(os.geteuid() == 0, reason="what an ordinary user is told")
def test_an_ordinary_user_is_told_in_one_sentence_that_root_is_needed(tmp_path):
    driver = [sys.executable, debian13.__file__, "--var", str(tmp_path)]
    done = subprocess.run(driver, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("cta: `make test-debian13` needs root: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_meet(tmp_path):
    with (
        debian13._locked(tmp_path),
        pytest.raises(CtaError, match="Another run works in"),
        debian13._locked(tmp_path),
    ):
        pass


def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    with (
        pytest.raises(CtaError, match="who could exchange what root works on"),
        debian13._locked(tmp_path / "debian13"),
    ):
        pass
