from pathlib import Path

import pytest

from iact.errors import CtaError
from iact.operate.layout import SYSTEM_VAR, VERSION, Layout, checkout, default_var


def test_the_checkout_is_the_folder_with_bin_and_res():
    assert (checkout() / "bin" / "cta").is_file()
    assert (checkout() / "res" / "iact").is_dir()


def test_var_is_in_the_checkout_for_users_and_in_the_system_for_root():
    assert default_var(is_root=False) == checkout() / "var"
    assert default_var(is_root=True) == SYSTEM_VAR


def test_everything_lies_below_var():
    layout = Layout(Path("/srv/archive"))
    places = [
        layout.gavo_rc,
        layout.site_config,
        layout.server_settings,
        layout.server_pid,
        layout.server_log,
        layout.pg_log,
        layout.installed_code,
        *layout.owned_folders,
    ]
    assert all(place.is_relative_to(layout.var) for place in places)
    assert "host=/srv/archive/sock" in layout.dsn


def test_children_see_our_settings_and_nothing_of_the_callers(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    layout = Layout(Path("/srv/archive"), Path("/srv/code"))
    env = layout.environment()
    assert env["GAVOSETTINGS"] == "/srv/archive/etc/gavo.rc"
    assert env["PYTHONPATH"] == "/srv/code/res"
    assert env["PATH"].startswith("/usr/bin:")
    assert "PYTHONHOME" not in env
    assert not Path(env["GAVOCUSTOM"]).exists()


def test_a_path_with_blanks_is_refused():
    with pytest.raises(CtaError, match=r"/my archive.*choose another folder with --var"):
        Layout(Path("/my archive")).check_paths()


def test_a_path_just_short_enough_for_a_socket_is_taken_and_one_byte_more_is_not():
    rest = len("/sock/.s.PGSQL.5432")
    Layout(Path("/" + "x" * (107 - rest - 1))).check_paths()
    with pytest.raises(CtaError, match="1 bytes longer than the 107"):
        Layout(Path("/" + "x" * (107 - rest))).check_paths()


def test_an_unfinished_data_centre_leads_to_setup(layout):
    layout.check_version()
    with pytest.raises(CtaError, match=f"bin/cta setup --var {layout.var}"):
        layout.require_setup()


@pytest.mark.parametrize(("found", "age"), [(VERSION + 1, "newer"), (VERSION - 1, "older")])
def test_a_var_of_another_version_is_refused(layout, found, age):
    layout.etc.mkdir(parents=True)
    layout.version_file.write_text(f"{found}\n")
    with pytest.raises(CtaError, match=f"layout version {found}.*{age} software"):
        layout.require_setup()


def test_a_version_that_is_no_number_is_refused(layout):
    layout.etc.mkdir(parents=True)
    layout.version_file.write_text("one")
    with pytest.raises(CtaError, match="says 'one', expected a number"):
        layout.version()
