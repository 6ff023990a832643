"""The records of ``cta/registry``, and how DaCHS writes them.

DaCHS makes records of tables and data elements without rights, and has one coverage for a
whole resource descriptor. So ours are plain `resRec` elements with a maker of their own, which
DaCHS finds by their resType.
"""

from gavo import base
from gavo.registry import builders, capabilities, tableset
from gavo.registry.model import VS
from gavo.registry.nonservice import ResRec

from iact.archive import records, registered

#: What DaCHS 2.11 says of ivoa.obscore, and clients look for; 2.7 says nothing.
TABLE_UTYPES = {"ivoa.obscore": "ivo://ivoa.net/std/obscore#table-1.1"}

_PAGE = "/tableinfo/cta.vo_obscore"


class DataRecordMaker(builders.DataCollectionResourceMaker):
    """Makes a vs:CatalogResource of a `resRec` whose ``_table`` metadata name its tables."""

    resType = "ctaResource"

    def _makeResource(self, resource, setNames):
        return builders.ResourceMaker._makeResource(self, resource, setNames)[
            builders._rightsBuilder.build(resource),
            [
                capabilities.getCapabilityElement(publication)
                for publication in resource.getPublicationsForSet(setNames)
            ],
            builders._orgMetaBuilder.build(resource),
            builders._coverageMetaBuilder.build(resource),
            _tableset(resource),
        ]


builders._getResourceMaker.registry[DataRecordMaker.resType] = DataRecordMaker


def _tableset(resource):
    tables = [base.resolveCrossId(str(name)) for name in resource.iterMeta("_table")]
    by_descriptor = {}
    for table in tables:
        by_descriptor.setdefault(table.rd.sourceId, (table.rd, []))[1].append(table)
    names = {table.getQName().lower() for table in tables}
    return VS.tableset[
        [
            VS.schema[
                VS.name[descriptor.schema],
                VS.title[base.getMetaText(descriptor, "title")],
                VS.description[base.getMetaText(descriptor, "description")],
                [_table(table, names) for table in members],
            ]
            for descriptor, members in by_descriptor.values()
        ]
    ]


def _table(table, names):
    made = tableset.getTableForTableDef(table, names)
    utype = TABLE_UTYPES.get(table.getQName().lower())
    if utype and not base.getMetaText(table, "utype", propagate=False):
        made[VS.utype[utype]]
    return made


def whole():
    """Yield metadata of the whole archive, if there are any, as the only item of a LOOP."""
    return _covered(registered.WHOLE)


def obscore():
    """Yield metadata of what is in ivoa.obscore, if there is any, as the only item of a LOOP."""
    return _covered(registered.OBSCORE)


def _covered(part):
    found = _measured(part)
    if found is not None:
        coverage, creators = found
        pairs = [("creator", name) for name in creators]
        yield {"meta": records.stream([*pairs, *records.coverage_meta(coverage)])}


def _measured(part):
    with base.getTableConn() as connection, connection.cursor() as cursor:
        return registered.covered(cursor, part) if registered.has_tables(cursor) else None


def public_tables(descriptor):
    """Yield the names of the tables of a resource descriptor that TAP shows."""
    for table in base.caches.getRD(descriptor).tables:
        if table.adql is True:
            yield {"item": f"{descriptor}#{table.id}"}


def unclaimed(path):
    """Yield the identifier of a path in the authority, if no other resource has it published.

    Parameters
    ----------
    path
        What follows the authority; on a server with other resources, DaCHS's own record of its
        datasets may be there.
    """
    identifier = f"ivo://{base.getConfig('ivoa', 'authority')}/{path}"
    with base.getTableConn() as connection, connection.cursor() as cursor:
        taken = registered.is_taken(cursor, identifier)
    if not taken:
        yield {"identifier": identifier}


def collections():
    """Yield the collections that have a record, as items of a LOOP."""
    with base.getTableConn() as connection, connection.cursor() as cursor:
        found = registered.registered(cursor) if registered.has_tables(cursor) else []
    archive = f"ivo://{base.getConfig('ivoa', 'authority')}/cta"
    page = base.makeAbsoluteURL(_PAGE, canonical=True)
    for entry in found:
        pairs = [
            ("identifier", f"{archive}/{entry.text.name}"),
            ("creationDate", entry.created),
            ("_table", "cta/q#vo_obscore"),
            ("isPartOf", base.getConfig("web", "sitename")),
            ("isPartOf.ivoId", archive),
            *records.collection_meta(entry.text, entry.coverage, page),
        ]
        yield {"id": f"collection-{entry.text.name}", "meta": records.stream(pairs)}


def complete(context):
    """Give records the dates of their publication, and join them with the TAP service.

    Parameters
    ----------
    context
        Of the parser that has read all records of cta/registry.
    """
    with base.getTableConn() as connection, connection.cursor() as cursor:
        stamps = registered.time_stamps(cursor)
    found = _measured(registered.WHOLE)
    service = base.resolveCrossId("//tap#run")
    served = {base.getMetaText(data, "ivoId") for data in service.iterMeta("isServiceFor")}
    for record in [item for item in context.idmap.values() if isinstance(item, ResRec)]:
        # DaCHS then has the record of the TAP service wait for ours.
        record.rd.addDependency(service.rd, record.rd)
        if record.id in stamps:
            record.setMeta("_metadataUpdated", stamps[record.id])
        if found and record.getMeta("_dataUpdated", propagate=False) is None:
            record.setMeta("_dataUpdated", found[0].updated)
        if base.getMetaText(record, "resType") != DataRecordMaker.resType:
            continue
        identifier = base.getMetaText(record, "identifier")
        if identifier not in served:
            service.addMeta("isServiceFor", base.getMetaText(record, "title"), ivoId=identifier)
        record.addMeta(
            "isServedBy",
            base.getMetaText(service, "title"),
            ivoId=base.getMetaText(service, "identifier"),
        )
