"""Index tables of a package, by which analysis software finds its way (GADF 0.3, "Data storage").

They are made from the archive's tables, not from the files' own indexes: a package mixes
collections, and responses may lie in files of their own.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from astropy.io import fits

from iact.access.dataset import Dataset, StoredFile

#: Collection, obs_id and event_type.
Key = tuple[str, str, str]
Row = dict[str, Any]

#: Times count from here, MJD in TT: near the data, so that doubles keep microseconds.
_REFERENCE_MJD = 51910
_SECONDS_A_DAY = 86400.0
#: Digits of an obs_id that fit into the 64 bits of a column.
_MOST_DIGITS = 18
#: In the place of an integer that is not known (TNULLn).
_NO_NUMBER = -1

#: Modes that GADF has a word for; all others are some sort of POINTING.
_MODES = ("raster", "slew", "scan", "drift")

_SELECT = (
    "SELECT obs_collection, obs_id, event_type, obs_mode, t_start, t_stop, ra_pnt, dec_pnt,"
    " alt_pnt, az_pnt, zen_pnt, target_ra, target_dec, ontime, livetime, deadc, n_telescopes,"
    " telescopes, target_name, n_events"
    " FROM cta.observation JOIN cta.obs_config USING (obs_collection, obs_id, event_type)"
    " JOIN unnest(%s::text[], %s::text[], %s::text[])"
    " AS wanted (obs_collection, obs_id, event_type) USING (obs_collection, obs_id, event_type)"
)

#: Columns in degrees: their names in the index and in the archive's tables.
_ANGLES = {
    "RA_PNT": "ra_pnt", "DEC_PNT": "dec_pnt", "ALT_PNT": "alt_pnt", "AZ_PNT": "az_pnt",
    "ZEN_PNT": "zen_pnt", "RA_OBJ": "target_ra", "DEC_OBJ": "target_dec",
}  # fmt: skip


def key_of(dataset: Dataset) -> Key:
    """Return the key of a dataset's observation."""
    return dataset.collection, dataset.obs_id, dataset.event_type


