import os
import socket

import pytest

from iact.errors import CtaError
from iact.operate import ports


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_can_be_bound():
    ports.check_free(ports.free_port(), "127.0.0.1")


def test_a_port_in_use_is_refused_with_who_uses_it(taken):
    with pytest.raises(CtaError, match=rf"Port {taken} is in use by process {os.getpid()} of user"):
        ports.check_free(taken, "127.0.0.1")


def test_the_message_leads_to_another_port(taken):
    with pytest.raises(CtaError, match="bin/cta setup --port N"):
        ports.check_free(taken, "127.0.0.1")


def test_a_port_in_use_on_one_interface_is_refused_for_all(taken):
    with pytest.raises(CtaError, match="in use"):
        ports.check_free(taken, "0.0.0.0")


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CtaError, match=r"cannot listen on 192\.0\.2\.1"):
        ports.check_free(ports.free_port(), "192.0.2.1")


def test_nobody_known_is_another_program():
    assert ports.listener(ports.free_port()) == "another program"
