"""The tables: DaCHS's own ones, and those that our resource descriptors make."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from iact.archive import fileurl, lock, visibility
from iact.errors import CtaError
from iact.operate import cluster, process, textfile
from iact.operate.gavo_root import dachs_version, run_dachs
from iact.operate.layout import PYTHON, Layout

RESOURCES = ("cta/hea", "cta/q", "cta/taplinks", "cta/irfs", "cta/registry")
"""The resource descriptors that make our tables, in the order that they need each other."""

_ARCHIVE = "cta/q"
"""The one whose tables hold the archive. Others may contribute to those of cta/hea, and
cta/registry tells harvesters of records that are gone."""

_SCHEMA_CHANGED = 5
"""Exit code of iact.dachs.schema; that module needs DaCHS and cannot be imported here."""

_IMPATIENT = {"PGOPTIONS": "-c lock_timeout=60s"}
"""Not to wait for ever for a `dachs imp` that, with rows of TAP_SCHEMA locked, waits for us."""

_SYSTEM_TABLES = ("dc.tablemeta", "tap_schema.tables", "ivoa.obscore", "uws.userjobs")
_OWN_TABLES = ("cta.observation", "cta.vo_obscore")
_OTHER_TABLES = (
    "datalink.response",
    "ivoa.response_psf",
    "cta_registry.registered",
    "cta_registry.record_digest",
)


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


def import_resources(layout: Layout, say: Callable[[str], None], remake: bool = False) -> None:
    """Make our tables where they are missing; add new columns, renew views where they are there.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running.
    say
        Takes progress lines.
    remake
        Whether to drop the tables that are there, and all that is in them.

    Raises
    ------
    CtaError
        `dachs imp` failed, or tables must be made anew and `remake` is not set.
    """
    mark = _mark(layout)
    digests = descriptor_digests(layout)
    imported = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    exist = _have_tables(layout, _OWN_TABLES)
    complete = exist and _have_tables(layout, _OTHER_TABLES)
    if complete and digests == imported and not remake:
        _hide(layout, say)
        follow_settings(layout, say)
        return
    # Not at the top: set-up installs what these need.
    from iact.operate.database import connect
    from iact.operate.progress import tell_waiting

    with connect(layout) as connection, lock.held(connection, "bin/cta setup", tell_waiting):
        if exist and remake:
            say("Dropping the tables; `bin/cta ingest` reads all data again.")
            run_dachs(layout, "drop", _ARCHIVE, environment=_IMPATIENT)
        elif exist and (changed := _renew(layout, say)):
            raise CtaError(
                f"This version of the software has columns in {', '.join(changed)} that cannot"
                " be added to what is there."
                " `bin/cta setup --remake-tables` drops the tables and makes them anew;"
                " `bin/cta ingest` afterwards reads all data again."
            )
        _import(layout, digests, say)
        if not exist or remake:
            # `dachs imp` gives views the statements of a new site.
            _views_mark(layout).unlink(missing_ok=True)
    follow_settings(layout, say)


def _hide(layout: Layout, say: Callable[[str], None]) -> None:
    """Make what hides observations anew where it is not as it should be."""
    from iact.archive import schemachange
    from iact.operate.database import connect
    from iact.operate.progress import tell_waiting

    with connect(layout) as connection, connection.cursor() as cursor:
        if visibility.is_complete(cursor):
            return
        with lock.held(connection, "bin/cta setup", tell_waiting):
            say("Making what hides observations until their release anew.")
            schemachange.hide(cursor)
            connection.commit()


def follow_settings(layout: Layout, say: Callable[[str], None]) -> None:
    """Give views the statements that the site's configuration asks for, if they have others.

    Queries go on meanwhile.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running and have the tables.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        Queries have held the views all the time; they are as they were.
    """
    from iact.archive.site import SiteConfig

    site, mark = SiteConfig.load(layout.site_config), _views_mark(layout)
    wanted = " ".join(site.view_choices) + "\n"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    say(f"Profile {site.profile}; simulations {site.simulations}.")
    if changed := _renew(layout, say):
        raise CtaError(f"{', '.join(changed)}: made by other software; run `bin/cta setup`.")
    textfile.write_if_changed(mark, wanted)


def _views_mark(layout: Layout) -> Path:
    """Return the file that tells which settings the views follow."""
    return layout.run / "views"


def _import(layout: Layout, digests: dict[str, str], say: Callable[[str], None]) -> None:
    for resource in RESOURCES:
        say(f"Importing {resource}.")
        run_dachs(layout, "imp", resource, environment={"CTA_TABLES_ONLY": "1"})
    textfile.write_if_changed(_mark(layout), json.dumps(digests, indent=1))


def _mark(layout: Layout) -> Path:
    """Return the file that tells which descriptors were imported."""
    return layout.run / "resources.json"


def _renew(layout: Layout, say: Callable[[str], None]) -> list[str]:
    """Add columns, renew views; return the tables that cannot be changed in place."""
    done = subprocess.run(
        [PYTHON, "-P", "-s", "-m", "iact.dachs.schema"],
        env=layout.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, _SCHEMA_CHANGED):
        raise CtaError(f"The tables cannot be changed:\n{process.tail(done.stdout + done.stderr)}")
    lines = done.stdout.splitlines()
    if done.returncode == _SCHEMA_CHANGED:
        return lines[-1].split()
    for line in lines:
        say(line)
    return []


def descriptor_digests(layout: Layout) -> dict[str, str]:
    """Return digests of what makes our tables: descriptors, who sees which rows, functions."""
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((layout.code / "rd").glob("*.rd"))
    }
    return digests | {"visibility": visibility.VERSION, "fileurl": fileurl.VERSION}


def _have_tables(layout: Layout, names: tuple[str, ...]) -> bool:
    with contextlib.closing(cluster.connect(layout)) as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s) AS name", (list(names),)
        )
        return cursor.fetchone() == (True,)
