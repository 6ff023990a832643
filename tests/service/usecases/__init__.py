"""The use cases of ObsCore's high-energy extension, with data sets that they look for.

Note "Roadmap to IVOA ObsCore Extension and Discovery of High Energy Astrophysics Data" 1.0,
appendix of use cases; the ADQL is the note's with its slips repaired. Use cases 18 to 22,
which ask for tables of links, are in `service.usecases.links`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iact.dl3.frames import circumscribed_polygon

Row = dict[str, Any]

DATALINK = "application/x-votable+xml;content=datalink"
RESPONSES = ("aeff", "edisp", "psf", "bkgrate")
_LIST, _BUNDLE, _RESPONSE = "hea-event-list", "hea-event-bundle", "response-function"
_JOIN = "SELECT * FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea WHERE "


@dataclass(frozen=True)
class UseCase:
    """One use case.

    Parameters
    ----------
    number
        In the note.
    condition
        What follows WHERE.
    found
        Data sets that it finds.
    others
        Data sets that it must not find, each for one reason.
    """

    number: int
    condition: str
    found: list[Row]
    others: list[Row]

    @property
    def adql(self) -> str:
        """The whole query."""
        return _JOIN + self.condition


def dataset(name: str, ra: float, dec: float, **values: Any) -> Row:
    """Return a row with the values that matter, and plain ones beside them."""
    fov = values.get("s_fov", 1.0)
    radius = min(fov / 2, 89.0)
    return {
        "dataproduct_type": _LIST,
        "dataproduct_subtype": None,
        "calib_level": 2,
        "obs_collection": "other",
        "obs_id": name,
        "obs_title": name,
        "obs_publisher_did": f"ivo://usecases.example/~?{name}",
        "access_url": f"http://usecases.example/{name}",
        "access_format": "application/fits",
        "access_estsize": 100,
        "target_name": None,
        "s_ra": ra,
        "s_dec": dec,
        "s_fov": fov,
        "s_region": circumscribed_polygon(ra, dec, radius, 8).ravel().tolist(),
        "t_min": 58000.0,
        "t_max": 58000.1,
        "em_calib_status": "calibrated",
        "obs_mode": "unknown",
        "data_rights": "public",
        "simulated": True,
        "energy_min": 300.0,
        "energy_max": 10000.0,
    } | values


def responses(name: str, ra: float, dec: float, **values: Any) -> list[Row]:
    """Return the responses of an observation."""
    return [
        dataset(
            f"{name}-{kind}",
            ra,
            dec,
            dataproduct_type=_RESPONSE,
            dataproduct_subtype=kind,
            **values,
        )
        for kind in RESPONSES
    ]


_CYGNUS: Row = {"obs_collection": "SWGO-DR1", "event_type": "very-good", "s_fov": 90.0}
_CAS_A = (350.8584, 58.8113)
_VERITAS: Row = {
    "obs_collection": "VERITAS-DR1",
    "access_format": DATALINK,
    "energy_min": 1e11,
    "energy_max": 3e13,
}
_SOUTH: Row = {
    "obs_collection": "CTAO-DR1",
    "instrument_name": "CTAO-S/LST",
    "access_format": DATALINK,
    "energy_min": 1e11,
    "energy_max": 1e14,
}
_POLARISED: Row = {
    "dataproduct_type": _BUNDLE,
    "em_res_power": 150.0,
    "energy_min": 2000.0,
    "energy_max": 8000.0,
    "o_ucd": "pos.eq#time#em.energy#phys.polarization",
}
_ORION: Row = {"obs_collection": "CSC2", "obs_id": "4374", "dataproduct_type": _RESPONSE}
_ONE_RUN: Row = {"obs_collection": "CTAO-DR1", "obs_id": "4374"}
_ANTARES: Row = {"obs_collection": "ANTARES-2017-PS", "s_fov": 20.0}
_ARCA: Row = {
    "dataproduct_type": _RESPONSE,
    "dataproduct_subtype": "aeff",
    "facility_name": "KM3NeT",
    "instrument_name": "KM3NeT/ARCA",
    "s_fov": 20.0,
    "t_min": 61500.0,
    "t_max": 61501.0,
    "event_type": "track",
    "analysis_mode": "pointsource",
}
_DIFFUSE: Row = {
    "dataproduct_type": _BUNDLE,
    "messenger_name": "neutrino",
    "analysis_mode": "diffuse",
    "s_fov": 10.0,
}
_TAU: Row = {
    "dataproduct_type": _RESPONSE,
    "dataproduct_subtype": "aeff",
    "messenger_pdgid": "+16",
    "obs_mode": "wide-array",
    "analysis_mode": "pointsource-2030",
}
_DRAWS: Row = {
    "dataproduct_type": "draws",
    "dataproduct_subtype": "poserr",
    "obs_collection": "CSC2",
}
_NORTH: Row = {
    "dataproduct_type": "image",
    "dataproduct_subtype": "fluxmap",
    "calib_level": 4,
    "obs_collection": "CTAO-DR1",
    "instrument_name": "CTAO-N",
}
_M31: Row = {
    "dataproduct_type": "light-curve",
    "calib_level": 4,
    "t_min": 56300.0,
    "t_max": 56322.0,
}
_PKS: Row = {
    "dataproduct_type": "light-curve",
    "calib_level": 4,
    "obs_collection": "CTAO-DR1",
    "target_name": "PKS 2155-304",
    "t_min": 62600.0,
    "t_max": 62610.0,
}

USE_CASES = (
    UseCase(
        1,
        "(target_name = 'Sgr A*'"
        " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(266.4168, -29.0078, 0.5)))"
        " AND dataproduct_type = 'hea-event-list'",
        [
            dataset("centre", 266.4, -29.0),
            dataset("centre-by-name", 268.4, -29.0, target_name="Sgr A*"),
        ],
        [
            dataset("centre-image", 266.4, -29.0, dataproduct_type="image"),
            dataset("beside-the-centre", 267.4, -29.0),
        ],
    ),
    UseCase(
        2,
        "(target_name = 'BL Lac'"
        " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(330.680338, 42.27777, 0.083333)))"
        " AND dataproduct_type = 'hea-event-list' AND calib_level >= 2"
        " AND em_calib_status = 'calibrated' AND ev_xel >= 10000",
        [dataset("bllac", 330.68, 42.28, ev_xel=10000)],
        [
            dataset("bllac-few", 330.68, 42.28, ev_xel=9999),
            dataset("bllac-relative", 330.68, 42.28, ev_xel=20000, em_calib_status="relative"),
            dataset("bllac-raw", 330.68, 42.28, ev_xel=20000, calib_level=1),
        ],
    ),
    UseCase(
        3,
        "1 = INTERSECTS(s_region, CIRCLE(312.775, 30.683, 1.5))"
        " AND (dataproduct_type = 'hea-event-list' OR (dataproduct_type = 'response-function'"
        " AND dataproduct_subtype IN ('aeff', 'edisp', 'psf', 'bkgrate')))"
        " AND obs_collection = 'SWGO-DR1' AND event_type = 'very-good'",
        [dataset("swgo", 300.0, 0.0, **_CYGNUS), *responses("swgo", 300.0, 0.0, **_CYGNUS)],
        [
            dataset("swgo-good", 300.0, 0.0, **_CYGNUS | {"event_type": "good"}),
            dataset("swgo-south", 300.0, -70.0, **_CYGNUS),
        ],
    ),
    UseCase(
        4,
        "(target_name = 'Cas A'"
        " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(350.8584, 58.8113, 0.042)))"
        " AND dataproduct_type = 'hea-event-list' AND obs_collection = 'VERITAS-DR1'"
        f" AND access_format = '{DATALINK}'",
        [dataset("veritas", *_CAS_A, **_VERITAS)],
        [
            dataset("veritas-file", *_CAS_A, **_VERITAS | {"access_format": "application/fits"}),
            dataset("veritas-wobble", 351.8, 58.8, **_VERITAS),
        ],
    ),
    UseCase(
        5,
        "(target_name = 'Cas A'"
        " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(350.8584, 58.8113, 0.16667)))"
        " AND dataproduct_type = 'hea-event-bundle' AND ev_xel >= 1000000",
        [dataset("casa", *_CAS_A, dataproduct_type=_BUNDLE, ev_xel=1_000_000)],
        [dataset("casa-few", *_CAS_A, dataproduct_type=_BUNDLE, ev_xel=999_999)],
    ),
    UseCase(
        6,
        "dataproduct_type = 'hea-event-list' AND obs_collection = 'CTAO-DR1'"
        f" AND access_format = '{DATALINK}'"
        " AND instrument_name LIKE '%CTAO-S%' AND energy_max >= 1.0e13",
        [dataset("south", 10.0, -20.0, **_SOUTH)],
        [
            dataset("south-low", 10.0, -20.0, **_SOUTH | {"energy_max": 5e12}),
            dataset("south-north", 10.0, -20.0, **_SOUTH | {"instrument_name": "CTAO-N"}),
        ],
    ),
    UseCase(
        7,
        "(target_name IN ('Crab', 'M1')"
        " OR 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(83.6324, 22.0174, 0.083333)))"
        " AND dataproduct_type = 'hea-event-bundle' AND calib_level >= 2 AND em_res_power > 100"
        " AND energy_min < 100000.0 AND energy_max >= 1000.0"
        " AND o_ucd LIKE '%phys.polarization%' AND o_ucd LIKE '%pos.eq%'",
        [dataset("crab", 83.6324, 22.0174, **_POLARISED)],
        [
            dataset("crab-plain", 83.6324, 22.0174, **_POLARISED | {"o_ucd": "pos.eq#time"}),
            dataset("crab-coarse", 83.6324, 22.0174, **_POLARISED | {"em_res_power": 100.0}),
        ],
    ),
    UseCase(
        8,
        "1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(83.84358, -5.43639, 0.033333))"
        " AND dataproduct_type = 'response-function' AND dataproduct_subtype = 'psf'"
        " AND obs_id = '4374' AND obs_collection = 'CSC2'",
        [dataset("chandra-psf", 83.84, -5.44, **_ORION, dataproduct_subtype="psf")],
        [dataset("chandra-aeff", 83.84, -5.44, **_ORION, dataproduct_subtype="aeff")],
    ),
    UseCase(
        9,
        "dataproduct_type = 'response-function'"
        " AND dataproduct_subtype IN ('aeff', 'edisp', 'psf', 'bkgrate')"
        " AND obs_id = '4374' AND obs_collection = 'CTAO-DR1'",
        responses("run", 120.0, 10.0, **_ONE_RUN),
        [dataset("run", 120.0, 10.0, **_ONE_RUN), *responses("next", 120.0, 10.0)],
    ),
    UseCase(
        10,
        "1 = CONTAINS(POINT(98.24, 5.81), CIRCLE(s_ra, s_dec, s_fov / 2))"
        " AND dataproduct_type IN ('hea-event-bundle', 'hea-event-list', 'response-function')"
        " AND obs_collection = 'ANTARES-2017-PS'",
        [dataset("antares", 90.0, 5.0, **_ANTARES)],
        # Within the diameter, not within the radius.
        [dataset("antares-beside", 83.0, 5.0, **_ANTARES)],
    ),
    UseCase(
        11,
        "1 = CONTAINS(POINT(0.8, -45.19), CIRCLE(s_ra, s_dec, s_fov / 2))"
        " AND dataproduct_type = 'response-function' AND facility_name = 'KM3NeT'"
        " AND instrument_name LIKE '%ARCA%' AND t_max >= 61406 AND t_min <= 62870"
        " AND event_type = 'track' AND analysis_mode = 'pointsource'",
        [dataset("arca", 0.0, -45.0, **_ARCA)],
        [
            dataset("arca-shower", 0.0, -45.0, **_ARCA | {"event_type": "shower"}),
            dataset("arca-early", 0.0, -45.0, **_ARCA | {"t_min": 60000.0, "t_max": 60001.0}),
        ],
    ),
    UseCase(
        12,
        "dataproduct_type = 'hea-event-bundle' AND messenger_name = 'neutrino'"
        " AND analysis_mode = 'diffuse'"
        " AND 1 = INTERSECTS(CIRCLE('ICRS', s_ra, s_dec, 5), BOX('GALACTIC', 0, 0, 30, 2))",
        [dataset("plane", 266.4, -28.9, **_DIFFUSE)],
        [
            dataset("pole", 192.9, 27.1, **_DIFFUSE),
            dataset("plane-photons", 266.4, -28.9, **_DIFFUSE | {"messenger_name": "photon"}),
        ],
    ),
    UseCase(
        13,
        "dataproduct_type = 'response-function' AND dataproduct_subtype = 'aeff'"
        " AND messenger_pdgid IN ('-16', '+16') AND obs_mode LIKE '%wide-array%'"
        " AND analysis_mode LIKE '%pointsource%'",
        [dataset("tau", 20.0, 0.0, **_TAU)],
        [
            dataset("muon", 20.0, 0.0, **_TAU | {"messenger_pdgid": "+14"}),
            dataset("tau-dense", 20.0, 0.0, **_TAU | {"obs_mode": "dense-array"}),
        ],
    ),
    UseCase(
        14,
        "1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(54.036061, 61.907633, 0.0013888))"
        " AND dataproduct_type = 'draws' AND dataproduct_subtype = 'poserr'"
        " AND obs_collection = 'CSC2'",
        [dataset("draws", 54.036061, 61.907633, **_DRAWS)],
        [dataset("draws-beside", 54.046061, 61.907633, **_DRAWS)],
    ),
    UseCase(
        15,
        "dataproduct_type = 'image' AND dataproduct_subtype = 'fluxmap'"
        " AND obs_collection = 'CTAO-DR1' AND instrument_name LIKE '%CTAO-N%'"
        " AND CAST(obs_id AS INTEGER) > 4374 AND CAST(obs_id AS INTEGER) <= 4379",
        [dataset(f"map-{n}", 200.0, 30.0, **_NORTH, obs_id=str(n)) for n in (4375, 4379)],
        [dataset(f"map-{n}", 200.0, 30.0, **_NORTH, obs_id=str(n)) for n in (4374, 4380)],
    ),
    UseCase(
        16,
        "1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(10.6847, 41.2688, 1.5))"
        " AND dataproduct_type IN ('light-curve', 'pdf') AND calib_level = 4"
        " AND energy_min <= 300.0 AND energy_max >= 7000.0"
        " AND t_min <= 56325.0 AND t_max >= 56320.0",
        [
            dataset("m31", 10.7, 41.3, **_M31),
            dataset("m31-pdf", 10.7, 41.3, **_M31 | {"dataproduct_type": "pdf"}),
        ],
        [dataset("m31-before", 10.7, 41.3, **_M31 | {"t_max": 56319.0})],
    ),
    UseCase(
        17,
        "dataproduct_type = 'light-curve' AND obs_collection = 'CTAO-DR1'"
        " AND t_min >= 62502 AND t_max <= 62866 AND target_name = 'PKS 2155-304'",
        [dataset("pks", 329.7, -30.2, **_PKS)],
        [dataset("pks-later", 329.7, -30.2, **_PKS | {"t_max": 62900.0})],
    ),
)


def all_datasets() -> list[Row]:
    """Return the rows of all use cases, each with the same keys."""
    rows = [row for case in USE_CASES for row in (*case.found, *case.others)]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key) for key in keys} for row in rows]
