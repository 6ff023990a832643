"""What is really in the archive: sky, time, energy and instruments of what it holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from iact.archive.footprint import footprint
from iact.archive.moc import as_text

#: Joule in an electronvolt, exact in the SI since 2019.
JOULE_PER_EV = 1.602176634e-19

#: Order of the sky's HEALPix cells, of 0.9 degrees.
MOC_ORDER = 6

#: Days without an observation that end an interval: an object's season, not a moonlit week.
GAP_DAYS = 90

#: The table that everybody sees, and what of it is in ivoa.obscore.
FLAT, PUBLISHED = "cta.vo_obscore", "cta.published"

_PART = "FROM {table} WHERE obs_collection = COALESCE(%(name)s, obs_collection)"

_TIME = f"""SELECT min(t_min), max(t_max) FROM (
    SELECT t_min, t_max, count(*) FILTER (WHERE is_first) OVER (ORDER BY t_min, t_max) AS number
    FROM (SELECT t_min, t_max, t_min > {GAP_DAYS} + max(t_max) OVER (
            ORDER BY t_min, t_max ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_first
        {_PART} AND t_min IS NOT NULL AND t_max IS NOT NULL) AS observations) AS seasons
    GROUP BY number ORDER BY 1"""

_REST = f"""SELECT min(energy_min), max(energy_max),
    array_agg(DISTINCT facility_name) FILTER (WHERE facility_name IS NOT NULL),
    array_agg(DISTINCT instrument_name) FILTER (WHERE instrument_name IS NOT NULL),
    bool_or(data_rights <> 'public'), count(*) {_PART}"""

#: Whoever asks here may see all files; the date must tell of those only that everybody sees.
_IMPORTED = """SELECT max(imported) FROM cta.source_file AS f WHERE file_kind = 'observation'
    AND EXISTS (SELECT 1 FROM {table} AS v
        WHERE (v.obs_collection, v.obs_id) = (f.obs_collection, f.obs_id))
    AND NOT EXISTS (SELECT 1 FROM cta.hidden_observations AS h
        WHERE (h.obs_collection, h.obs_id) = (f.obs_collection, f.obs_id))
    AND COALESCE(obs_collection = %(name)s, %(name)s IS NULL)"""

_IN_OBSCORE = f"""SELECT EXISTS (SELECT 1 FROM {PUBLISHED}
    WHERE obs_collection = COALESCE(%(name)s, obs_collection))"""


@dataclass(frozen=True)
class Coverage:
    """What a collection, or the whole archive, covers.

    Parameters
    ----------
    spatial
        ICRS, a MOC as text (MOC 2.0 section 4.3.2); empty where nothing is known.
    temporal
        Beginnings and ends of the times with observations, MJD in TT.
    spectral
        Lowest and highest energy, Joule; None where nothing is known.
    facilities, instruments
        Their names, in alphabetical order.
    is_protected
        Whether there are files that not everybody may fetch now.
    updated
        When the latest file went in, UTC, as ISO 8601; empty where that is not known.
    is_in_obscore
        Whether any of it is in ivoa.obscore.
    """

    spatial: str = ""
    temporal: tuple[tuple[float, float], ...] = ()
    spectral: tuple[float, float] | None = None
    facilities: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    is_protected: bool = False
    updated: str = ""
    is_in_obscore: bool = True

    def as_text(self) -> str:
        """Return it as JSON, which `from_text` reads."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Coverage:
        """Read what `as_text` wrote."""
        values = json.loads(text)
        spectral = values.pop("spectral")
        return cls(
            temporal=tuple((start, stop) for start, stop in values.pop("temporal")),
            spectral=None if spectral is None else (spectral[0], spectral[1]),
            facilities=tuple(values.pop("facilities")),
            instruments=tuple(values.pop("instruments")),
            **values,
        )


def measure(cursor: Any, name: str | None, table: str = FLAT) -> Coverage | None:
    """Return what a collection covers: of what everybody sees in the tables, no more.

    Parameters
    ----------
    cursor
        Of a connection to the archive's database.
    name
        The collection's; None for the whole table.
    table
        `FLAT` or `PUBLISHED`.

    Returns
    -------
    Coverage or None
        None where there is nothing to see.
    """
    values = {"name": name}
    cursor.execute(_REST.format(table=table), values)
    low, high, facilities, instruments, is_protected, number = cursor.fetchone()
    if not number:
        return None
    cells = footprint(cursor, name or "", MOC_ORDER, table)
    cursor.execute(_TIME.format(table=table), values)
    temporal = tuple((float(start), float(stop)) for start, stop in cursor.fetchall())
    cursor.execute(_IMPORTED.format(table=table), values)
    (imported,) = cursor.fetchone()
    cursor.execute(_IN_OBSCORE, values)
    (is_in_obscore,) = cursor.fetchone()
    return Coverage(
        spatial=as_text(cells, MOC_ORDER) if cells else "",
        temporal=temporal,
        spectral=None if low is None or high is None else (low * JOULE_PER_EV, high * JOULE_PER_EV),
        facilities=tuple(facilities or ()),
        instruments=tuple(instruments or ()),
        is_protected=bool(is_protected),
        updated=_utc(imported),
        is_in_obscore=is_in_obscore,
    )


def _utc(moment: datetime | None) -> str:
    if moment is None:
        return ""
    zoneless = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return zoneless.isoformat(timespec="seconds") + "Z"
