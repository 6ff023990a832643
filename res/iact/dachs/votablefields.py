"""Check what a VOTable says of its columns before DaCHS makes code of it.

DaCHS makes the functions that read and write rows of a VOTable from source that has the names,
sizes and null values of FIELDs between quotes. Here they are checked, and the source is made of
fields that have stand-ins for names.
"""

from gavo import votable
from gavo.votable import V

from iact import columnrules
from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how fields of VOTables are kept out of generated code",
    {
        "gavo.votable.coding:buildEncoder": {"544ae3e580a52b29", "5a55246b639a7584"},
        "gavo.votable.coding:buildDecoder": {"943982ffded4ff6c", "8904b196be52b43c"},
        "gavo.votable.coding:getRowEncoderSource": {"c7184affb224947e", "8f0b4ecff7fe7d2f"},
    },
    "let nobody query it",
    protects=True,
)


def install():
    """Check fields before readers and writers of rows are made of them."""
    KNOWN.fits()
    for name in ("buildEncoder", "buildDecoder"):
        known.replace(f"gavo.votable.coding:{name}", _of_checked)


def check(table):
    """Check the fields of a VOTable's table.

    Parameters
    ----------
    table
        gavo.votable.V.TABLE.

    Raises
    ------
    iact.columnrules.ColumnFault
        A field is not as VOTable wants it.
    """
    for field in table.iterChildrenOfType(V.FIELD):
        columnrules.check_field(_name(field), field.datatype, field.arraysize, _nulls(field))


def _of_checked(stock):
    def build(table, module):
        try:
            check(table)
        except columnrules.ColumnFault as fault:
            raise votable.VOTableError(str(fault)) from fault
        return stock(_with_plain_names(table), module)

    return build


def _with_plain_names(table):
    """Return the table, or one for it that has stand-ins for the names that are not plain."""
    fields = list(table.iterChildrenOfType(V.FIELD))
    if all(columnrules.is_plain(_name(field)) for field in fields):
        return table
    return V.TABLE()[[_with_plain_name(field, number) for number, field in enumerate(fields)]]


def _with_plain_name(field, number):
    if columnrules.is_plain(_name(field)):
        return field
    nulls = [V.VALUES(null=null) for null in _nulls(field)]
    return V.FIELD(
        name=columnrules.stand_in(number),
        datatype=field.datatype,
        arraysize=field.arraysize,
        xtype=field.xtype,
    )[nulls]


def _name(field):
    return field.name or field.ID or ""


def _nulls(field):
    return [values.null for values in field.iterChildrenOfType(V.VALUES) if values.null is not None]
