"""Starting and stopping the web server."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from iact.errors import CtaError
from iact.operate import (
    cluster,
    gavo_root,
    installed_code,
    ports,
    process,
    queryrole,
    room,
    settings,
    tables,
    textfile,
)
from iact.operate.layout import PYTHON, Layout

START_SECONDS = 60.0
STOP_SECONDS = 15.0
RECOVERY_SECONDS = 5.0
"""How long a web server may take to find a database again that was away."""

LOG_BYTES = 10 * 1024**2
RECOVERY_ANSWERS = 3
"""Answers in a row that show that no connection of before is left in the server's pools."""

_PROBE = "SELECT TOP 1 obs_id FROM cta.vo_obscore"
"""A question to the database, about what users ask for most: DaCHS is /tap/availability without
both."""

SERVE = [PYTHON, "-P", "-s", "-m", "iact.dachs.serve"]
"""The web server's command; that module needs DaCHS and cannot be imported here."""


def is_running(layout: Layout) -> bool:
    """Tell whether this data centre's web server runs."""
    return _pid(layout) is not None


def _pid(layout: Layout) -> int | None:
    pid = process.read_pid(layout.server_pid)
    mark = f"GAVOSETTINGS={layout.gavo_rc}"
    return pid if pid is not None and process.belongs_to(pid, "dachs", mark) else None


def start(layout: Layout, say: Callable[[str], None], public: bool = False) -> bool:
    """Start PostgreSQL and the web server, and wait until it answers.

    Parameters
    ----------
    layout
        The data centre.
    say
        Takes progress lines.
    public
        Whether to listen to other machines too.

    Returns
    -------
    bool
        False if it was running already.

    Raises
    ------
    CtaError
        The port is in use, the file of the signing keys is not as it should be, the authority
        is not that of the identifiers, or a server did not start.
    """
    from iact.access import signingkeys
    from iact.archive.site import SiteConfig
    from iact.operate.database import check_authority, connect, set_media_type, set_server_url

    wanted = replace(settings.load(layout.server_settings), public=public)
    site = SiteConfig.load(layout.site_config)
    if is_running(layout) and _has_database(layout, wanted.port, say):
        return False
    ports.check_free(wanted.port, wanted.bind_address)
    settings.save(layout.server_settings, wanted)
    gavo_root.write(layout, site, wanted)
    signingkeys.load(layout.signing_keys)
    database_ran = cluster.is_running(layout)
    try:
        cluster.start(layout)
        with connect(layout) as connection:
            check_authority(connection, site.authority)
        # Archives of an earlier version come here without set-up, too.
        queryrole.confine(layout, say)
        set_server_url(layout, gavo_root.server_url(site, wanted))
        set_media_type(layout, site.media_type)
        rotate(layout.server_log)
        tables.follow_settings(layout, say)
        mark_current(layout)
        _launch_and_wait(layout, wanted.port)
    except (CtaError, OSError, KeyboardInterrupt):
        if not database_ran:
            cluster.stop(layout)
        raise
    return True


def _has_database(layout: Layout, port: int, say: Callable[[str], None]) -> bool:
    """See that a web server that runs can use its database; else end it."""
    database_ran = cluster.is_running(layout)
    cluster.start(layout)
    if not database_ran:
        say("The database was not running; it runs again.")
    until = time.monotonic() + RECOVERY_SECONDS
    while not all(answers(port) for _ in range(RECOVERY_ANSWERS)):
        if time.monotonic() > until:
            if database_ran:
                # Busy perhaps: what users wait for is not to be thrown away.
                return True
            _stop_web(layout)
            return False
        time.sleep(0.2)
    return True


def is_current(layout: Layout) -> bool:
    """Tell whether a server that runs now would be the same if it were started anew."""
    mark = layout.server_mark
    return mark.exists() and mark.read_text(encoding="ascii") == _digest(layout)


def mark_current(layout: Layout) -> None:
    """Note that the server runs with the code and settings that are there now."""
    textfile.write_if_changed(layout.server_mark, _digest(layout))


def _digest(layout: Layout) -> str:
    names = ("defaultmeta.txt", "vanitynames.txt", "userconfig.rd")
    paths = [layout.site_config, layout.gavo_rc, *(layout.gavo / "etc" / name for name in names)]
    parts = [installed_code.digest(layout.code).encode()]
    parts += [path.read_bytes() for path in paths if path.exists()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def rotate(log: Path, limit: int = LOG_BYTES) -> None:
    """Put a long log aside, over the one that was put aside before."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))


def _launch_and_wait(layout: Layout, port: int) -> None:
    child = _launch(layout)
    try:
        textfile.write_if_changed(layout.server_pid, f"{child.pid}\n")
        _wait_until_answering(layout, child, port)
    except (CtaError, OSError, KeyboardInterrupt):
        process.end_group(child.pid, STOP_SECONDS)
        layout.server_pid.unlink(missing_ok=True)
        raise


def _launch(layout: Layout) -> subprocess.Popen[bytes]:
    """Start the server as the leader of its own session."""
    with layout.server_log.open("ab") as log:
        return subprocess.Popen(
            SERVE,
            env=layout.environment(),
            cwd=layout.run,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_until_answering(layout: Layout, child: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while not answers(port):
        if child.poll() is not None:
            raise CtaError(
                f"The web server ended at once (exit code {child.returncode});"
                f" {_last_words(layout)}"
            )
        if time.monotonic() > until:
            raise CtaError(
                f"The web server did not answer within {START_SECONDS:.0f} s; {_last_words(layout)}"
            )
        time.sleep(0.1)


def _last_words(layout: Layout) -> str:
    log = layout.server_log
    said = f"see {log}. Its last lines:\n{process.tail_of(log)}\n{room.advice(layout.log)}"
    return said.rstrip()


def answers(port: int, query: str = _PROBE, seconds: float = 10) -> bool:
    """Tell whether a DaCHS answers a query on the loopback interface, as its database must help.

    Parameters
    ----------
    port
        That it listens on.
    query
        In ADQL.
    seconds
        For which it is waited for.
    """
    form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": query}
    url = f"http://{settings.LOOPBACK}:{port}/tap/sync?{urllib.parse.urlencode(form)}"
    # A proxy of the operator's environment has no part in this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=seconds) as answer:
            # DaCHS 2.7 says errors with status 200.
            is_table = answer.headers.get_content_type() == "text/csv"
            return bool(is_table and answer.readline().strip())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def reload(layout: Layout) -> None:
    """Have a server that runs read its settings and resource descriptors anew.

    Requests that are under way are answered with what they began with.
    """
    pid = _pid(layout)
    if pid is not None:
        # What `dachs serve reload` does.
        os.kill(pid, signal.SIGHUP)


def stop(layout: Layout) -> bool:
    """Stop the web server and PostgreSQL; return whether either was running."""
    web_ran = _stop_web(layout)
    return cluster.stop(layout) or web_ran


def _stop_web(layout: Layout) -> bool:
    pid = _pid(layout)
    if pid is not None:
        process.end_group(pid, STOP_SECONDS)
    layout.server_pid.unlink(missing_ok=True)
    return pid is not None
