"""ivoa.obscore and ivoa.obscore_hea have the columns that rd/ext.rd and rd/hea.rd say.

DaCHS builds ivoa.obscore from what all resources of the site contribute and from the site's
userconfig.rd. Whether a change there had its effect shows only afterwards: DaCHS goes on
without a userconfig.rd that it does not understand, and drops columns without a word. So the
columns are looked up in the database and in TAP_SCHEMA, and without them all goes back.
"""

from __future__ import annotations

import hashlib
import json
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

from iact.archive import lock
from iact.errors import CtaError
from iact.operate import process, textfile, userconfig
from iact.operate.gavo_root import DACHS, run_dachs
from iact.operate.layout import Layout

OBSCORE, HEA = "ivoa.obscore", "ivoa.obscore_hea"

#: Descriptor and streams of the columns that a table must have.
_STREAMS = {
    OBSCORE: ("ext.rd", ("obscore-extension", "association")),
    HEA: ("hea.rd", ("hea-columns",)),
}

_IMPATIENT = {"PGOPTIONS": "-c lock_timeout=300ms"}
"""Who queries a view waits behind the command that waits for it."""

_FRAGMENTS, _OBSCORE_VIEW = "refreshAfterSchemaUpdate", "create"
"""Data elements of DaCHS's //obscore."""

_LOCKED = "lock timeout"
TRIES, PAUSE = 30, 1.0
"""How often a view is tried that queries hold, and the pause between, s: a minute in all."""

OURS = "cta.published"
"""The view of ours that both tables have the rows of."""

IS_MEMBER = f"""
    SELECT EXISTS (SELECT 1 FROM ivoa._obscoresources WHERE tablename = '{OURS}')
    AND EXISTS (SELECT 1 FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
        WHERE r.ev_class = to_regclass('{OBSCORE}') AND d.refobjid = to_regclass('{OURS}'))
"""
"""SQL that tells whether ivoa.obscore has our rows, and still will when it is made anew."""

_PUBLISHING = "q.rd"
"""What says which columns of it become which of theirs."""

_LACKING = """
    SELECT name FROM unnest(%(names)s, %(types)s) AS wanted(name, type)
    WHERE NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%(table)s)
        AND attname = name AND atttypid = to_regtype(type))
    OR NOT EXISTS (SELECT 1 FROM tap_schema.columns
        WHERE table_name = %(table)s AND column_name = name)
"""


def columns(layout: Layout, table: str) -> dict[str, str]:
    """Return the columns of ours that a table has: their SQL types by name."""
    descriptor, streams = _STREAMS[table]
    root = ET.parse(layout.code / "rd" / descriptor).getroot()
    return {
        column.attrib["name"]: column.attrib["type"]
        for stream in streams
        for column in root.iterfind(f"STREAM[@id='{stream}']/column")
    }


def fed(layout: Layout) -> bytes:
    """Return the site's userconfig.rd as it is with our feeds in it.

    Raises
    ------
    CtaError
        The file is none that feeds can be added to.
    """
    path = layout.userconfig
    text = path.read_bytes() if path.exists() else None
    return userconfig.with_feeds(text, path, frozenset(columns(layout, OBSCORE)))


def ensure(layout: Layout, say: Callable[[str], None]) -> None:
    """Bring the site's userconfig.rd and both tables to what our descriptors say.

    Where all is as it should be, nothing is written and DaCHS is not started.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running, and its tables must be there.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        The tables did not get their columns; file and tables are as before.
    """
    # Not at the top: set-up installs what these need.
    from iact.archive.site import SiteConfig
    from iact.operate.database import connect
    from iact.operate.progress import tell_waiting

    text = fed(layout)
    utype = SiteConfig.load(layout.site_config).hea_table_utype
    state = json.dumps(_digests(layout, text) | {"utype": utype}, indent=1)
    mark = layout.run / "extension.json"
    applied = mark.read_text(encoding="utf-8") if mark.exists() else state
    with connect(layout) as connection:
        # Others change what is looked at here.
        connection.autocommit = True
        is_fed = layout.userconfig.exists() and layout.userconfig.read_bytes() == text
        if not is_fed or applied != state or _faults(connection, layout):
            with lock.held(connection, "bin/cta setup", tell_waiting):
                say(f"Bringing {OBSCORE} and {HEA} up to date.")
                _change(layout, connection, text)
    textfile.write_if_changed(mark, state)


