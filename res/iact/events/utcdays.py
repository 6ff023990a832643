"""MJD in UTC, which SODA has, and MJD in TT, which the archive has.

By the functions of ERFA themselves, which do not warn of years without known leap seconds
(see `iact.archive.utc`).
"""

from __future__ import annotations

from erfa import ufunc

_MJD_ZERO_JD = 2400000.5


def utc_of_tt(mjd: float) -> float:
    """Turn MJD in TT into MJD in UTC."""
    utc1, utc2, _ = ufunc.taiutc(*ufunc.tttai(_MJD_ZERO_JD, mjd)[:2])
    return float(utc1 - _MJD_ZERO_JD + utc2)


def tt_of_utc(mjd: float) -> float:
    """Turn MJD in UTC into MJD in TT; within a day of a leap second as ERFA's quasi-MJD."""
    tt1, tt2, _ = ufunc.taitt(*ufunc.utctai(_MJD_ZERO_JD, mjd)[:2])
    return float(tt1 - _MJD_ZERO_JD + tt2)
