"""The address that a data centre listens on: ``VAR/etc/server.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from iact.errors import ConfigError
from iact.operate import textfile

DEFAULT_PORT = 8080
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True)
class ServerSettings:
    """Where the web server listens.

    Parameters
    ----------
    port
        The TCP port.
    public
        Whether other machines are served too.
    created
        When the data centre was made, ISO 8601 in UTC.
    """

    port: int
    public: bool
    created: str

    @property
    def bind_address(self) -> str:
        """The address of the interface to listen on."""
        return EVERYWHERE if self.public else LOOPBACK


def load(path: Path) -> ServerSettings:
    """Read the settings; where there is no file yet, return those of a new data centre.

    Raises
    ------
    ConfigError
        The file is not what `save` writes.
    """
    if not path.exists():
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return ServerSettings(DEFAULT_PORT, False, now)
    try:
        settings = ServerSettings(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ConfigError(
            path, "", f"expected port, public and created as JSON ({error}); delete it and set up"
        ) from error
    check_port(settings.port, path)
    return settings


def check_port(port: int, path: Path) -> None:
    """Refuse what is no TCP port.

    Raises
    ------
    ConfigError
        It is none.
    """
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise ConfigError(path, "port", f"is {port!r}, expected a number from 1 to 65535")


def save(path: Path, settings: ServerSettings) -> None:
    """Write the settings where they differ from what the file says."""
    textfile.write_if_changed(path, json.dumps(asdict(settings), indent=1) + "\n")


def with_port(settings: ServerSettings, port: int | None, path: Path) -> ServerSettings:
    """Return the settings with another port, or as they are where none is given.

    Raises
    ------
    ConfigError
        The number is no TCP port.
    """
    if port is None:
        return settings
    check_port(port, path)
    return replace(settings, port=port)