def observation_rows(connection: Any, keys: Sequence[Key]) -> dict[Key, Row]:
    """Return what the tables say of some observations, by key.

    Times are MJD in TT, durations s, angles deg.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [list(part) for part in zip(*keys, strict=True)])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {(row["obs_collection"], row["obs_id"], row["event_type"]): row for row in rows}


def numbers_of(keys: Sequence[Key]) -> dict[Key, int]:
    """Return the OBS_ID of each observation in the index tables.

    GADF wants integers, different ones for different observations. An observation's own
    identifier is taken where it is one and no other before it in `keys` has it; the others
    get the numbers that follow the largest.

    Parameters
    ----------
    keys
        In an order that does not change.
    """
    numbers: dict[int, Key] = {}
    without = []
    for key in keys:
        text = key[1]
        number = int(text) if _is_number(text) else None
        if number is None or number in numbers:
            without.append(key)
        else:
            numbers[number] = key
    following = max(numbers, default=0) + 1
    return {key: number for number, key in numbers.items()} | {
        key: number for number, key in enumerate(without, following)
    }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def obs_index(numbers: Mapping[Key, int], rows: Mapping[Key, Row]) -> bytes:
    """Return the observation index (GADF 0.3, "Observation index table"), compressed.

    Beside GADF's columns it has the archive's own names of each observation.

    Parameters
    ----------
    numbers
        OBS_ID of each observation.
    rows
        As `observation_rows` returns them; all observations of `numbers` must be there.
    """
    order = sorted(numbers, key=lambda key: numbers[key])
    of = [rows[key] for key in order]
    columns = [
        _integers("OBS_ID", [numbers[key] for key in order]),
        _texts("OBS_MODE", [_mode(row["obs_mode"]) for row in of]),
        _seconds("TSTART", [row["t_start"] for row in of]),
        _seconds("TSTOP", [row["t_stop"] for row in of]),
        *(_floats(name, [row[column] for row in of], "deg") for name, column in _ANGLES.items()),
        *(_floats(name.upper(), [row[name] for row in of], "s") for name in ("ontime", "livetime")),
        _floats("DEADC", [row["deadc"] for row in of]),
        _integers("N_TELS", [row["n_telescopes"] for row in of]),
        _texts("TELLIST", [row["telescopes"] for row in of]),
        _texts("OBJECT", [row["target_name"] for row in of]),
        _integers("EVENT_COUNT", [row["n_events"] for row in of]),
        *(
            _texts(name, [key[place] for key in order])
            for place, name in enumerate(("OBS_COLLECTION", "OBS_NAME", "EVENT_TYPE"))
        ),
    ]
    header = _header("OBS")
    header["MJDREFI"] = (_REFERENCE_MJD, "[d] times count from here")
    header["MJDREFF"] = (0.0, "[d]")
    header["TIMEUNIT"] = "s"
    header["TIMESYS"] = "TT"
    header["TIMEREF"] = "TOPOCENTER"
    header["RADESYS"] = "ICRS"
    header["RADECSYS"] = "ICRS"
    header["EQUINOX"] = 2000.0
    return _compressed(columns, header, "OBS_INDEX")


def hdu_index(
    numbers: Mapping[Key, int], datasets: Mapping[Key, Dataset], names: Mapping[StoredFile, str]
) -> bytes:
    """Return the HDU index (GADF 0.3, "HDU index table"), compressed.

    Parameters
    ----------
    numbers
        OBS_ID of each observation.
    datasets
        By key.
    names
        Path of each file, relative to the index.
    """
    rows = [
        (numbers[key], product, PurePosixPath(names[product.file]))
        for key in sorted(numbers, key=lambda key: numbers[key])
        for kind, product in sorted(datasets[key].products.items())
        if kind != "package"
    ]
    columns = [
        _integers("OBS_ID", [number for number, _, _ in rows]),
        _texts("HDU_TYPE", [product.kind for _, product, _ in rows]),
        _texts("HDU_CLASS", [product.hdu_class for _, product, _ in rows]),
        _texts("FILE_DIR", [str(path.parent) for _, _, path in rows]),
        _texts("FILE_NAME", [path.name for _, _, path in rows]),
        _texts("HDU_NAME", [product.hdu for _, product, _ in rows]),
        _integers("SIZE", [product.file.size for _, product, _ in rows]),
    ]
    return _compressed(columns, _header("HDU"), "HDU_INDEX")


def _mode(obs_mode: str | None) -> str:
    """Return one of GADF's words for how the telescopes moved."""
    return obs_mode.upper() if obs_mode in _MODES else "POINTING"


def _header(what: str) -> fits.Header:
    """Return the keywords that say what the table is (GADF 0.3, "HDU classes")."""
    header = fits.Header()
    header["HDUCLASS"] = "GADF"
    header["HDUDOC"] = "https://github.com/open-gamma-ray-astro/gamma-astro-data-formats"
    header["HDUVERS"] = "0.3"
    header["HDUCLAS1"] = "INDEX"
    header["HDUCLAS2"] = what
    return header


def _seconds(name: str, values: Sequence[float]) -> fits.Column:
    """Return TSTART or TSTOP of times in MJD."""
    since = (np.array(values, dtype=float) - _REFERENCE_MJD) * _SECONDS_A_DAY
    return fits.Column(name, "D", unit="s", array=since)


def _floats(name: str, values: Sequence[float | None], unit: str | None = None) -> fits.Column:
    return fits.Column(name, "D", unit=unit, array=np.array(values, dtype=float))


def _integers(name: str, values: Sequence[int | None]) -> fits.Column:
    numbers = [_NO_NUMBER if value is None else value for value in values]
    null = _NO_NUMBER if _NO_NUMBER in numbers else None
    return fits.Column(name, "K", null=null, array=np.array(numbers, dtype=np.int64))


def _texts(name: str, values: Sequence[str | None]) -> fits.Column:
    # FITS 4.0, section 3.3.2: ASCII only.
    texts = np.array([(value or "").encode("ascii", "replace") for value in values], dtype="S")
    return fits.Column(name, f"{max(1, texts.dtype.itemsize)}A", array=texts)


def _compressed(columns: list[fits.Column], header: fits.Header, name: str) -> bytes:
    plain = io.BytesIO()
    table = fits.BinTableHDU.from_columns(columns, header=header, name=name)
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(plain)
    # Without the time, which would make other bytes of the same tables.
    return gzip.compress(plain.getvalue(), mtime=0)
