import pytest

from iact.errors import ConfigError
from iact.operate import settings


def test_a_new_data_centre_listens_on_the_loopback_interface(tmp_path):
    new = settings.load(tmp_path / "server.json")
    assert (new.port, new.bind_address) == (8080, "127.0.0.1")


def test_settings_come_back_as_saved(tmp_path):
    path = tmp_path / "server.json"
    saved = settings.ServerSettings(9000, True, "2030-01-01T00:00:00")
    settings.save(path, saved)
    assert settings.load(path) == saved
    assert saved.bind_address == "0.0.0.0"


def test_the_port_changes_only_where_one_is_given(tmp_path):
    path = tmp_path / "server.json"
    old = settings.ServerSettings(9000, False, "2030-01-01T00:00:00")
    assert settings.with_port(old, None, path) == old
    assert settings.with_port(old, 9001, path).port == 9001


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_what_is_no_port_is_refused(tmp_path, port):
    old = settings.ServerSettings(9000, False, "2030-01-01T00:00:00")
    with pytest.raises(ConfigError, match=f"port: is {port}, expected a number from 1 to 65535"):
        settings.with_port(old, port, tmp_path / "server.json")


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '{"port": "x", "public": 0, "created": ""}'])
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "server.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"server\.json"):
        settings.load(path)
