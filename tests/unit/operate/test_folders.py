import os
import pwd
import stat
from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.operate import folders

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def myself():
    return pwd.getpwuid(os.getuid())


@pytest.fixture
def service_user():
    """Whom root gives folders to: nobody, where this is root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())


def test_own_folders_are_closed_to_others(layout):
    layout.sock.mkdir(parents=True, mode=0o755)
    layout.log.mkdir(mode=0o755)
    folders.make_own(layout)
    modes = {stat.S_IMODE(folder.stat().st_mode) for folder in layout.owned_folders}
    assert modes == {0o700}


def test_logs_stay_open_to_the_group_as_dachs_has_them(layout):
    folders.make_own(layout)
    layout.log.chmod(0o760)
    folders.make_own(layout)
    assert stat.S_IMODE(layout.log.stat().st_mode) == 0o760


def test_root_makes_only_folders_directly_in_var(layout, service_user):
    folders.make_for(layout, service_user)
    folders.make_for(layout, service_user)
    assert {path.stat().st_uid for path in layout.var.iterdir()} == {service_user.pw_uid}
    assert stat.S_IMODE(layout.var.stat().st_mode) & 0o022 == 0
    # Its parent is the user's, who could put a link in its place.
    assert not layout.instruments.exists()
    assert len(list(layout.var.iterdir())) == len(layout.owned_folders) - 1


def test_a_folder_that_turns_into_a_link_does_not_give_its_target_away(
    layout, myself, tmp_path, monkeypatch
):
    given = []
    monkeypatch.setattr(os, "chown", lambda *args, **how: given.append((args[0], how)))
    folders.make_for(layout, myself)
    assert {name for name, _ in given} == {path.name for path in layout.var.iterdir()}
    assert all(how["follow_symlinks"] is False and how["dir_fd"] > 2 for _, how in given)


def test_folders_of_another_user_are_refused(layout, myself):
    folders.make_for(layout, myself)
    other = pwd.struct_passwd(("other", "x", os.getuid() + 1, 1, "", "/", "/bin/sh"))
    with pytest.raises(CtaError, match=r"etc belongs to .*, not to other"):
        folders.make_for(layout, other)


@pytest.mark.parametrize(("make", "what"), [("symlink_to", "a link"), ("write_text", "a file")])
def test_what_is_no_folder_is_refused(layout, myself, make, what):
    layout.var.mkdir()
    getattr(layout.etc, make)("/etc")
    with pytest.raises(CtaError, match=f"etc is {what}; put the folder itself there"):
        folders.make_for(layout, myself)


def test_a_var_of_ones_own_below_a_shared_folder_is_taken(tmp_path):
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    folders.check_only_root_writes(shared / "var")
    (shared / "var").mkdir(mode=0o755)
    folders.check_only_root_writes(shared / "var")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_a_var_that_others_can_write_to_is_refused(tmp_path, mode):
    var = tmp_path / "var"
    var.mkdir()
    var.chmod(mode)
    with pytest.raises(CtaError, match=rf"open for others.*run chmod go-w {var}, or choose"):
        folders.check_only_root_writes(var)


def test_a_var_below_a_folder_that_others_can_write_to_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    (tmp_path / "var").mkdir(mode=0o755)
    with pytest.raises(CtaError, match=f"^{tmp_path} is open for others"):
        folders.check_only_root_writes(tmp_path / "var")


@pytest.mark.skipif(os.geteuid() == 0, reason="needs a folder that is not root's")
def test_root_refuses_a_var_of_somebody_else(layout, monkeypatch):
    layout.var.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CtaError, match=r"belongs to .*run the command as that user, or choose"):
        folders.make_for(layout, pwd.getpwnam("nobody"))
    assert list(layout.var.iterdir()) == []


@needs_root
def test_a_var_given_to_another_user_is_refused_by_root(layout):
    nobody = pwd.getpwnam("nobody")
    layout.var.mkdir()
    os.chown(layout.var, nobody.pw_uid, nobody.pw_gid)
    with pytest.raises(CtaError, match="var belongs to nobody"):
        folders.make_for(layout, nobody)


def test_a_link_above_var_is_refused_and_its_target_named(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(CtaError, match=f"--var {tmp_path}/real/var, or choose"):
        folders.check_only_root_writes(tmp_path / "link" / "var")


def test_the_systems_folder_is_safe():
    folders.check_only_root_writes(Path("/var/lib/cta-archive-of-nobody"))
