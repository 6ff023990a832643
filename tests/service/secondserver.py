"""A second web server on the tables of a data centre, for comparison."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from iact.operate import ports, server
from iact.operate.layout import Layout
from service.livearchive import LiveArchive


@contextmanager
def launched(
    archive: LiveArchive,
    folder: Path,
    rc_lines: str = "",
    command: Sequence[str] = server.SERVE,
    **variables: str,
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve the same tables at another port, with other settings; parameters as of `serving`.

    Yields
    ------
    int, subprocess.Popen
        The port, which may not be open yet, and the server's process.
    """
    port, layout = ports.free_port(), Layout(archive.var)
    rc = layout.gavo_rc.read_text(encoding="utf-8")
    rc = re.sub(r"(?m)^serverPort:.*$", f"serverPort: {port}", rc)
    rc = re.sub(r"(?m)^logDir:.*$", f"logDir: {folder}", rc)
    (folder / "gavo.rc").write_text(rc + rc_lines, encoding="utf-8")
    environment = layout.environment() | {"GAVOSETTINGS": str(folder / "gavo.rc")} | variables
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield port, child
    finally:
        child.terminate()
        child.wait()


@contextmanager
def serving(
    archive: LiveArchive,
    folder: Path,
    rc_lines: str = "",
    command: Sequence[str] = server.SERVE,
    **variables: str,
) -> Iterator[str]:
    """Serve the same tables at another port, with other settings.

    Parameters
    ----------
    archive
        Whose tables.
    folder
        Gets settings and logs.
    rc_lines
        What comes after the archive's settings for DaCHS, the last of which are of [async].
    command
        Of the server.
    variables
        Of its environment, besides the archive's.

    Yields
    ------
    str
        Its address, without a slash at the end.
    """
    with launched(archive, folder, rc_lines, command, **variables) as (port, child):
        wait_for(child, lambda: server.answers(port), folder)
        yield f"http://localhost:{port}"


def wait_for(child: subprocess.Popen[bytes], ready: Callable[[], bool], folder: Path) -> None:
    """Wait until a server that was launched is ready; fail with its words where it is not."""
    until = time.monotonic() + server.START_SECONDS
    while not ready():
        assert child.poll() is None and time.monotonic() < until, (
            folder / "server.log"
        ).read_text()
        time.sleep(0.05)
