"""DaCHS's root folder and settings, and its command."""

from __future__ import annotations

import grp
import importlib.metadata
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from iact.errors import CtaError
from iact.operate import process, textfile, userconfig, vocabularies
from iact.operate.layout import Layout
from iact.operate.settings import ServerSettings

if TYPE_CHECKING:
    from iact.archive.site import SiteConfig

DACHS = "/usr/bin/dachs"
_SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"
RESOURCE = "cta"

SHORT_ADDRESSES = ("cta/dl/get/custom dl3", "cta/dl/coverage/custom coverage")
"""Lines of DaCHS's vanitynames.txt: files are at ``/dl3/...``, MOCs at ``/coverage/...``."""

UNUSED = ("__system__/tests", "__system__/run")
"""DaCHS's own resources that only its developers need: pages that fail, or empty a table."""

HOME_PAGE = "web/templates/root.html"
"""Where DaCHS looks for a page at ``/`` before it takes its own."""

_OURS = "bin/cta brings this page"

_SITE_FOLDERS = ("etc", "inputs", "cache", "state", "tmp", "web", "web/templates")


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
    _bring_home_page(layout)
    if not layout.userconfig.exists():
        # A new site's tables have all columns at once. For others, see iact.operate.extension.
        textfile.write_bytes(layout.userconfig, userconfig.with_feeds(None, layout.userconfig))
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
            "rdblacklist": ",".join(UNUSED),
        },
        "web": {
            "bindAddress": server.bind_address,
            "serverPort": server.port,
            "serverURL": server_url(site, server),
            # The process belongs to the right user from its start.
            "user": "",
            # Links begin with serverURL, whatever protocol a proxy speaks with us.
            "adaptProtocol": "False",
            "sitename": _one_line(site.name),
            "realm": _one_line(site.name),
        },
        "db": {"profilePath": str(layout.gavo / "etc")},
        "ivoa": {"authority": site.authority},
        # Whose turn it is says iact.dachs.jobqueue.
        "async": {"maxTAPRunning": 0, "maxUserUWSRunningDefault": 0},
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
        # VOResource 1.1, 3.1.1: a short name has at most 16 characters; DaCHS adds " TAP".
        "authority.shortName": _one_line(site.name)[:12].rstrip(),
        "authority.referenceURL": server_url(site, server),
        "authority.title": site.title,
        "authority.description": site.description or site.title,
        "site.description": site.description or site.title,
    }
    if site.hea_table_utype:
        items["obscore_hea.utype"] = site.hea_table_utype
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
    elif link.exists():
        raise CtaError(f"{link} must be a link to {target}; move it away and set up again.")
    # In one step: a server that finds no link takes our resource for a broken one. The new
    # link waits outside of DaCHS's inputs, which would be searched.
    fresh = layout.gavo / f"{RESOURCE}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _add_short_addresses(layout: Layout) -> None:
    """Have DaCHS know our short addresses beside those of the operator."""
    path = layout.gavo / "etc" / "vanitynames.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    missing = [line for line in SHORT_ADDRESSES if line not in lines]
    if missing:
        textfile.write_if_changed(path, "\n".join(lines + missing) + "\n")


def _bring_home_page(layout: Layout) -> None:
    """Put our page in the place of DaCHS's, which is empty until something is published.

    One that the operator has written stays.
    """
    target = layout.gavo / HOME_PAGE
    page = (layout.code / "res" / "templates" / target.name).read_text(encoding="utf-8")
    if not target.exists() or _OURS in target.read_text(encoding="utf-8", errors="replace"):
        textfile.write_if_changed(target, page)


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
