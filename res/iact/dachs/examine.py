"""What DaCHS makes of queries, and how it is set: ``python3 -m iact.dachs.examine``.

Reads a JSON document from standard input, with ADQL by name (``queries``) and the ids of
resource descriptors (``resources``), and writes one. For the checks of
`iact.operate.doctor`, which run without DaCHS.
"""

import json
import os
import sys
from pathlib import Path

from gavo import api, base
from gavo.protocols import adqlglue
from twisted.internet import reactor

from iact.access import doors as addresses
from iact.access.paths import MOST_OF_RESOURCE

# The server's modules are all adapters.
from iact.dachs import jobs, known, scripts, serve, slowqueries  # noqa: F401

#: What we would have in every server's ivoa.obscore.
EXTRA_COLUMNS = "cta/ext#obscore-extracolumns"
#: Whose columns and metadata are those of ivoa.obscore with what the operator feeds into it.
OBSCORE = "//obscore#ObsCore"


def misfits():
    """Return a sentence for each adapter that does not know DaCHS's code as it is."""
    of_code = [misfit for each in known.made if (misfit := each.misfit)]
    return of_code + scripts.misfits()


def translated(adql):
    """Return the SQL that a query becomes and the settings it runs under, or its error."""
    try:
        sql, _ = adqlglue.morphADQL(adql, maxrec=base.getConfig("async", "defaultMAXREC"))
    except base.Error as error:
        return {"error": str(error)}
    # As runTAPQuery does in DaCHS 2.7 to 2.13; percent signs are doubled for the driver.
    settings = {"enable_seqscan": "off"} if "q3c_" in sql else {}
    return {"sql": sql.replace("%%", "%"), "settings": settings}


def declared_keys(descriptor):
    """Return table, name and statement of all indexes and primary keys of a descriptor."""
    found = []
    for table in descriptor.tables:
        if not table.onDisk or table.viewStatement:
            continue
        name = table.getQName()
        if table.primary:
            columns = ", ".join(table.primary)
            statement = f"ALTER TABLE {name} ADD PRIMARY KEY ({columns})"
            found.append((name, f"{table.id}_pkey", statement))
        for index in table.indices:
            if not index.metaOnly:
                found.append((name, table.expand(index.dbname), next(index.iterCode())))
    return found


def with_feed(source):
    """Return columns and links service of a table that has one of our streams alone."""
    table = base.parseFromString(api.TableDef, f'<table id="fed"><FEED source="{source}"/></table>')
    return described(table)


def described(table):
    """Return a table's columns and the service that its rows' links lead to."""
    service = table.getMeta("_associatedDatalinkService.serviceId")
    return {"columns": [column.name for column in table], "links": str(service or "")}


def _descriptors(inputs):
    """Return ids of the resource descriptors that addresses can name."""
    for folder, subfolders, files in os.walk(inputs, followlinks=True):
        place = Path(folder).relative_to(inputs)
        if len(place.parts) >= MOST_OF_RESOURCE - 1:
            subfolders.clear()
        for name in files:
            # What is in no folder is DaCHS's or the server's own business.
            if place.parts and name.endswith(".rd"):
                yield str(place / name.removesuffix(".rd"))


def open_services():
    """Return addresses of services with the group whose members alone may use them, or None.

    They are those of all resources that can be read, the operator's own, too, and DaCHS's.
    """
    names = set(_descriptors(Path(base.getConfig("inputsDir"))))
    found = {}
    for name in sorted(names | {name.partition("#")[0] for name in addresses.OF_DACHS}):
        try:
            descriptor = api.getRD(name)
        except Exception as error:
            # Code of the operator's may raise anything. The server cannot show it either.
            print(f"{name} cannot be read: {error!r}", file=sys.stderr)
            continue
        for service in descriptor.services:
            if addresses.knows_service(name, service.id):
                found[f"/{name}/{service.id}"] = service.limitTo
    return found


def main():
    """Answer; a broken configuration ends with DaCHS's own message."""
    asked = json.load(sys.stdin)
    answer = {
        "misfits": misfits(),
        "queries": {name: translated(adql) for name, adql in asked["queries"].items()},
        "keys": [key for name in asked["resources"] for key in declared_keys(api.getRD(name))],
        "obscore": described(base.resolveCrossId(OBSCORE)),
        "feed": with_feed(EXTRA_COLUMNS),
        "services": open_services(),
        "threads": reactor.getThreadPool().max + slowqueries.THREADS,
        "jobs": sum(kind.at_a_time for kind in jobs.KINDS),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
