"""Setting up a data centre: every step checks first and acts only where it must.

Root's part makes what only root can: packages, a system user, folders of that
user and a readable copy of the code. All the rest is the part of the user who
serves, the same whether root has become that user or somebody runs it as they are.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from iact.errors import CtaError
from iact.operate import (
    account,
    cluster,
    environment,
    extension,
    folders,
    gavo_root,
    initdb,
    installed_code,
    mark,
    packages,
    ports,
    queryrole,
    server,
    settings,
    tables,
    textfile,
)
from iact.operate.layout import VERSION, Layout, checkout

Say = Callable[[str], None]


def prepare_as_root(layout: Layout, args: argparse.Namespace, say: Say) -> None:
    """Do what only root can.

    Parameters
    ----------
    layout
        The data centre.
    args
        ``no_apt``.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        A step failed.
    """
    folders.check_only_root_writes(layout.var)
    user = account.find()
    # Without the user nothing of theirs is there yet.
    read = partial(account.read_as, user) if user is not None else _nothing
    layout.check_version(read)
    _install_packages(layout, not args.no_apt, say, read)
    user = account.ensure(say)
    account.check_reachable_by(user, layout.var)
    folders.make_for(layout, user)
    if installed_code.differs(checkout(), layout.installed_code):
        say(f"Copying the code to {layout.installed_code}.")
        installed_code.refresh(checkout(), layout.installed_code)


def _nothing(path: Path) -> None:
    """Stand for reading a mark where there can be none."""


def complete(layout: Layout, args: argparse.Namespace, say: Say) -> None:
    """Do everything else, as the user who serves.

    Parameters
    ----------
    layout
        The data centre.
    args
        ``authority``, ``name``, ``url``, ``port``, ``workers``, ``remake_tables``.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        A step failed; the next run goes on from there.
    """
    account.check_owner(layout)
    layout.check_version()
    _install_packages(layout, False, say)
    folders.make_own(layout)
    initdb.create(layout, say)
    if args.workers:
        try:
            environment.ensure(layout.venv, ["workers"], say)
        except CtaError as error:
            raise CtaError(
                f"{error}\nWithout a network, `bin/cta setup` without --workers makes a data centre"
                " that needs none of these."
            ) from error
    with cluster.running(layout):
        _configure(layout, args, say)
        cluster.ensure_database(layout)
        tables.initialise(layout, say)
        tables.import_resources(layout, say, args.remake_tables)
        extension.ensure(layout, say)
        queryrole.confine(layout, say)
    textfile.write_if_changed(layout.version_file, f"{VERSION}\n")
    if args.command == "setup" and server.is_running(layout) and not server.is_current(layout):
        say("The server runs with older code or settings: `bin/cta stop`, then `bin/cta start`.")


def _install_packages(
    layout: Layout,
    allowed: bool,
    say: Say,
    read: Callable[[Path], str | None] = mark.read,
) -> None:
    def choose() -> list[str]:
        version = packages.postgres_version(layout.pg, read=read)
        return packages.missing(packages.needed(version, test_tools=False))

    packages.install(choose, allowed, say)


def _configure(layout: Layout, args: argparse.Namespace, say: Say) -> None:
    """Write the site's configuration and what follows from it."""
    from iact.archive.site import SiteConfig

    given = {"authority": args.authority, "name": args.name, "public_url": args.url}
    values = {key: value for key, value in given.items() if value is not None}
    if not layout.site_config.exists():
        if args.command == "demo":
            # Where there may be nothing else to show.
            values["simulations"] = "published"
        site = SiteConfig.create(layout.site_config, **values)
        say(f"The site's configuration is {layout.site_config}: put your name and address there.")
    else:
        site = SiteConfig.load(layout.site_config)
        changes = {key: value for key, value in values.items() if getattr(site, key) != value}
        if "authority" in changes:
            _check_no_rows(layout, site.authority)
        if changes:
            text = with_values(layout.site_config.read_text(encoding="utf-8"), changes)
            # Before it is written: with a wrong value no command would run any more.
            site = SiteConfig.of_text(layout.site_config, text)
            textfile.write_if_changed(layout.site_config, text)
    old = settings.load(layout.server_settings)
    new = settings.with_port(old, args.port, layout.server_settings)
    if new.port != old.port and server.is_running(layout):
        raise CtaError(
            f"The server runs on port {old.port}; `bin/cta stop` first, then the same command."
        )
    if args.command == "demo" and not server.is_running(layout):
        # Before all that takes time, and before a VAR is filled that nobody can serve.
        ports.check_free(new.port, new.bind_address)
    settings.save(layout.server_settings, new)
    gavo_root.write(layout, site, new)


def with_values(text: str, changes: dict[str, str]) -> str:
    """Return a configuration with some top-level values changed, comments kept.

    Parameters
    ----------
    text
        YAML with each of the keys on a line of its own.
    changes
        New values.

    Raises
    ------
    CtaError
        A key is not there on one line.
    """
    from iact.archive.dataroots import quoted

    for key, value in changes.items():
        line = re.compile(rf"^{key}:.*$", re.MULTILINE)
        found = list(line.finditer(text))
        if len(found) != 1:
            raise CtaError(f"cta.yaml has no single line `{key}:`; change it with an editor.")
        start, end = found[0].span()
        text = f"{text[:start]}{key}: {quoted(value)}{text[end:]}"
    return text


def _check_no_rows(layout: Layout, authority: str) -> None:
    """Refuse another authority once identifiers with the present one are out."""
    from iact.operate.database import archive_counts

    counts = archive_counts(layout)
    if counts and any(counts.values()):
        raise CtaError(
            f"The authority stays {authority}: the archive has rows whose identifiers carry it."
            " Another authority needs a new data centre, with another --var."
        )
