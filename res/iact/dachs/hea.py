"""The view ivoa.obscore_hea: the union of what tables contribute by the mixins of cta/hea.

Works as DaCHS does it for ivoa.obscore: a table of SQL fragments, one for each contributor,
and a view that is made anew when one comes or goes.
"""

from gavo import base, rsc

_VIEW = "cta/hea#obscore_hea"
_SOURCES = "cta/hea#_obscore_hea_sources"
#: What //obscore's mixins say for an identifier that is made of the product's key.
_COMPUTED = "__COMPUTE__"


def contribute(table):
    """Note the query by which a table contributes; the view is not made anew.

    Parameters
    ----------
    table
        The DaCHS table; its definition mixes in ``cta/hea#publish`` or its like.
    """
    definition = table.tableDef
    sources = rsc.TableForDef(base.resolveCrossId(_SOURCES), connection=table.connection)
    sources.addRow(
        {
            "table_name": definition.getQName(),
            "sql_fragment": fragment(definition),
            "sourcerd": definition.rd.sourceId,
        }
    )


def fragment(definition):
    """Return the query by which a table contributes.

    Raises
    ------
    StructureError
        What obs_publisher_did is cannot be known.
    """
    # NATURAL JOIN compares these two, so ivoa.obscore must have the same expressions.
    did = _as_in_obscore(definition, "obs_publisher_did")
    mode = _as_in_obscore(definition, "obs_mode")
    if did is None:
        raise base.StructureError(
            f"{definition.getQName()} mixes in cta/hea#publish, but nothing says what its"
            " obs_publisher_did is: mix in //obscore#publish too, and have the server's"
            " userconfig.rd feed the streams of cta/ext to ObsCore."
        )
    clause = ", ".join(
        (
            f"CAST({did} AS text) AS obs_publisher_did",
            f"CAST(COALESCE({mode or 'NULL'}, 'unknown') AS text) AS obs_mode",
            definition.getProperty("obscoreHeaClause"),
        )
    )
    return f"SELECT {definition.expand(clause)} FROM {definition.getQName()}"


def _as_in_obscore(definition, name):
    """Return what a column of ivoa.obscore is for a table; None where nothing says so."""
    # cta/ext puts this in, where userconfig.rd of the server feeds it to ObsCore.
    said = definition.getProperty(f"obscore_{name}", None)
    if said == _COMPUTED:
        return r"'ivo://\getConfig{ivoa}{authority}/~?' || gavo_urlescape(accref)"
    if said is None and name in definition.columns:
        return name
    return said


def withdraw(table):
    """Take a table that will be dropped out of the view, at once as DaCHS does for ObsCore."""
    if not table.getTableType(base.resolveCrossId(_SOURCES).getQName()):
        return
    _forget(table.connection, table.tableDef.getQName())
    renew(table.connection)
    table.connection.commit()


def _forget(connection, name):
    connection.execute(
        "DELETE FROM ivoa._obscore_hea_sources WHERE table_name = %(name)s", {"name": name}
    )


def renew(connection):
    """Make the view anew from what tables contribute.

    With one contributor it is a plain query, which PostgreSQL flattens into the queries of
    users; a member without rows beside it would keep joins from using indexes.
    """
    view = base.resolveCrossId(_VIEW)
    fragments = [
        text
        for (text,) in connection.query(
            "SELECT sql_fragment FROM ivoa._obscore_hea_sources ORDER BY table_name"
        )
    ]
    connection.execute(f"DROP VIEW IF EXISTS {view.getQName()}")
    connection.execute(statement(view, fragments))
    rsc.TableForDef(view, connection=connection).updateMeta()


def statement(view, fragments):
    """Return the statement that makes the view of some fragments."""
    if not fragments:
        return view.expand(view.viewStatement)
    return f"CREATE VIEW {view.getQName()} AS " + " UNION ALL ".join(fragments)


def refresh(connection):
    """Bring all fragments up to date with the tables' definitions, and the view.

    Takes tables in that have come to mix in ``cta/hea#publish`` since they were imported,
    and out those that are gone.
    """
    finder = base.caches.getMTH(None)
    names = [
        name
        for (name,) in connection.query(
            "SELECT tablename FROM ivoa._obscoresources"
            " UNION SELECT table_name FROM ivoa._obscore_hea_sources ORDER BY 1"
        )
    ]
    for name in names:
        _forget(connection, name)
        try:
            definition = finder.getTableDefForTable(name)
        except base.NotFoundError:
            base.ui.notifyWarning(f"{name} has no resource descriptor any more.")
            continue
        table = rsc.TableForDef(definition, connection=connection)
        if table.exists() and definition.getProperty("obscoreHeaClause", None):
            contribute(table)
    renew(connection)
