"""``bin/cta publish``: the archive's records for the Registry of the Virtual Observatory."""

from __future__ import annotations

import ipaddress
import json
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

from iact.archive import lock, registered
from iact.archive.site import DEMO_AUTHORITY, SiteConfig
from iact.errors import CtaError
from iact.operate import gavo_root, process, server, settings
from iact.operate.database import connect
from iact.operate.layout import PYTHON, Layout
from iact.operate.progress import tell_waiting
from iact.operate.settings import ServerSettings

Say = Callable[[str], None]

_PUBLISHER = "iact.dachs.publish"
"""Needs DaCHS and cannot be imported here."""

_OWN_WORDS = {
    "title": "title",
    "description": "description",
    "contact_name": "contact name",
    "contact_email": "contact email",
}
"""What only the operator can say, by its attribute of `SiteConfig`."""

_GUIDE = "docs/registry.md"
_RESERVED = ("localhost", "local", "internal", "test", "invalid", "example", "unregistered")
"""Ends of names that lead nowhere in the internet (RFC 2606, 6761, 6762)."""
_RESERVED_DOMAINS = ("example.org", "example.com", "example.net")


def publish(layout: Layout, say: Say) -> None:
    """Publish the archive in its own registry, and say what a real registration still needs.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Takes the report.

    Raises
    ------
    CtaError
        An archive with the demonstration's authority is open to the world, or DaCHS failed.
    """
    site = SiteConfig.load(layout.site_config)
    server_settings = settings.load(layout.server_settings)
    check_authority(site, server_settings)
    done = _run(layout, "publish")
    url = gavo_root.server_url(site, server_settings)
    say(f"The archive's own registry, {url}/oai.xml, has these records:")
    for line in _lines(done):
        say(line)
    for name, missing in done["left"].items():
        say(
            f"{name} has no record of its own, because its YAML file has no"
            f" {' and no '.join(missing)}: add it, then `bin/cta ingest` and `bin/cta publish`."
        )
    if not server.is_running(layout):
        say("The server does not run; `bin/cta start` starts it.")
    missing_yet = list(gaps(site, server_settings))
    if missing_yet:
        say("The Virtual Observatory does not know them yet. Before it may:")
        for line in missing_yet:
            say(f"- {line}")
        say(f"Then register the archive: {_GUIDE} says how.")
    else:
        say(f"If you have not yet, register the authority and {url}/oai.xml: {_GUIDE} says how.")


def withdraw(layout: Layout, say: Say) -> None:
    """Mark the archive's records as deleted, which harvesters are told.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Takes the report.
    """
    if not _is_published(layout):
        say("Nothing is published; `bin/cta publish` publishes the archive.")
        return
    done = _run(layout, "withdraw")
    say("Harvesters are now told that these records are gone:")
    for line in _lines(done):
        if line.endswith("withdrawn"):
            say(line)
    say("The records of the registry itself stay, to say so; the archive goes on as before.")


def refresh(layout: Layout, say: Say) -> None:
    """Bring records up to date with the archive's contents, where it is published.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Told of collections that could be published too.
    """
    if not _is_published(layout):
        return
    done = _run(layout, "refresh")
    for name, missing in done["left"].items():
        if not missing:
            say(f"{name} is not in the Registry yet; `bin/cta publish` gives it a record.")


def _is_published(layout: Layout) -> bool:
    with connect(layout) as connection, connection.cursor() as cursor:
        return registered.is_published(cursor)


def _run(layout: Layout, action: str) -> Any:
    with (
        connect(layout) as connection,
        lock.held(connection, f"bin/cta publish ({action})", tell_waiting),
    ):
        # The lock is the session's; no transaction must wait for DaCHS.
        connection.commit()
        output = process.run(
            [PYTHON, "-P", "-s", "-m", _PUBLISHER, action], "Publishing", layout.environment()
        )
    server.reload(layout)
    return json.loads(output.splitlines()[-1])


def _lines(done: Any) -> list[str]:
    width = max((len(record["ivoid"]) for record in done["records"]), default=0)
    return [f"  {record['ivoid']:<{width}}  {record['state']}" for record in done["records"]]


def check_authority(site: SiteConfig, server_settings: ServerSettings) -> None:
    """Refuse to publish to the world under the demonstration's authority.

    Parameters
    ----------
    site
        What the operator says about the archive.
    server_settings
        Where its server listens.

    Raises
    ------
    CtaError
        The authority is the demonstration's, and the server is, or is to be, reached by others.
    """
    if site.authority == DEMO_AUTHORITY and (site.public_url or server_settings.public):
        raise CtaError(
            f"The authority {DEMO_AUTHORITY} is nobody's, so the records of a server that others"
            " reach must not carry it. Choose an authority (a name under your own domain) in a new"
            f" data centre: `bin/cta setup --var FOLDER --authority NAME`; see {_GUIDE}."
        )


def gaps(site: SiteConfig, server_settings: ServerSettings) -> Iterator[str]:
    """Yield sentences that say what a registration in the Virtual Observatory still needs.

    Parameters
    ----------
    site
        What the operator says about the archive.
    server_settings
        Where its server listens.
    """
    if site.authority == DEMO_AUTHORITY:
        yield (
            f"The authority {DEMO_AUTHORITY} is the demonstration's and must never be registered:"
            " make a new data centre with `bin/cta setup --authority NAME`."
        )
    template = SiteConfig.template()
    kept = [label for key, label in _OWN_WORDS.items() if getattr(site, key) in ("", template[key])]
    if kept:
        yield (
            f"cta.yaml still has the template's {', '.join(kept)}: write your own there,"
            " then `bin/cta stop` and `bin/cta start`."
        )
    yield from _address_gaps(site.public_url, server_settings)


def _address_gaps(public_url: str, server_settings: ServerSettings) -> Iterator[str]:
    if not public_url:
        yield (
            f"The addresses in the records begin with http://localhost:{server_settings.port}:"
            " `bin/cta setup --url https://YOUR.HOST` gives them the one that others use."
        )
        return
    address = urllib.parse.urlsplit(public_url)
    if address.scheme != "https":
        yield f"public_url is {public_url}, without encryption: an address with https is better."
    if not is_reachable(address.hostname or ""):
        yield f"public_url is {public_url}, which nobody outside can reach: name a public host."


def is_reachable(host: str) -> bool:
    """Tell whether a host's name or address can lead there from the internet.

    Parameters
    ----------
    host
        In lower case, without a port.
    """
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        labels = host.rstrip(".").split(".")
        return (
            len(labels) > 1
            and labels[-1] not in _RESERVED
            and ".".join(labels[-2:]) not in _RESERVED_DOMAINS
        )
