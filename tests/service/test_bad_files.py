"""Bad input never loses, hides or stops anything.

Each bad file lies between two good ones. It ends where it belongs with a message that
names HDU and keyword; the good ones are in; a second ingestion changes nothing; and where
the file was good before, its observation stays as it was.
"""

import re

import pytest

from service.badcases import CUT, FINE, NOTED, STRUCTURE, VALUES
from service.badfiles import EVENTS, Bad, good, packed, with_cards, with_raw, without
from service.ingestion import contents, make_old
from service.simulatedruns import COLLECTION, write_bytes
from unit.dl3.fitsbytes import put_together

#: Cards of EVENTS that GADF 0.3 demands, each left out in turn: with what is said where the
#: file is refused, or goes in with an assumption of a topic. Of the others nothing in the
#: tables depends, but that names and versions are empty.
MANDATORY = {
    "OBS_ID": Bad(lambda: without("OBS_ID", EVENTS), "missing", "EVENTS", "OBS_ID"),
    "RA_PNT": Bad(lambda: without("RA_PNT", EVENTS), "missing", "EVENTS", "RA_PNT"),
    "DEC_PNT": Bad(lambda: without("DEC_PNT", EVENTS), "missing", "EVENTS", "DEC_PNT"),
    "MJDREFI": Bad(
        lambda: without("MJDREFI", EVENTS), "as in the GTIs", "EVENTS", "MJDREFI", "times"
    ),
    "MJDREFF": Bad(lambda: without("MJDREFF", EVENTS), "0 taken", "EVENTS", "MJDREFF", "times"),
    "TIMESYS": Bad(
        lambda: without("TIMESYS", EVENTS), "as in the GTIs", "EVENTS", "TIMESYS", "times"
    ),
    "ONTIME": Bad(lambda: without("ONTIME", EVENTS), "not given", "EVENTS", "ONTIME", "livetime"),
    "LIVETIME": Bad(
        lambda: without("LIVETIME", EVENTS), "not given", "EVENTS", "LIVETIME", "livetime"
    ),
    "DEADC": Bad(lambda: without("DEADC", EVENTS), "not given", "EVENTS", "DEADC", "livetime"),
    "TELESCOP": Bad(
        lambda: without("TELESCOP", EVENTS), "facility", "EVENTS", "TELESCOP", "identifier"
    ),
}  # fmt: skip
HARMLESS = (
    "HDUCLASS", "HDUDOC", "HDUVERS", "HDUCLAS1", "TSTART", "TSTOP", "TIMEUNIT", "TIMEREF",
    "EQUINOX", "RADECSYS", "ORIGIN", "INSTRUME", "CREATOR",
)  # fmt: skip

REFUSED = {**CUT, **STRUCTURE, **VALUES} | {
    f"no {keyword}": bad for keyword, bad in MANDATORY.items() if not bad.topic
}
TAKEN = NOTED | {f"no {keyword}": bad for keyword, bad in MANDATORY.items() if bad.topic}


def ingest_between(ingestion, raw):
    """Ingest a file between two good ones, twice; return what became of it."""
    ingestion.write("a.fits.gz", 900001)
    write_bytes(ingestion.root / "m.fits", raw)
    ingestion.write("z.fits.gz", 900003)
    ingestion.run()
    make_old(ingestion)
    before = contents(ingestion)
    again = ingestion.run()
    assert (again.counts, again.unchanged) == ({}, 3)
    assert contents(ingestion) == before
    kinds = ingestion.kinds()
    assert (kinds.pop("a.fits.gz"), kinds.pop("z.fits.gz")) == ("observation", "observation")
    assert {"a.fits.gz", "z.fits.gz"} <= set(ingestion.owners().values())
    return kinds["m.fits"]


def quarantine(ingestion):
    """Reason, HDU and keyword of the file in quarantine."""
    (found,) = ingestion.sql(
        "SELECT reason, coalesce(hdu, ''), coalesce(keyword, '') FROM cta.quarantine"
        " WHERE data_root = 'test-first'"
    )
    return found


def key_of(ingestion):
    """Collection and obs_id that the file between the good ones has."""
    (found,) = ingestion.sql(
        "SELECT obs_collection, obs_id FROM cta.observation"
        " WHERE data_root = 'test-first' AND path = 'm.fits'"
    )
    return found