def _digests(layout: Layout, text: bytes) -> dict[str, str]:
    names = [descriptor for descriptor, _ in _STREAMS.values()] + [_PUBLISHING]
    contents = {name: (layout.code / "rd" / name).read_bytes() for name in names}
    contents["userconfig.rd"] = text
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _faults(connection: Any, layout: Layout) -> list[str]:
    """Return what is not as it should be, each as the rest of a sentence."""
    faults = []
    with connection.cursor() as cursor:
        for table in _STREAMS:
            wanted = columns(layout, table)
            asked = {"table": table, "names": list(wanted), "types": list(wanted.values())}
            cursor.execute(_LACKING, asked)
            if lacking := [name for (name,) in cursor.fetchall()]:
                faults.append(f"{table} lacks the columns {', '.join(lacking)}")
        if not faults:
            cursor.execute(IS_MEMBER)
            if cursor.fetchone() == (False,):
                faults.append(f"{OBSCORE} lacks the rows of {OURS}")
            cursor.execute("SELECT 1 FROM ivoa._obscore_hea_sources WHERE table_name = %s", (OURS,))
            if cursor.fetchone() is None:
                faults.append(f"{HEA} lacks the rows of {OURS}")
            cursor.execute(
                "SELECT table_name FROM ivoa._obscore_hea_sources"
                " EXCEPT SELECT tablename FROM ivoa._obscoresources ORDER BY 1"
            )
            faults += [f"{HEA} has rows of {name}, {OBSCORE} not" for (name,) in cursor.fetchall()]
    return faults


def _change(layout: Layout, connection: Any, text: bytes) -> None:
    """Write the file and have DaCHS make both tables anew; go back where that does not work."""
    path = layout.userconfig
    before = path.read_bytes() if path.exists() else None
    columns_before, is_touched = _columns_there(connection), False
    try:
        _put(path, text)
        _check_readable(layout)
        is_touched = True
        _refresh(layout, connection)
        if faults := _faults(connection, layout):
            raise CtaError(f"After it was made anew, {' and '.join(faults)}.")
    except CtaError as error:
        said = str(error)
        try:
            _put(path, before)
            if is_touched:
                _imp(layout, "//obscore", _FRAGMENTS)
            if _columns_there(connection) != columns_before:
                _imp(layout, "//obscore", _OBSCORE_VIEW)
        except CtaError as failed:
            said += f"\nIt could not be put back: {failed}"
        raise CtaError(
            f"{said}\n{path} is as it was before. Look for mistakes in it"
            " (`bin/cta dachs val %`), then run `bin/cta setup` again."
        ) from error


def _check_readable(layout: Layout) -> None:
    """Refuse a file that DaCHS itself would pass over, and all of the site's columns with it."""
    said = process.run([DACHS, "val", "%"], "Reading userconfig.rd", layout.environment())
    # Its exit code is 0 in any case.
    if "[ERROR]" in said:
        raise CtaError(f"DaCHS cannot read {layout.userconfig}:\n{process.tail(said)}")


def _columns_there(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) ORDER BY attnum",
            (OBSCORE,),
        )
        return [name for (name,) in cursor.fetchall()]


def _put(path: Path, text: bytes | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    else:
        textfile.write_bytes(path, text)


def _refresh(layout: Layout, connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM ivoa._obscoresources WHERE tablename = %s", (OURS,))
        if cursor.fetchone() is None:
            # Metadata only: as the view is there, DaCHS does nothing else with it.
            _imp(layout, "-m", "cta/q", "views")
    # The first renews what tables contribute to ivoa.obscore. The view follows only where
    # DaCHS has made a table, which it has not.
    _imp(layout, "//obscore", _FRAGMENTS)
    _imp(layout, "//obscore", _OBSCORE_VIEW)
    _imp(layout, "cta/hea", "refresh")


def _imp(layout: Layout, *arguments: str) -> None:
    """Run an import that makes a view anew; queries that hold the view go first."""
    for remaining in reversed(range(TRIES)):
        try:
            run_dachs(layout, "imp", *arguments, environment=_IMPATIENT)
            return
        except CtaError as error:
            if _LOCKED not in str(error):
                raise
            if not remaining:
                raise CtaError(
                    f"{OBSCORE} and {HEA} cannot be changed: queries use them all the time. Run"
                    " `bin/cta setup` again later, or stop the server first."
                ) from error
        time.sleep(PAUSE)
