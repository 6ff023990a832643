"""What others on this machine, and on the network, could do."""

from __future__ import annotations

import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from iact.archive.visibility import OUTDATED, UNPROTECTED
from iact.operate import account, process
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note, warning
from iact.operate.settings import LOOPBACK

_SECONDS = 20


def folders(case: Case) -> Iterator[Finding]:
    """Find folders of the data centre that others can enter, or that are not its user's.

    Whoever comes to the socket is the database's superuser (its authentication is trust),
    and settings hold what is not for everybody.
    """
    owner = account.current().pw_name
    for folder in case.layout.owned_folders:
        if not folder.exists():
            # DaCHS and set-up make them when they need them.
            continue
        # DaCHS opens the folder of its logs to its group at every start.
        others = 0o007 if folder == case.layout.log else 0o077
        mode = folder.stat().st_mode
        if mode & others:
            yield fault(
                f"Others can enter {folder} ({stat.filemode(mode)}).", f"chmod 700 {folder}"
            )
        if account.owner_of(folder) != owner:
            yield fault(
                f"{folder} belongs to {account.owner_of(folder)}, not to {owner}.",
                f"As root: chown -R --no-dereference {owner} {folder}",
            )


def code(case: Case) -> Iterator[Finding]:
    """Find code that others than root could change, where root has made the data centre."""
    if case.layout.var.stat().st_uid != 0:
        # All is one user's, who serves their own checkout.
        return
    copy = case.layout.installed_code
    if others := changeable(copy, 0):
        yield fault(
            f"{others[0]}, which the server runs, can be changed by others than root"
            f" ({len(others)} in all).",
            f"As root: chown -R --no-dereference root: {copy} && chmod -R go-w {copy}",
        )


def changeable(folder: Path, owner: int) -> list[Path]:
    """Return what in a folder can be changed by others than its owner, itself included.

    Parameters
    ----------
    folder
        That is searched.
    owner
        The number of the user whose all of it should be.
    """
    found = [folder, *sorted(folder.rglob("*"))]
    states = [(path, path.lstat()) for path in found]
    return [
        path
        for path, state in states
        if state.st_uid != owner
        # A link has all rights, and they mean nothing.
        or (state.st_mode & 0o022 and not stat.S_ISLNK(state.st_mode))
    ]


def hidden_rows(case: Case) -> Iterator[Finding]:
    """Find tables that show users what is hidden until its release."""
    for (name,) in case.rows(UNPROTECTED):
        yield fault(f"cta.{name} shows hidden observations to users.", "bin/cta setup")
    for (name,) in case.rows(OUTDATED):
        yield fault(
            f"cta.{name}, for what is hidden, was made by another version of the software.",
            "bin/cta setup",
        )


def network_of_database(case: Case) -> Iterator[Finding]:
    """Find a PostgreSQL that listens to a network."""
    ((addresses,),) = case.rows("SELECT current_setting('listen_addresses')")
    if addresses:
        yield warning(
            f"PostgreSQL listens to the network ({addresses}); the web server does not need it.",
            f"Take listen_addresses out of {case.layout.etc}/postgresql.conf, then `bin/cta stop`"
            " and `bin/cta start`; to look inside use `bin/cta psql`.",
        )


def processes(case: Case) -> Iterator[Finding]:
    """Find servers that run as root."""
    for name, path in (
        ("The web server", case.layout.server_pid),
        ("PostgreSQL", case.layout.pg / "postmaster.pid"),
    ):
        pid = process.read_pid(path)
        if pid is not None and is_roots(pid):
            yield fault(
                f"{name} (process {pid}) runs as root: who breaks into it has this machine.",
                f"As root: kill {pid}; then: bin/cta start",
            )


def is_roots(pid: int) -> bool:
    """Tell whether a process runs with root's rights.

    Parameters
    ----------
    pid
        Its number.
    """
    try:
        return (Path("/proc") / str(pid)).stat().st_uid == 0
    except FileNotFoundError:
        return False


def address(case: Case) -> Iterator[Finding]:
    """Find a server that the world reaches without encryption, or by another name."""
    url = urllib.parse.urlsplit(case.site.public_url)
    if case.listening.public:
        yield warning(
            "The server listens to every network without encryption: passwords and queries can"
            " be read, and it believes what a proxy would say of itself (X-Forwarded-Host) from"
            " any client.",
            "Put a reverse proxy with TLS before it (docs/operation.md, A public address), then"
            " `bin/cta stop` and `bin/cta start` without --public.",
        )
        if not case.site.public_url:
            yield fault(
                "The server listens to every network, but its links lead to localhost.",
                "bin/cta setup --url https://HOST, then `bin/cta stop` and `bin/cta start`.",
            )
    elif url.scheme == "http" and url.hostname not in (LOOPBACK, "localhost"):
        yield warning(
            f"Links begin with {case.site.public_url}, without encryption.",
            "Have the proxy serve https, then bin/cta setup --url"
            f" https://{url.hostname}, `bin/cta stop` and `bin/cta start`.",
        )


def uploads(case: Case) -> Iterator[Finding]:
    """Find a server that fetches tables from addresses that users name."""
    if case.server_runs and not refuses_addresses(case.listening.port):
        yield fault(
            "The server fetches tables from addresses that users name (UPLOAD), inside your"
            " network too.",
            "It runs without our adapters: `bin/cta stop`, then `bin/cta start`.",
        )


def addresses(case: Case) -> Iterator[Finding]:
    """Tell what can be reached, and find a server that shows more than somebody publishes."""
    if case.server_runs and not hides_its_inside(case.listening.port):
        yield fault(
            "The server answers at addresses that are for DaCHS's developers and operators.",
            "It runs without our adapters: `bin/cta stop`, then `bin/cta start`.",
        )
    services = case.dachs.get("services", {})
    own = [name for name in services if not name.startswith("/__system__/")]
    closed = [f"{name} (group {services[name]})" for name in own if services[name]]
    public = [name for name in own if not services[name]]
    yield note(
        f"Open to all: {', '.join(public) or 'none'}, and {len(services) - len(own)} services of"
        f" DaCHS's, such as TAP (docs/operation.md, What is open); after sign-in:"
        f" {', '.join(closed) or 'no service'}, and files as their rights say; off: all others.",
        "Nothing to do.",
    )


def hides_its_inside(port: int) -> bool:
    """Tell whether a server on this machine has no page of DaCHS's for operators.

    Parameters
    ----------
    port
        That it listens on.
    """
    try:
        with _opener().open(f"http://{LOOPBACK}:{port}/seffe", timeout=_SECONDS):
            return False
    except urllib.error.HTTPError as error:
        return error.code == HTTPStatus.NOT_FOUND


def refuses_addresses(port: int) -> bool:
    """Tell whether a server on this machine refuses an upload by an address of its own.

    Parameters
    ----------
    port
        That it listens on.
    """
    place = f"http://{LOOPBACK}:{port}"
    form = {
        "LANG": "ADQL",
        "QUERY": "SELECT * FROM TAP_UPLOAD.mine",
        "UPLOAD": f"mine,{place}/robots.txt",
    }
    asked = urllib.request.Request(
        f"{place}/tap/sync", data=urllib.parse.urlencode(form).encode("ascii")
    )
    try:
        with _opener().open(asked, timeout=_SECONDS) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    return b"fetches no tables" in body


def _opener() -> urllib.request.OpenerDirector:
    # A proxy of the operator's environment has no part in this.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
