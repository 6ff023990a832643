"""A second web server on the tables of a data centre, for comparison."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from iact.operate import ports, server
from iact.operate.layout import Layout
from service.livearchive import LiveArchive


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
    port, layout = ports.free_port(), Layout(archive.var)
    rc = layout.gavo_rc.read_text(encoding="utf-8")
    rc = re.sub(r"(?m)^serverPort:.*$", f"serverPort: {port}", rc)
    rc = re.sub(r"(?m)^logDir:.*$", f"logDir: {folder}", rc)
    (folder / "gavo.rc").write_text(rc + rc_lines, encoding="utf-8")
    environment = layout.environment() | {"GAVOSETTINGS": str(folder / "gavo.rc")} | variables
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + server.START_SECONDS
        while not server.answers(port):
            assert child.poll() is None and time.monotonic() < until, (
                folder / "server.log"
            ).read_text()
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        child.terminate()
        child.wait()
