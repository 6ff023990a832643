"""Publish our records to DaCHS's registry: ``python3 -m iact.dachs.publish ACTION``.

The actions are ``publish``, ``refresh`` (only what has a record already) and ``withdraw``. The
last line of the output says as JSON what became of each record. A record that has not changed
keeps its date, so that harvesters need not fetch it again; DaCHS gives all of them the date of
the last `dachs pub`.
"""

import hashlib
import json
import re
import sys

from gavo import (
    base,
    rscdesc,  # noqa: F401  It makes base.caches.getRD.
)
from gavo.registry import builders, identifiers, publication
from gavo.user import logui

from iact.archive import registered

#: Whose services and records are published. A service in cta/q needs but a <publish> element.
DESCRIPTORS = (registered.RESOURCE, "cta/q", "__system__/tap", "__system__/services")

#: DaCHS's own record of this registry; it stays to say that the others are gone.
REGISTRY = "__system__/services"

#: What changes in a record whenever it is published; in that of the registry, its date too.
_DATE = re.compile(rb' updated="[^"]*"')
_REGISTRY_DATE = re.compile(rb'<date role="[Uu]pdated">[^<]*</date>')


def publish(with_new):
    """Publish all records anew.

    Parameters
    ----------
    with_new
        Whether collections get a record that have none yet.

    Returns
    -------
    dict
        ``records``: identifier, title and state of each; ``left``: see `registered.refresh`.
    """
    with base.getWritableAdminConn() as connection, connection.cursor() as cursor:
        left = registered.refresh(cursor, with_new)
        registered.set_coverage(cursor, "cta/q")
    before = _records()
    if not with_new and _is_current(before):
        # The registry's own date must not tell that something went in which is hidden.
        return {"records": _states(before, before, set(before)), "left": left}
    _update(DESCRIPTORS)
    with base.getWritableAdminConn() as connection, connection.cursor() as cursor:
        unchanged = _keep_dates(cursor, before)
        _round_dates(cursor)
    return {"records": _states(before, _records(), unchanged), "left": left}


def withdraw():
    """Mark all records but that of the registry itself as deleted; return as `publish` does."""
    before = _records()
    _update([name for name in DESCRIPTORS if name != REGISTRY], unpublish=True)
    with base.getWritableAdminConn() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM cta_registry.record_digest")
        _round_dates(cursor)
    return {"records": _states(before, _records(), set()), "left": {}}


def _update(names, **options):
    descriptors = [base.caches.getRD(name) for name in names]
    publication.updateServiceList(descriptors, onlyWarn=False, **options)


def _records():
    """Return title, deletion and date of all published records by their identifiers."""
    with base.getTableConn() as connection:
        rows = connection.query(
            "SELECT ivoid, title, deleted, rectimestamp FROM dc.resources"
            " WHERE sourcerd = ANY(%(names)s)",
            {"names": list(DESCRIPTORS)},
        )
        return {ivoid: tuple(values) for ivoid, *values in rows}


def _is_current(records):
    """Tell whether all records would be what they were when they were last published."""
    with base.getTableConn() as connection, connection.cursor() as cursor:
        old = _digests(cursor)
    if old.keys() != {ivoid for ivoid, (_title, deleted, _stamp) in records.items() if not deleted}:
        return False
    try:
        return all(_digest(ivoid) == digest for ivoid, digest in old.items())
    except base.NotFoundError:
        # The record of a collection that is gone.
        return False


def _digests(cursor):
    cursor.execute("SELECT ivoid, digest FROM cta_registry.record_digest")
    return dict(cursor.fetchall())


def _keep_dates(cursor, before):
    """Give records that have not changed the dates of before; return their identifiers."""
    old, new = _digests(cursor), {}
    for ivoid, (_title, deleted, _stamp) in _records().items():
        if not deleted:
            new[ivoid] = _digest(ivoid)
    unchanged = {
        ivoid
        for ivoid, digest in new.items()
        if old.get(ivoid) == digest and ivoid in before and not before[ivoid][1]
    }
    for ivoid in unchanged:
        cursor.execute(
            "UPDATE dc.resources SET rectimestamp = %s WHERE ivoid = %s", (before[ivoid][2], ivoid)
        )
    cursor.execute("DELETE FROM cta_registry.record_digest")
    cursor.executemany(
        "INSERT INTO cta_registry.record_digest (ivoid, digest) VALUES (%s, %s)", list(new.items())
    )
    return unchanged


def _round_dates(cursor):
    """Drop fractions of a second: harvesters see none, and ask with the dates that they saw."""
    cursor.execute(
        "UPDATE dc.resources SET rectimestamp = date_trunc('second', rectimestamp)"
        " WHERE sourcerd = ANY(%s)",
        (list(DESCRIPTORS),),
    )


def _digest(ivoid):
    resource = identifiers.getResobFromIdentifier(ivoid)
    text = _DATE.sub(b"", builders.getVORMetadataElement(resource).render())
    if resource.rd.sourceId == REGISTRY:
        text = _REGISTRY_DATE.sub(b"", text)
    return hashlib.sha256(text).hexdigest()


def _states(before, after, unchanged):
    states = []
    for ivoid, (title, deleted, _stamp) in sorted(after.items()):
        known = ivoid in before and not before[ivoid][1]
        if deleted and not known:
            # Withdrawn long ago.
            continue
        if deleted:
            state = "withdrawn"
        elif ivoid in unchanged:
            state = "unchanged"
        else:
            state = "changed" if known else "new"
        states.append({"ivoid": ivoid, "title": title, "state": state})
    return states


def main():
    """Do what the command line says; return the exit code."""
    logui.LoggingUI(base.ui)
    (action,) = sys.argv[1:]
    try:
        done = withdraw() if action == "withdraw" else publish(action == "publish")
    except base.Error as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
