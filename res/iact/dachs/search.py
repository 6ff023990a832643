"""The cores behind the form and the cone search of cta/q."""

from typing import ClassVar

from gavo import base, formal, rsc, rscdef, svcs

from iact.archive import search
from iact.archive.searchinput import InputError
from iact.dl3.observation import OBS_MODES

_ORDER = ("pointing_offset", "t_min")
#: Rows are held in memory, unlike those of TAP.
_MOST_ROWS = 100_000
_TOO_MANY = "There is more; these are the first {} observations. Ask more precisely, or for more."
#: How long a page waits for a table that another session has locked.
_LOCK_TIMEOUT = ("lock_timeout", "200ms")
_WRITE_SO = "Write degrees, as 83.633 22.014, or 05 34 31.9 +22 00 52."


class SearchCore(svcs.Core):
    """Searches cta.vo_obscore.

    DaCHS's own cores lose the frames of columns: what they annotate are the columns as they
    were while the resource was read.
    """

    #: UCDs that a protocol wants, by column.
    ucds: ClassVar = {}

    def initialize(self):
        """Offer all columns of the table, and the distance from the position."""
        tables = self.parent.rd.tables
        self.queriedTable = next(table for table in tables if table.id == "vo_obscore")
        offset = base.parseFromString(svcs.OutputField, _OFFSET)
        self.outputTable = base.makeStruct(
            svcs.OutputTableDef,
            parent_=self,
            id="observations",
            columns=[offset, *map(self._output_field, self.queriedTable.columns)],
        )

    def _output_field(self, column):
        field = svcs.OutputField.fromColumn(column)
        if ucd := self.ucds.get(column.name):
            return field.change(ucd=ucd, verbLevel=1)
        return field

    def select(self, parameters):
        """Return the Selection that parameters ask for; subclasses say how."""
        raise NotImplementedError

    def run(self, service, inputTable, queryMeta):
        """Return the observations that were asked for, the nearest first."""
        try:
            selection = self.select(inputTable.args)
        except InputError as error:
            raise base.ValidationError(error.reason, error.field) from error
        limit = _limit(queryMeta["dbLimit"])
        queryMeta.overrideDbOptions(sortKeys=_ORDER, direction="ASC", limit=limit)
        wanted = self._result_definition(service.getCurOutputFields(queryMeta))
        timeout = ("statement_timeout", f"{int(1000 * queryMeta['timeout'])}ms")
        try:
            with base.getTableConn() as connection, connection.parameters([timeout]):
                table = rsc.TableForDef(
                    self.queriedTable, nometa=True, create=False, connection=connection
                )
                found = table.getTableForQuery(
                    wanted, selection.where, selection.values, limits=queryMeta.asSQL()
                )
        except base.QueryCanceledError as error:
            raise base.ValidationError(
                "This search takes too long; narrow it down, or ask by TAP.", "position"
            ) from error
        complete = len(found.rows) <= limit
        if not complete:
            del found.rows[limit:]
            found.addMeta("_warning", _TOO_MANY.format(limit))
        found.setMeta("_queryStatus", "OK" if complete else "OVERFLOW")
        queryMeta["Matched"] = len(found.rows)
        # Or the service would put columns without frames in the place of these.
        found.noPostprocess = True
        return found

    def _result_definition(self, fields):
        """Return the definition of a table of fields, with time scales and frames."""
        columns = [field.copy(None) for field in fields]
        for column in columns:
            if column.select == column.name:
                original = self.queriedTable.getColumnByName(column.name)
                column.dmRoles = rscdef.OldRoles(original.dmRoles)
        definition = base.makeStruct(
            svcs.OutputTableDef,
            parent_=self.queriedTable.parent,
            id="result",
            onDisk=False,
            columns=columns,
        )
        definition.copyMetaFrom(self.queriedTable)
        return definition

    def getRelevantTables(self):
        """Tell registries which table this is about."""
        return [self.queriedTable]


def _limit(wanted):
    if wanted < 0:
        raise base.ValidationError(f"{wanted} is less than 0", "MAXREC")
    return min(wanted or _MOST_ROWS, _MOST_ROWS)


_OFFSET = """
    <outputField name="pointing_offset" type="double precision" unit="deg"
      ucd="pos.angDistance" verbLevel="1" tablehead="Offset"
      description="Distance of the pointing from the position searched for; NULL where there
        was none"
      select="degrees(spoint(radians(s_ra), radians(s_dec))
        &lt;-> spoint(radians(%(ra)s), radians(%(dec)s)))"/>"""


def resolve(name):
    """Return right ascension and declination (deg) of a target of ours, else as CDS has it."""
    with base.getTableConn() as connection:
        position = search.target_position(connection, name)
    if position is not None:
        return position
    try:
        return base.caches.getSesame("web").getPositionFor(name)
    except KeyError as error:
        raise InputError(
            "position",
            f"neither coordinates nor a name that this archive or CDS knows: {name}. {_WRITE_SO}",
        ) from error
    except base.ValidationError as error:
        raise InputError(
            "position",
            f"{name} is no target of this archive, and the name service of CDS cannot be reached"
            f" from here now. {_WRITE_SO}",
        ) from error


def choices(column, table):
    """Return a factory of widgets to choose one of the values that a small table has now."""

    def widget(original):
        return formal.SelectChoice(
            original, options=_values_of(column, table), noneOption=("", "any")
        )

    return widget


def mode_choices(original):
    """Return the widget to choose an observing mode."""
    options = [(mode, mode) for mode in OBS_MODES]
    return formal.SelectChoice(original, options=options, noneOption=("", "any"))


def _values_of(column, table):
    try:
        with base.getTableConn() as connection, connection.parameters([_LOCK_TIMEOUT]):
            rows = list(connection.query(f"SELECT {column} FROM {table} ORDER BY 1"))
    except base.DBError as error:
        # The form is of use without the list; the table will be free again.
        base.ui.notifyWarning(f"No list of {table}.{column} for the form: {error}")
        return []
    return [(value, value) for (value,) in rows]
