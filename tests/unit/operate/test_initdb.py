"""Files of a new database."""

import pytest

from iact.errors import CtaError
from iact.operate import initdb


def test_the_cluster_listens_on_no_network_address(layout):
    lines = initdb.settings(layout).splitlines()
    assert "listen_addresses = ''" in lines
    assert f"unix_socket_directories = '{layout.sock}'" in lines
    assert "unix_socket_permissions = '0700'" in lines
    assert "jit = 'off'" in lines


def test_too_little_room_is_refused_with_what_is_needed(tmp_path):
    with pytest.raises(CtaError, match=r"Only \d+ MB are free .* needs 1048576000 MB; make room"):
        initdb.check_space(tmp_path, 1000 * 1024**4)


def test_enough_room_is_taken(tmp_path):
    initdb.check_space(tmp_path, 1)
