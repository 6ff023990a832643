"""Where everything of one data centre lives, and what its child processes see."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from iact.errors import CtaError
from iact.operate import mark

VERSION = 1
"""Version of the layout below VAR; a change that old code cannot read raises it."""

PYTHON = "/usr/bin/python3"
"""DaCHS lives in the system's Python."""

DATABASE = "gavo"
SUPERUSER = "pgadmin"
PG_PORT = 5432
"""Only names the socket file: PostgreSQL listens on no network address, and the
socket folder is the data centre's own."""

SOCKET_PATH_BYTES = 107
SYSTEM_VAR = Path("/var/lib/cta-archive")

_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/+@=,~-]*")
_SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin"


def checkout() -> Path:
    """Return the folder that holds `bin`, `rd`, `res` and `inputs`."""
    return Path(__file__).resolve().parents[3]


def default_var(is_root: bool) -> Path:
    """Return where VAR is when neither ``--var`` nor ``$VAR`` names it."""
    return SYSTEM_VAR if is_root else checkout() / "var"


@dataclass(frozen=True)
class Layout:
    """The paths of one data centre.

    Parameters
    ----------
    var
        The folder with all its state, absolute.
    code
        The folder with `rd`, `res` and `inputs` that the server uses: a copy in
        ``VAR/code`` for a data centre of root's, otherwise the checkout.
    """

    var: Path
    code: Path = field(default_factory=checkout)

    @property
    def etc(self) -> Path:
        """Configuration."""
        return self.var / "etc"

    @property
    def gavo_rc(self) -> Path:
        """DaCHS's settings; written at every start from the site configuration."""
        return self.etc / "gavo.rc"

    @property
    def site_config(self) -> Path:
        """The operator's configuration of the site."""
        return self.etc / "cta.yaml"

    @property
    def instruments(self) -> Path:
        """The operator's own collections."""
        return self.etc / "instruments"

    @property
    def server_settings(self) -> Path:
        """The address that the server listens on."""
        return self.etc / "server.json"

    @property
    def signing_keys(self) -> Path:
        """The keys that sign addresses of protected files."""
        return self.etc / "signing.keys"

    @property
    def version_file(self) -> Path:
        """Marks the layout's version."""
        return self.etc / "version"

    @property
    def pg(self) -> Path:
        """PostgreSQL's data folder."""
        return self.var / "pg"

    @property
    def sock(self) -> Path:
        """The folder of PostgreSQL's socket."""
        return self.var / "sock"

    @property
    def log(self) -> Path:
        """Logs of PostgreSQL, of the server and of DaCHS."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Process ids and the marks of what set-up has done."""
        return self.var / "run"

    @property
    def gavo(self) -> Path:
        """DaCHS's root folder (GAVO_ROOT)."""
        return self.var / "gavo"

    @property
    def userconfig(self) -> Path:
        """What the site itself adds to ObsCore and TAP; the operator's file."""
        return self.gavo / "etc" / "userconfig.rd"

    @property
    def cache(self) -> Path:
        """What can be made anew at any time."""
        return self.var / "cache"

    @property
    def home(self) -> Path:
        """The home folder that DaCHS and its children see."""
        return self.var / "home"

    @property
    def venv(self) -> Path:
        """The environment of clients, workers and tests."""
        return self.var / ".venv"

    @property
    def demo_data(self) -> Path:
        """Where the demo writes its simulated files."""
        return self.var / "demo-data"

    @property
    def server_pid(self) -> Path:
        """The web server's process id."""
        return self.run / "server.pid"

    @property
    def server_mark(self) -> Path:
        """Digest of the code and settings that the web server was started with."""
        return self.run / "server.digest"

    @property
    def server_log(self) -> Path:
        """What the web server writes to its standard output and error."""
        return self.log / "server.log"

    @property
    def pg_log(self) -> Path:
        """What PostgreSQL writes."""
        return self.log / "postgresql.log"

    @property
    def installed_code(self) -> Path:
        """Where root's copy of the code goes."""
        return self.var / "code"

    @property
    def dsn(self) -> str:
        """How to connect to the database as its superuser, over the socket."""
        return f"host={self.sock} port={PG_PORT} dbname={DATABASE} user={SUPERUSER}"

    @property
    def owned_folders(self) -> tuple[Path, ...]:
        """The folders that belong to the user who runs the data centre."""
        return (
            self.etc,
            self.instruments,
            self.pg,
            self.sock,
            self.log,
            self.run,
            self.gavo,
            self.cache,
            self.home,
            self.venv,
            self.demo_data,
        )

    def environment(self) -> dict[str, str]:
        """Return the whole environment for DaCHS and PostgreSQL.

        Nothing of the caller's is passed on: another Python in its PATH, or a
        ``~/.gavorc``, must not change what the server does.
        """
        return {
            "GAVOSETTINGS": str(self.gavo_rc),
            "GAVOCUSTOM": "/nonexistent",
            "PYTHONPATH": str(self.code / "res"),
            "PYTHONPYCACHEPREFIX": str(self.cache / "pycache"),
            "PYTHONNOUSERSITE": "1",
            "PATH": _SYSTEM_PATH,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "VAR": str(self.var),
            "CTA_SITE_CONFIG": str(self.site_config),
        }

    def check_paths(self) -> None:
        """Refuse a VAR that PostgreSQL or DaCHS could not work in.

        Raises
        ------
        CtaError
            The path has a character that DaCHS's files cannot hold, or is too long
            for a socket.
        """
        if not _PLAIN_PATH.fullmatch(str(self.var)):
            raise CtaError(
                f"VAR is {str(self.var)!r}: DaCHS's settings take letters, digits and"
                " ._/+@=,~- only; choose another folder with --var."
            )
        socket = f"{self.sock}/.s.PGSQL.{PG_PORT}"
        excess = len(os.fsencode(socket)) - SOCKET_PATH_BYTES
        if excess > 0:
            raise CtaError(
                f"The path of PostgreSQL's socket, {socket}, is {excess} bytes longer than"
                f" the {SOCKET_PATH_BYTES} that the system allows; choose a shorter folder"
                " with --var, for example --var /var/tmp/cta."
            )

    def version(self, read: Callable[[Path], str | None] = mark.read) -> int | None:
        """Return the version of the layout that VAR has, None if it has none yet.

        Parameters
        ----------
        read
            Reads the mark; root has it read by the user who can write it.

        Raises
        ------
        CtaError
            The mark is there but is not a number.
        """
        text = read(self.version_file)
        if text is None:
            return None
        if not text.isdecimal():
            raise CtaError(
                f"{self.version_file} says {text!r}, expected a number such as {VERSION};"
                " put it right, or choose another folder with --var."
            )
        return int(text)

    def check_version(self, read: Callable[[Path], str | None] = mark.read) -> None:
        """Refuse a VAR that another version of this software made.

        Parameters
        ----------
        read
            As for `version`.

        Raises
        ------
        CtaError
            VAR has another version than this code writes.
        """
        found = self.version(read)
        if found is not None and found != VERSION:
            age = "newer" if found > VERSION else "older"
            raise CtaError(
                f"{self.var} has layout version {found}, this software writes version"
                f" {VERSION}: it was made by {age} software. Use that one, or choose"
                " another folder with --var."
            )

    def require_setup(self) -> None:
        """Refuse to go on where set-up has not been finished.

        Raises
        ------
        CtaError
            There is no data centre in VAR, or one of another version.
        """
        if self.version() is None:
            raise CtaError(
                f"There is no finished data centre in {self.var}; make it with"
                f" `bin/cta setup --var {self.var}`."
            )
        self.check_version()
