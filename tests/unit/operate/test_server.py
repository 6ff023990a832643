import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from iact.operate import ports, server


@pytest.fixture
def answering():
    """A server that answers as its `body` says; its port and a way to set the body."""

    class Handler(BaseHTTPRequestHandler):
        body, media_type = b"", "text/csv;header=present"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", self.media_type)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_):
            """Keep quiet."""

    web = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    yield web.server_port, Handler
    web.shutdown()
    thread.join()
    web.server_close()


def test_a_dachs_that_is_available_answers(answering, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    port, handler = answering
    handler.body = b"obs_id\n101001\n"
    assert server.answers(port)


def test_a_dachs_without_its_database_does_not_count(answering):
    port, handler = answering
    handler.media_type = "application/x-votable+xml"
    handler.body = b"<VOTABLE><INFO name='QUERY_STATUS' value='ERROR'>Cannot connect</INFO>"
    assert not server.answers(port)


def test_another_server_at_the_port_does_not_count(answering):
    port, handler = answering
    handler.media_type = "text/html"
    handler.body = b"<html>Welcome</html>"
    assert not server.answers(port)


def test_nobody_at_the_port_does_not_count():
    assert not server.answers(ports.free_port())


def test_a_long_log_is_put_aside_and_a_short_one_stays(tmp_path):
    log = tmp_path / "server.log"
    server.rotate(log, 10)
    log.write_text("short")
    server.rotate(log, 10)
    assert log.exists()
    log.write_text("much too long")
    server.rotate(log, 10)
    assert not log.exists()
    assert (tmp_path / "server.log.1").read_text() == "much too long"


def test_a_pid_file_that_names_another_process_is_no_running_server(layout):
    layout.run.mkdir(parents=True)
    layout.server_pid.write_text("1\n")
    assert not server.is_running(layout)
