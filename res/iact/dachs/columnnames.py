"""Keep the names that clients give to columns out of the source that DaCHS makes of tables.

Any text in double quotes can be the name of a result's column. DaCHS makes functions that read
rows, from source with the columns' names in it, and writes the labels of columns into HTML as they
are. Here a column whose name is not a plain one has a stand-in from the query to the writer of the
result, which puts the given name back where clients read it.
"""

import html
import re

from gavo import base
from gavo.web import htmltable

from iact import columnrules
from iact.dachs import known

#: Attribute of a column with a stand-in: the name that the client gave.
_GIVEN = "given_name"
#: How DaCHS shows values (displayHint) of which it makes markup: those of a query can be anything,
#: wherever its columns seem to come from (UNION, USING).
_MARKUP = frozenset(("imageURL", "keephtml"))
#: Addresses that become links: none that a browser would run.
_ADDRESS = re.compile(r"(?:https?|ftp)://|/(?!/)", re.IGNORECASE)

_COLUMN = "gavo.protocols.adqlglue:_makeColumnFromFieldInfo"
_QUERY = "gavo.protocols.adqlglue:morphADQL"
_MANAGER = "gavo.base.valuemappers:SerManager"
_HTML = "gavo.web.htmltable:HTMLDataRenderer._computeSerializationRules"
_LINK = "gavo.web.htmltable:_urlMapperFactory"
_FITS = "gavo.formats.fitstable:_makeExtension"
#: Methods of DaCHS's that make functions which read rows, from source with names in it.
_READERS = ("_makeDictFactory", "_makeTupleFactory")
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how the names of result columns are kept out of generated code",
    {
        _COLUMN: {"2a2993f9becdb473"},
        _MANAGER: {"3326d0630f9bf5b4", "9cda3e20087a088a"},
        _LINK: {"b006e2f73aba6afe"},
        _FITS: {"d9de258ff994c6ce"},
        _QUERY: {"f806a67943501e72", "3d14a00ba6d4e19a"},
        _HTML: {"1313bf9a2c78876e"},
        "gavo.web.htmltable:HeadCellsMixin.headCell": {"592f9fe38ee0af8f"},
    },
    "let nobody query it",
    protects=True,
)


def install():
    """Give result columns stand-ins for names, and results the names that were given."""
    KNOWN.fits()
    known.replace(_COLUMN, _with_stand_in)
    known.replace(_QUERY, _of_writable_text)
    known.replace(f"{_MANAGER}.__init__", _writing_given_names)
    for name in _READERS:
        known.replace(f"{_MANAGER}.{name}", lambda stock, name=name: _made_once(name, stock))
    known.replace(_HTML, _finding_by_key)
    known.replace(_LINK, _of_addresses)
    known.replace(_FITS, _of_names_for_fits)


def _with_stand_in(stock):
    def make_column(context, name, info):
        column = stock(context, name, info)
        given = getattr(column.name, "name", column.name)
        try:
            columnrules.check_name(given)
        except columnrules.ColumnFault as fault:
            raise base.ValidationError(str(fault), "query") from fault
        if not columnrules.is_plain(given):
            setattr(column, _GIVEN, given)
            column.name = column.key = columnrules.stand_in(len(context.existingNames))
        _show_as_text(column, given, info)
        return column

    return make_column


def _show_as_text(column, given, info):
    """Leave markup to what resource descriptors describe: DaCHS writes labels as HTML."""
    sources = info.userData
    is_published = len(sources) == 1 and getattr(sources[0].parent, "rd", None) is not None
    if not is_published or column.tablehead != sources[0].tablehead:
        expression = info.properties.get("src-expression", given)
        is_named = expression.lower() == given.lower()
        column.tablehead = html.escape(given if is_named else column.getLabel())
    if column.displayHint.get("type") in _MARKUP:
        column.displayHint = {}


def _of_writable_text(stock):
    def morph(query, *args, **kwargs):
        try:
            columnrules.check_text(query)
        except columnrules.ColumnFault as fault:
            raise base.ValidationError(str(fault), "query") from fault
        statement, table = stock(query, *args, **kwargs)
        # They are doubled for a driver that is given parameters; it is given none.
        return statement.replace("%%", "%"), table

    return morph


def _writing_given_names(stock):
    def make_manager(manager, *args, **kwargs):
        stock(manager, *args, **kwargs)
        given = {column: getattr(column.original, _GIVEN, None) for column in manager}
        if any(given.values()):
            # What reads rows is made while the columns have the names that rows have.
            manager.row_readers = {name: getattr(manager, name)() for name in _READERS}
            for column, name in given.items():
                column["name"] = name or column["name"]

    return make_manager


def _made_once(name, stock):
    def make(manager):
        readers = getattr(manager, "row_readers", {})
        return readers[name] if name in readers else stock(manager)

    return make


def _finding_by_key(stock):
    def compute(renderer):
        stock(renderer)
        renderer.formatterSeq = [
            (column.key, *rest)
            for column, (_, *rest) in zip(
                renderer.table.tableDef, renderer.formatterSeq, strict=True
            )
        ]

    return compute


def _of_addresses(stock):
    """Make links of what is an address, whatever else the column has."""

    def factory(column):
        link = stock(column)
        if link is None:
            return None
        return lambda value: link(value) if _ADDRESS.match(str(value)) else value

    # DaCHS has it in a list, too.
    factories = htmltable._htmlMFRegistry.getFactories()
    factories[factories.index(stock)] = factory
    return factory


def _of_names_for_fits(stock):
    """Write names as FITS can have them (FITS 4.0, section 4.2.1).

    What is not ASCII is written as Python does in literals; and a name is one card.
    """

    def make_extension(manager):
        for column in manager:
            for key in ("name", "unit"):
                column[key] = columnrules.for_fits(str(column[key]))
        return stock(manager)

    return make_extension
