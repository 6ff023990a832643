"""Keep what uploaded tables say of their columns out of the SQL that DaCHS makes of them.

DaCHS puts array sizes and names of an uploaded table's columns into the statements that make and
fill its temporary table, makes source of the names, and takes backslashes in texts for macros.
Here columns are checked first. Names stay in SQL, in double quotes, where users ask for them; the
keys of rows, from which source is made, are ours.
"""

from gavo import base, utils

from iact import columnrules
from iact.dachs import known, votablefields

_PARSER = "gavo.formats.votableread"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how columns of uploaded tables are kept out of SQL",
    {
        f"{_PARSER}:_getColArgs": {"4cae0643818f6a64", "df3da39794d5a30a"},
        f"{_PARSER}:makeTableDefForVOTable": {"4e3f531367f31018"},
        "gavo.utils.typeconversions:FromVOTableConverter.mapComplex": {
            "1b5e618c0e0ea9e2",
            "353ef2382d46de7f",
        },
    },
    "let nobody upload tables to it",
    protects=True,
)


def install():
    """Check the columns of uploaded tables, and give them harmless keys and types."""
    KNOWN.fits()
    known.replace(f"{_PARSER}:makeTableDefForVOTable", _of_checked)
    known.replace(f"{_PARSER}:_getColArgs", _without_macros)
    known.replace("gavo.utils.typeconversions:FromVOTableConverter.mapComplex", _of_plain_size)


class _Name(utils.QuotedName):
    """A name in quotes: DaCHS gives parameters to the statements that make and fill the table."""

    def __str__(self):
        return super().__str__().replace("%", "%%")

    def flatten(self):
        """Return it as queries have it, to which DaCHS gives none."""
        return super().__str__()


def _of_checked(stock):
    def make(table_id, table, *args, **kwargs):
        try:
            votablefields.check(table)
        except columnrules.ColumnFault as fault:
            raise base.ValidationError(str(fault), "UPLOAD") from fault
        made = stock(table_id, table, *args, **kwargs)
        if not made.columns:
            raise base.ValidationError("The uploaded table has no columns.", "UPLOAD")
        for number, column in enumerate(made):
            if not columnrules.is_plain(column.key):
                column.key = columnrules.stand_in(number)
            if isinstance(column.name, utils.QuotedName):
                column.name = _Name(column.name.name)
        made.dictKeys = [column.key for column in made]
        return made

    return make


def _without_macros(stock):
    def column_arguments(element, name):
        return {key: _plain(value) for key, value in stock(element, name).items()}

    return column_arguments


def _plain(value):
    return value.replace("\\", "_") if type(value) is str else value


def _of_plain_size(stock):
    """Take sizes of one dimension only, for others PostgreSQL needs none; bits are numbers."""

    def type_in_database(converter, type_, size):
        if type_ == "bit" and size == "1":
            return "smallint"
        if type_ == "unsignedByte":
            # DaCHS fills them with numbers.
            type_ = "short"
        return stock(converter, type_, size if size.isdecimal() and size.isascii() else "*")

    return type_in_database
