"""Whether what DaCHS publishes is what our resource descriptors say."""

from __future__ import annotations

import configparser
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault

OBSCORE, HEA, OURS = "ivoa.obscore", "ivoa.obscore_hea", "cta.vo_obscore"
FEED = '<FEED source="cta/ext#obscore-extracolumns"/>'
_REFRESH = "bin/cta dachs imp //obscore refreshAfterSchemaUpdate"
_FREEZES = "materialiseobscore"


def feeds(case: Case) -> Iterator[Finding]:
    """Compare ivoa.obscore with what our stream has for it.

    In between stands the operator's ``userconfig.rd``, which feeds the stream into DaCHS's
    own description of the table.
    """
    wanted, described = case.dachs["feed"], case.dachs["obscore"]
    userconfig = case.layout.gavo / "etc" / "userconfig.rd"
    mend = f"Put {FEED} into the STREAM obscore-extracolumns of {userconfig}, then {_REFRESH}"
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
        yield fault(f"There is no {OBSCORE}.", "bin/cta dachs imp //obscore")
        return
    if not_fed := [name for name in wanted["columns"] if name not in described["columns"]]:
        yield fault(f"{OBSCORE} lacks columns of ours: {', '.join(not_fed)}.", mend)
    if described["links"] != wanted["links"]:
        yield fault(
            f"The links of {OBSCORE} lead to {described['links'] or 'no service'}, not to"
            f" {wanted['links']}: clients that follow many get the first only.",
            mend,
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
        yield fault(f"There is no {OURS}.", "bin/cta setup")
    elif case.has(OBSCORE) and not case.rows(
        "SELECT 1 FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid"
        " WHERE r.ev_class = to_regclass(%s) AND d.refobjid = to_regclass(%s) LIMIT 1",
        (OBSCORE, OURS),
    ):
        yield fault(f"{OBSCORE} is made without {OURS}.", "bin/cta dachs imp cta/q views")


def partners(case: Case) -> Iterator[Finding]:
    """Find rows of the high-energy extension and of ivoa.obscore that do not find each other."""
    if not case.has(HEA) or not case.has(OBSCORE):
        return
    ((alone,),) = case.rows(
        f"SELECT count(*) FROM {HEA} AS h WHERE NOT EXISTS (SELECT 1 FROM {OBSCORE} AS o"
        " WHERE o.obs_publisher_did = h.obs_publisher_did)"
    )
    if alone:
        yield fault(
            f"{alone:,} rows of {HEA} have no partner in {OBSCORE}.",
            "Import the resource that they come from again: bin/cta dachs imp cta/q views for"
            " ours, dachs imp of its own for another's.",
        )
    ((alone,),) = case.rows(
        f"SELECT count(*) FROM {OBSCORE} AS o WHERE source_table = %s AND NOT EXISTS"
        f" (SELECT 1 FROM {HEA} AS h WHERE h.obs_publisher_did = o.obs_publisher_did)",
        (OURS,),
    )
    if alone:
        yield fault(
            f"{alone:,} of our rows in {OBSCORE} have no partner in {HEA}: a NATURAL JOIN"
            " loses them.",
            "bin/cta dachs imp cta/q views",
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
                f"Take the line out of {rc}, then {_REFRESH}",
            )
    found = case.rows("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (OBSCORE,))
    if found and found != [("v",)]:
        yield fault(
            f"{OBSCORE} is no view but a copy: data_rights there stay what they were when it was"
            " made.",
            f"Have materialiseObscore off in DaCHS's settings, then {_REFRESH}",
        )