def values(ingestion, columns, table="obscore_row"):
    """Some columns of the row that the file between the good ones has."""
    (found,) = ingestion.sql(
        f"SELECT {columns} FROM cta.{table} WHERE (obs_collection, obs_id) = (%s, %s)",
        *key_of(ingestion),
    )
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_quarantined_with_its_reason_and_its_place(ingestion, name):
    bad = REFUSED[name]
    assert ingest_between(ingestion, bad.make()) == "quarantined"
    reason, hdu, keyword = quarantine(ingestion)
    assert re.search(bad.reason, reason), reason
    assert (hdu, keyword) == (bad.hdu, bad.keyword)
    assert set(ingestion.owners()) == {"900001", "900003"}


@pytest.mark.parametrize("name", sorted(set(REFUSED) - {"identifier of another run"}))
def test_a_good_file_that_turns_bad_keeps_what_it_had(ingestion, name):
    write_bytes(ingestion.root / "m.fits", packed())
    assert ingestion.run().counts == {"observation": 1}
    before = contents(ingestion)
    write_bytes(ingestion.root / "m.fits", REFUSED[name].make())
    assert ingestion.run().counts == {"quarantined": 1}
    after = contents(ingestion)
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"source_file", "quarantine"}
    assert "observation 900002 of SIM-CTAO-N is kept" in quarantine(ingestion)[0]


@pytest.mark.parametrize("name", TAKEN)
def test_what_can_be_read_all_the_same_goes_in_with_an_assumption(ingestion, name):
    bad = TAKEN[name]
    assert ingest_between(ingestion, bad.make()) == "observation"
    statements = ingestion.sql(
        "SELECT statement FROM cta.assumption WHERE (obs_collection, obs_id) = (%s, %s)"
        " AND (topic, coalesce(hdu, ''), coalesce(keyword, '')) = (%s, %s, %s)",
        *key_of(ingestion), bad.topic, bad.hdu, bad.keyword,
    )  # fmt: skip
    assert any(re.search(bad.reason, statement) for (statement,) in statements), statements


@pytest.mark.parametrize("name", FINE)
def test_what_is_only_unusual_goes_in_as_any_other_file(ingestion, name):
    assert ingest_between(ingestion, FINE[name]()) == "observation"
    assert key_of(ingestion) == (COLLECTION, "900002")
    ((number,),) = ingestion.sql(
        "SELECT count(*) FROM cta.assumption WHERE obs_id = '900002' AND topic = 'header'"
    )
    assert number == 0


@pytest.mark.parametrize("keyword", HARMLESS)
def test_a_mandatory_keyword_that_no_row_depends_on_may_be_missing(ingestion, keyword):
    assert ingest_between(ingestion, without(keyword, EVENTS)) == "observation"
    assert key_of(ingestion)[1] == "900002"
    assert values(ingestion, "ev_xel, t_exptime") == (234, 57.6)


def test_a_file_without_events_is_a_response(ingestion):
    raw = put_together((good()[0], *good()[2:]))
    assert ingest_between(ingestion, raw) == "response"


@pytest.mark.parametrize(("said", "taken"), [(0, "0"), (-5, "-5"), ("a/b c", "a/b c"), ("%", "%")])
def test_unusual_identifiers_are_keys_as_they_stand(ingestion, said, taken):
    assert ingest_between(ingestion, with_cards(EVENTS, OBS_ID=said)) == "observation"
    assert key_of(ingestion) == (COLLECTION, taken)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (rb"a\N\tb", r"a\N\tb"),
        (b"\\.", "\\."),
        (b"a\0b\tc\nd", "a b c d"),
        (b"caf\xe9 \xff\xfe", "caf"),
        (b"Rock ''n'' Roll", "Rock 'n' Roll"),
        (b"%s {0} $1 ; DROP TABLE x", "%s {0} $1 ; DROP TABLE x"),
    ],
)
def test_text_of_headers_arrives_as_plain_text(ingestion, said, taken):
    assert ingest_between(ingestion, with_raw(EVENTS, "OBJECT", said)) == "observation"
    assert values(ingestion, "target_name") == (taken,)
    write_bytes(ingestion.root / "m.fits", with_raw(EVENTS, "OBSERVER", said))
    ingestion.run()
    assert " ".join(values(ingestion, "observer", "observation")[0].split()) == taken


def test_intervals_that_overlap_count_once(ingestion):
    raw = NOTED["intervals that overlap"].make()
    assert ingest_between(ingestion, raw) == "observation"
    assert values(ingestion, "ontime, n_events", "observation") == (60.0, 234)
