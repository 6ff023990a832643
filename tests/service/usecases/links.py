"""Use cases 18 to 22 of the high-energy extension, which join tables of links to ObsCore.

The note's sections "Datalink Table in a TAP Service" (18 to 21) and the appendix with
``ivoa.response_psf`` (22); the ADQL is the note's with its slips repaired. Links are of files
that the archive has, so what they look for are simulated runs under other names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.simulatedruns import simulated, with_header, write_bytes

COLLECTIONS = {
    name: f"""\
name: {name}
title: Runs of the use cases
match: {{headers: {{TELESCOP: TEST-{name}}}}}
facility_name: {name}
data_rights: public
"""
    for name in ("HESS", "USECASES")
}

_CRAB = {"RA_PNT": 83.63, "DEC_PNT": 22.01}

#: Collection and cards of the header, by run. Only the first of each pair is to be found.
RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "cygnus": ("USECASES", {"OBS_ID": "cygnus", "RA_PNT": 312.8, "DEC_PNT": 33.5}),
    "south": ("USECASES", {"OBS_ID": "south", "RA_PNT": 312.8, "DEC_PNT": 36.5}),
    "crab": ("HESS", {"OBS_ID": "1527", "OBJECT": "Crab", **_CRAB}),
    "crab-next": ("HESS", {"OBS_ID": "1528", "OBJECT": "Crab", **_CRAB}),
    "crab-other": ("USECASES", {"OBS_ID": "1527", "OBJECT": "Crab", **_CRAB}),
    "nameless": ("HESS", {"OBS_ID": "1529", "OBJECT": None, **_CRAB}),
}

_CYGNUS = (
    "SELECT ivoa.obscore.obs_publisher_did, datalink.response.access_url AS link"
    " FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea"
    " JOIN datalink.response ON {key}"
    " WHERE 1 = INTERSECTS(s_region, CIRCLE(312.775, 30.683, 1.5))"
    " AND dataproduct_type = 'hea-event-list' AND {condition}"
)
_BY_ID = "ivoa.obscore.obs_publisher_did = datalink.response.id"
_BY_ASSOCIATION = "ivoa.obscore.dl_association_id = datalink.response.dl_association_id"
_PSF = (
    "SELECT obs_publisher_did, s_ra, s_dec, s_fov, t_min, t_max, access_url, access_format,"
    " resp_publisher_did, resp_access_url AS link, resp_access_format, resp_energy_max,"
    " resp_energy_min FROM ivoa.obscore {join}"
    " WHERE ({target} = 'Crab' OR {target} = 'M1'"
    " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(83.6324, 22.0174, 0.083333)))"
    " AND resp_product_type = 'psf' AND obs_id = '{obs_id}' AND obs_collection = 'HESS'{more}"
)


@dataclass(frozen=True)
class LinkCase:
    """One use case.

    Parameters
    ----------
    name
        Its number in the note, and what is special.
    adql
        The query; its column ``link`` has addresses.
    found
        Ends of the addresses that it finds.
    """

    name: str
    adql: str
    found: tuple[str, ...]


LINK_CASES = (
    LinkCase(
        "18",
        _CYGNUS.format(key=_BY_ID, condition="semantics = '#this'"),
        ("/dl3/USECASES/cygnus/events.fits.gz",),
    ),
    LinkCase(
        "19",
        _CYGNUS.format(
            key=_BY_ID, condition="semantics = '#calibration' AND content_qualifier = 'psf'"
        ),
        ("/dl3/USECASES/cygnus/psf.fits.gz",),
    ),
    # No archive of DL3 has images of the background: its rates and the good time intervals,
    # each of which meets one condition, are not to be found.
    LinkCase(
        "20",
        _CYGNUS.format(
            key=_BY_ID, condition="semantics = '#auxiliary' AND content_qualifier = 'bkgimage'"
        ),
        (),
    ),
    LinkCase(
        "20, either condition",
        _CYGNUS.format(
            key=_BY_ID,
            condition="(semantics = '#auxiliary' OR content_qualifier LIKE 'bkg%')",
        ),
        ("/dl3/USECASES/cygnus/bkg.fits.gz", "/dl3/USECASES/cygnus/gti.fits.gz"),
    ),
    LinkCase(
        "21",
        _CYGNUS.format(key=_BY_ASSOCIATION, condition="semantics = '#this'"),
        ("/dl3/USECASES/cygnus/events.fits.gz",),
    ),
    LinkCase(
        "22",
        _PSF.format(
            join="NATURAL JOIN ivoa.response_psf", obs_id="1527", target="target_name", more=""
        ),
        ("/dl3/HESS/1527/psf.fits.gz",),
    ),
    LinkCase(
        "22, other times",
        _PSF.format(
            join="NATURAL JOIN ivoa.response_psf",
            obs_id="1527",
            target="target_name",
            more=" AND resp_t_min > 56000.0 AND resp_t_max < 56001.5",
        ),
        (),
    ),
    # NATURAL JOIN compares targets too, and a run without one would be lost.
    LinkCase(
        "22, no target",
        _PSF.format(
            join="JOIN ivoa.response_psf USING (obs_id, obs_publisher_did)",
            obs_id="1529",
            target="ivoa.obscore.target_name",
            more="",
        ),
        ("/dl3/HESS/1529/psf.fits.gz",),
    ),
)


def write_runs(folder: Path) -> None:
    """Write the runs' files."""
    for number, (name, (collection, cards)) in enumerate(RUNS.items(), start=940001):
        content = with_header(simulated(number).content, TELESCOP=f"TEST-{collection}", **cards)
        write_bytes(folder / f"{name}.fits.gz", content)
