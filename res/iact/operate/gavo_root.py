"""DaCHS's root folder and settings, its system tables, and the resources it publishes."""

from __future__ import annotations

import contextlib
import grp
import hashlib
import importlib.metadata
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iact.errors import CtaError
from iact.operate import cluster, process, textfile, vocabularies
from iact.operate.layout import PYTHON, Layout
from iact.operate.settings import ServerSettings

if TYPE_CHECKING:
    from iact.archive.site import SiteConfig

DACHS = "/usr/bin/dachs"
_SCHEMA_CHANGED = 5
"""Exit code of iact.dachs.schema; that module needs DaCHS and cannot be imported here."""

_SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"
RESOURCE = "cta"
RESOURCES = ("cta/q",)
"""The resource descriptors that make our tables."""

SHORT_ADDRESSES = ("cta/dl/get/custom dl3",)
"""Lines of DaCHS's vanitynames.txt: files are at ``/dl3/...``."""

_USERCONFIG = """\
<resource schema="dc" resdir="__system">
  <!-- Yours to extend: see "Extending Obscore" in the reference of DaCHS. -->
  <STREAM id="obscore-extracolumns">
    <FEED source="cta/ext#obscore-extracolumns"/>
  </STREAM>
</resource>
"""

_SYSTEM_TABLES = ("dc.tablemeta", "tap_schema.tables", "ivoa.obscore", "uws.userjobs")
_OWN_TABLES = ("cta.observation", "cta.vo_obscore")
_SITE_FOLDERS = ("etc", "inputs", "cache", "state", "tmp", "web")


