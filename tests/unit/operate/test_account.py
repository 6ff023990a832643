import os
import pwd
from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.operate import account

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def open_folder(tmp_path):
    """A folder that everybody can reach."""
    folder = tmp_path / "open"
    folder.mkdir()
    for place in [folder, *folder.parents]:
        if place.stat().st_uid == os.getuid():
            place.chmod(place.stat().st_mode | 0o055)
    return folder


@pytest.fixture
def closed(open_folder):
    folder = open_folder / "closed"
    folder.mkdir(mode=0o000)
    yield folder
    folder.chmod(0o700)


def test_users_are_found_by_name():
    assert account.find("root").pw_uid == 0
    assert account.find("no-such-user") is None
    assert account.current().pw_uid == os.getuid()


def test_a_readable_folder_is_taken(open_folder, ordinary_user):
    account.check_readable_by(ordinary_user, open_folder)


def test_a_folder_that_is_not_there_is_named(open_folder, ordinary_user):
    with pytest.raises(CtaError, match="none is not a folder"):
        account.check_readable_by(ordinary_user, open_folder / "none")


def test_a_closed_folder_is_named_with_the_line_that_opens_it(closed, ordinary_user):
    with pytest.raises(CtaError, match=rf"{closed} is closed.*run: (chmod|setfacl) .*{closed}$"):
        account.check_readable_by(ordinary_user, closed)


def test_the_first_folder_in_the_way_is_named(closed, ordinary_user):
    closed.chmod(0o700)
    inner = closed / "inner"
    inner.mkdir()
    closed.chmod(0o600)
    with pytest.raises(CtaError, match=rf"cannot read {inner}: {closed} is closed"):
        account.check_readable_by(ordinary_user, inner)


def test_the_line_mends_the_folder(closed, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    message = account.closed_message("reader", closed, closed / "inner")
    assert message.endswith(f"chmod o+x {closed}")
    message = account.closed_message("reader", closed, closed)
    assert message.endswith(f"chmod -R o+rX {closed}")


def test_access_lists_are_preferred_where_there_are_any(closed, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/setfacl")
    message = account.closed_message("reader", closed, closed)
    assert message.endswith(f"setfacl -R -m u:reader:rX {closed}")


def test_a_var_in_a_closed_folder_is_refused(closed, ordinary_user):
    with pytest.raises(CtaError, match=rf"{closed} is closed to the user {ordinary_user.pw_name}"):
        account.check_reachable_by(ordinary_user, closed / "var")


def test_a_var_that_is_not_there_yet_is_taken(open_folder, ordinary_user):
    account.check_reachable_by(ordinary_user, open_folder / "new" / "var")


def test_the_owners_name_is_known_even_without_an_entry(tmp_path):
    assert account.owner_of(Path("/")) == "root"


def test_ones_own_data_centre_is_ones_own(layout):
    account.check_owner(layout)
    layout.etc.mkdir(parents=True)
    account.check_owner(layout)


def test_a_data_centre_of_another_user_is_refused(layout, monkeypatch):
    layout.etc.mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(CtaError, match=r"belongs to .*: run the command as that user or as root"):
        account.check_owner(layout)


def test_the_system_user_is_made_only_where_it_is_missing(monkeypatch):
    made = []
    entries = iter([None, pwd.getpwuid(os.getuid())])
    monkeypatch.setattr(account, "find", lambda: next(entries))
    monkeypatch.setattr(account, "run", lambda command, purpose: made.append(command))
    account.ensure(print)
    assert made[0][0] == "useradd"
    assert "--system" in made[0]
    monkeypatch.setattr(account, "find", lambda: pwd.getpwuid(os.getuid()))
    account.ensure(print)
    assert len(made) == 1


def test_a_user_that_useradd_did_not_make_is_an_error(monkeypatch):
    monkeypatch.setattr(account, "find", lambda: None)
    monkeypatch.setattr(account, "run", lambda command, purpose: "")
    with pytest.raises(CtaError, match="not there after useradd"):
        account.ensure(print)


@pytest.fixture
def myself():
    return pwd.getpwuid(os.getuid())


def test_a_mark_is_read_with_the_rights_of_its_owner(tmp_path, myself):
    (tmp_path / "version").write_text(" 15\n")
    assert account.read_as(myself, tmp_path / "version") == "15"
    assert account.read_as(myself, tmp_path / "none") is None


def test_a_link_in_place_of_a_mark_is_not_read(tmp_path, myself):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "version").symlink_to("secret")
    with pytest.raises(CtaError, match=r"version is no plain file; put the file itself there"):
        account.read_as(myself, tmp_path / "version")


@needs_root
def test_root_reads_no_mark_that_its_owner_could_not_read(open_folder, ordinary_user):
    (open_folder / "version").write_text("1")
    assert account.read_as(ordinary_user, open_folder / "version") == "1"
    (open_folder / "version").chmod(0o600)
    assert account.read_as(ordinary_user, open_folder / "version") is None
