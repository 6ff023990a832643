"""Who listens on a TCP port of this machine."""

from __future__ import annotations

import errno
import pwd
import socket
from pathlib import Path

from iact.errors import CtaError

_LISTENING = "0A"


def check_free(port: int, address: str) -> None:
    """Refuse a port that the server could not bind to.

    Parameters
    ----------
    port
        The TCP port.
    address
        The interface's address.

    Raises
    ------
    CtaError
        The port is in use, or not for ordinary users.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server does: connections that linger from its last run do no harm.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except PermissionError as error:
            raise CtaError(
                f"Port {port} is one that only root may use; choose one above 1023 with"
                " `bin/cta setup --port N` and put a reverse proxy before it."
            ) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CtaError(
                    f"The server cannot listen on {address}:{port}: {error.strerror}."
                ) from error
            raise CtaError(
                f"Port {port} is in use by {listener(port)}; stop that, or choose another"
                " port with `bin/cta setup --port N`."
            ) from error


def free_port() -> int:
    """Return a port that is free on the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener(port: int) -> str:
    """Describe the process that listens on a port, as far as this user may know."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                return _describe(int(fields[7]), fields[9])
    return "another program"


def _describe(uid: int, inode: str) -> str:
    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = str(uid)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _has_socket(process, inode):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            return f"process {process.name} of user {owner} ({words.strip()[:60]})"
    return f"a process of user {owner}"


def _has_socket(process: Path, inode: str) -> bool:
    try:
        return any(
            str(link.readlink()) == f"socket:[{inode}]" for link in (process / "fd").iterdir()
        )
    except OSError:
        # Another user's process, or one that has just ended: not for us to see.
        return False