def run_dachs(
    layout: Layout,
    *arguments: str,
    purpose: str = "",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a `dachs` command to its end, with its output in ``VAR/log/dachs-cli.log``.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    *arguments
        What follows `dachs` on the command line.
    purpose
        What it is for, as the subject of "... failed".
    environment
        What it sees besides the data centre's own environment.

    Raises
    ------
    CtaError
        It failed; the message has its last lines.
    """
    process.run(
        [DACHS, *arguments],
        purpose or f"`dachs {' '.join(arguments)}`",
        layout.environment() | dict(environment or {}),
        layout.log / "dachs-cli.log",
    )


def write(layout: Layout, site: SiteConfig, server: ServerSettings) -> None:
    """Write DaCHS's settings and folders; what is right already stays untouched.

    Parameters
    ----------
    layout
        The data centre.
    site
        What the operator says about the site.
    server
        The address to serve at.
    """
    for name in _SITE_FOLDERS:
        (layout.gavo / name).mkdir(parents=True, exist_ok=True)
    textfile.write_if_changed(layout.gavo_rc, render_rc(_rc(layout, site, server)))
    textfile.write_if_changed(layout.gavo / "etc" / "defaultmeta.txt", default_meta(site, server))
    _link_resource(layout)
    _add_short_addresses(layout)
    _feed_userconfig(layout)
    vocabularies.seed(layout.gavo / "cache")


def _rc(
    layout: Layout, site: SiteConfig, server: ServerSettings
) -> dict[str, dict[str, str | int]]:
    group = grp.getgrgid(os.getgid()).gr_name
    return {
        "general": {
            "rootDir": str(layout.gavo),
            "logDir": str(layout.log),
            "gavoGroup": group,
            "group": group,
        },
        "web": {
            "bindAddress": server.bind_address,
            "serverPort": server.port,
            "serverURL": server_url(site, server),
            # The process belongs to the right user from its start.
            "user": "",
            "sitename": _one_line(site.name),
            "realm": _one_line(site.name),
        },
        "db": {"profilePath": str(layout.gavo / "etc")},
        "ivoa": {"authority": site.authority},
    }


def render_rc(sections: Mapping[str, Mapping[str, str | int]]) -> str:
    """Return settings in the format of DaCHS, sections in their order."""
    lines = ["# Written by `bin/cta` from cta.yaml at every start: change that file instead."]
    for section, items in sections.items():
        lines.append(f"[{section}]")
        # DaCHS's parser takes a single % for the start of a reference.
        lines += [f"{key}: {str(value).replace('%', '%%')}" for key, value in items.items()]
    return "\n".join(lines) + "\n"


def server_url(site: SiteConfig, server: ServerSettings) -> str:
    """Return the address that links begin with, without a slash at its end."""
    return site.public_url or f"http://localhost:{server.port}"


def default_meta(site: SiteConfig, server: ServerSettings) -> str:
    """Return the metadata that every resource of the site has unless it says otherwise."""
    items = {
        "publisher": site.title,
        "publisherID": f"ivo://{site.authority}/org",
        "contact.name": site.contact_name,
        "contact.email": site.contact_email,
        "creator.name": site.contact_name,
        "_noresultwarning": "Your query did not match any data.",
        "authority.creationDate": server.created,
        # VOResource 1.1, 3.1.1: a short name has at most 16 characters.
        "authority.shortName": site.name[:16],
        "authority.title": site.title,
        "authority.description": site.description or site.title,
        "site.description": site.description or site.title,
    }
    # A backslash would start one of DaCHS's macros.
    return "".join(f"{key}: {_one_line(value)}\n" for key, value in items.items())


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\", "/").split())


def _link_resource(layout: Layout) -> None:
    """Have DaCHS find our resource directory among the site's own ones."""
    link, target = layout.gavo / "inputs" / RESOURCE, layout.code / "inputs" / RESOURCE
    if link.is_symlink():
        if link.readlink() == target:
            return
        link.unlink()
    elif link.exists():
        raise CtaError(f"{link} must be a link to {target}; move it away and set up again.")
    link.symlink_to(target)


def _add_short_addresses(layout: Layout) -> None:
    """Have DaCHS know our short addresses beside those of the operator."""
    path = layout.gavo / "etc" / "vanitynames.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    missing = [line for line in SHORT_ADDRESSES if line not in lines]
    if missing:
        textfile.write_if_changed(path, "\n".join(lines + missing) + "\n")


def _feed_userconfig(layout: Layout) -> None:
    """Have ivoa.obscore lead to our links, where the site has no userconfig.rd of its own."""
    path = layout.gavo / "etc" / "userconfig.rd"
    if not path.exists():
        textfile.write_if_changed(path, _USERCONFIG)


def initialise(layout: Layout, say: Callable[[str], None]) -> None:
    """Make DaCHS's roles and system tables, or bring those of another DaCHS up to date.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        A `dachs` command failed.
    """
    mark = layout.run / "dachs-version"
    installed = dachs_version()
    made_by = mark.read_text(encoding="utf-8") if mark.exists() else ""
    if not made_by or not _have_tables(layout, _SYSTEM_TABLES):
        say("Making DaCHS's system tables.")
        run_dachs(layout, "init", "-d", layout.dsn, purpose="Making DaCHS's system tables")
        run_dachs(layout, "imp", "//obscore", purpose="Making ivoa.obscore")
        run_dachs(layout, "imp", "//uws", "enable_useruws", purpose="Making the job tables")
    elif made_by != installed:
        say(f"Bringing the tables of DaCHS {made_by} up to DaCHS {installed}.")
        run_dachs(layout, "upgrade", purpose="Bringing DaCHS's tables up to date")
    textfile.write_if_changed(mark, installed)


def dachs_version() -> str:
    """Return the version of the installed DaCHS.

    Raises
    ------
    CtaError
        There is none.
    """
    # Asked by name of the folder: the environment of workers and tests has none.
    for found in importlib.metadata.distributions(path=[_SYSTEM_PACKAGES]):
        if found.metadata["Name"] == "gavodachs":
            return found.version
    raise CtaError("GAVO DaCHS is not installed; run `bin/cta setup`.")


def import_resources(layout: Layout, say: Callable[[str], None]) -> None:
    """Make our tables where they are missing or their descriptors have changed.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        `dachs imp` failed.
    """
    mark = layout.run / "resources.json"
    digests = descriptor_digests(layout)
    imported = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    if digests == imported and _have_tables(layout, _OWN_TABLES):
        return
    if _have_tables(layout, _OWN_TABLES) and not _renew(layout):
        say("Tables have other columns now: making them anew.")
        run_dachs(layout, "drop", *RESOURCES)
        say("Afterwards, `bin/cta ingest` reads all data again.")
    say(f"Importing {' '.join(RESOURCES)}.")
    run_dachs(layout, "imp", *RESOURCES, environment={"CTA_TABLES_ONLY": "1"})
    textfile.write_if_changed(mark, json.dumps(digests, indent=1))


def _renew(layout: Layout) -> bool:
    """Renew the views; return False if tables have other columns than their descriptors."""
    done = subprocess.run(
        [PYTHON, "-P", "-s", "-m", "iact.dachs.schema"],
        env=layout.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, _SCHEMA_CHANGED):
        raise CtaError(f"The tables cannot be compared:\n{process.tail(done.stdout + done.stderr)}")
    return done.returncode == 0


def descriptor_digests(layout: Layout) -> dict[str, str]:
    """Return the SHA-256 of every resource descriptor by file name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((layout.code / "rd").glob("*.rd"))
    }


def _have_tables(layout: Layout, names: tuple[str, ...]) -> bool:
    with contextlib.closing(cluster.connect(layout)) as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s) AS name", (list(names),)
        )
        return cursor.fetchone() == (True,)
