"""Whether what DaCHS publishes is what our resource descriptors say."""

from __future__ import annotations

import configparser
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import psycopg2.errors

from iact.operate.database import ROLE
from iact.operate.doctor.case import TIMEOUT, Case
from iact.operate.doctor.finding import Finding, fault, note, psql
from iact.operate.extension import HEA, IS_MEMBER, OBSCORE, OURS

FLAT = "cta.vo_obscore"
_SET_UP = "bin/cta setup"
_MAKE_VIEW = "bin/cta dachs imp //obscore create"
# The first renews what tables contribute, and leaves the view alone.
_REFRESH = f"bin/cta dachs imp //obscore refreshAfterSchemaUpdate, then {_MAKE_VIEW}"
# DaCHS 2.7 replaces a view, but cannot make one that has more columns than it knows itself.
_PLACE = f"SET ROLE {ROLE}; CREATE VIEW {OBSCORE} AS SELECT 1 AS calib_level"
_REFRESH_HEA = "bin/cta dachs imp cta/hea refresh"
_KINDS = {"m": "MATERIALIZED VIEW", "r": "TABLE"}
_FREEZES = "materialiseobscore"


def feeds(case: Case) -> Iterator[Finding]:
    """Compare ivoa.obscore with what our stream has for it.

    In between stands the operator's ``userconfig.rd``, which feeds the stream into DaCHS's
    own description of the table.
    """
    wanted, described = case.dachs["feed"], case.dachs["obscore"]
    userconfig = case.layout.gavo / "etc" / "userconfig.rd"
    try:
        ElementTree.parse(userconfig)
    except ElementTree.ParseError as error:
        # DaCHS does as if there were no such file, without a word.
        yield fault(f"{userconfig} is no XML: {error}.", "Put that right, then see again.")
        return
    there = {
        name
        for (name,) in case.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)"
            " AND attnum > 0 AND NOT attisdropped",
            (OBSCORE,),
        )
    }
    if not there:
        yield fault(f"There is no {OBSCORE}.", f"{psql(_PLACE)}, then {_MAKE_VIEW}")
        return
    if not_fed := [name for name in wanted["columns"] if name not in described["columns"]]:
        yield fault(f"{OBSCORE} lacks columns of ours: {', '.join(not_fed)}.", _SET_UP)
    if described["links"] != wanted["links"]:
        yield fault(
            f"The links of {OBSCORE} lead to {described['links'] or 'no service'}, not to"
            f" {wanted['links']}: clients that follow many get the first only.",
            _SET_UP,
        )
    if not_made := [name for name in described["columns"] if name not in there]:
        yield fault(
            f"{OBSCORE} in the database lacks columns that DaCHS believes it has:"
            f" {', '.join(not_made)}. Queries that name them, or `*`, fail.",
            _REFRESH,
        )


def members(case: Case) -> Iterator[Finding]:
    """Find rows of our flat table that are not in ivoa.obscore, by its own list of members."""
    if not case.has(OURS):
        yield fault(f"There is no {OURS}.", _SET_UP)
    elif case.has(OBSCORE) and case.rows(IS_MEMBER) == [(False,)]:
        yield fault(f"{OBSCORE} is made without {OURS}.", _SET_UP)


def partners(case: Case) -> Iterator[Finding]:
    """Find rows of the high-energy extension and of ivoa.obscore that do not find each other."""
    if not case.has(HEA) or not case.has(OBSCORE):
        return
    try:
        yield from _alone(case)
    except psycopg2.errors.QueryCanceled:
        # All rows of both are compared; among millions that takes its time.
        yield note(
            f"Whether {OBSCORE} and {HEA} have the same datasets takes longer than {TIMEOUT} to"
            " see, and was not seen to the end.",
            f"{psql(_ALONE_IN_HEA)} tells; it should be 0.",
        )


_ALONE_IN_HEA = (
    f"SELECT count(*) FROM {HEA} AS h WHERE NOT EXISTS (SELECT 1 FROM {OBSCORE} AS o"
    " WHERE o.obs_publisher_did = h.obs_publisher_did)"
)
_ALONE_IN_OBSCORE = (
    f"SELECT count(*) FROM {OBSCORE} AS o WHERE source_table = '{FLAT}' AND NOT EXISTS"
    f" (SELECT 1 FROM {HEA} AS h WHERE h.obs_publisher_did = o.obs_publisher_did)"
)


def _alone(case: Case) -> Iterator[Finding]:
    ((alone,),) = case.rows(_ALONE_IN_HEA)
    if alone:
        yield fault(
            f"{alone:,} rows of {HEA} have no partner in {OBSCORE}.",
            _REFRESH_HEA,
        )
    ((alone,),) = case.rows(_ALONE_IN_OBSCORE)
    if alone:
        yield fault(
            f"{alone:,} of our rows in {OBSCORE} have no partner in {HEA}: a NATURAL JOIN"
            " loses them.",
            _REFRESH_HEA,
        )


def frozen(case: Case) -> Iterator[Finding]:
    """Find an ivoa.obscore that is a copy: rights would stay what they were when it was made."""
    rc = case.layout.gavo_rc
    parser = configparser.RawConfigParser()
    parser.read_string(rc.read_text(encoding="utf-8"))
    for section in parser.sections():
        if _FREEZES in parser[section] and parser[section][_FREEZES].lower() in (
            "true",
            "1",
            "yes",
        ):
            yield fault(
                f"{rc} sets materialiseObscore: data_rights in {OBSCORE} would stay what they are"
                " when a release date passes.",
                f"Take the line out of {rc}, then see again.",
            )
    for (kind,) in case.rows(
        "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s) AND relkind = ANY(%s)",
        (OBSCORE, list(_KINDS)),
    ):
        yield fault(
            f"{OBSCORE} is no view but a copy: data_rights there stay what they were when it was"
            " made.",
            f"{psql(f'DROP {_KINDS[kind]} {OBSCORE}; {_PLACE}')}, then {_MAKE_VIEW}",
        )
