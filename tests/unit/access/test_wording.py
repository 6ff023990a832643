"""What users are told of errors, and what they are not."""

import pytest

from iact.access.wording import (
    MOST,
    cleaned,
    is_internal,
    of_job,
    of_unexpected,
    pattern_of_paths,
)

POSTGRES = (
    'operator does not exist: text + integer\nLINE 1: ...0" CURSOR WITHOUT HOLD FOR SELECT'
    " target_name + 1 AS x\n                     ^\nHINT:  You might need to add explicit type"
    " casts.\n"
)


def test_what_a_user_s_own_query_lacks_stays():
    said = cleaned(POSTGRES)
    assert said.startswith("operator does not exist: text + integer")
    assert said.endswith("You might need to add explicit type casts.")
    assert "LINE" not in said and "CURSOR" not in said and "^" not in said


@pytest.mark.parametrize(
    "more",
    [
        '\nCONTEXT:  SQL function "x" statement 1',
        "\nDETAIL:  Failing row contains (1, secret).",
        "\nQUERY:  SELECT * FROM cta.obscore_hidden",
        '\nLINE 3: SELECT * FROM cta.obscore_hidden\n                  ^\nCONTEXT:  in "y"\n',
    ],
)
def test_places_in_sql_go(more):
    assert cleaned("division by zero" + more) == "division by zero"


@pytest.mark.parametrize(
    "path",
    [
        "/var/lib/archive/gavo/tmp/x.vot", "/usr/lib/python3/dist-packages/gavo/web/root.py",
        "/data/hess/run_1.fits", "/gpfs/archive/x",
        "/home/anna/data/a b", "/tmp/x", "/etc/gavo.rc", "/srv/archive/var/sock/.s.PGSQL.5432",
    ],
)  # fmt: skip
def test_paths_go(path):
    said = cleaned(f"'{path}' cannot be read ({path}); ask {path}")
    assert path.split()[0] not in said and "cannot be read" in said


@pytest.mark.parametrize(
    "sentence",
    [
        "ask for less, or run the query as an asynchronous job (/tap/async).",
        "Sky coverage is at /coverage/NAME and, of one collection, at /coverage/COLLECTION/NAME.",
        "No such field known: column 'nix' could not be located in table metadata",
        'column "vo_obscore.target_name" must appear in the GROUP BY clause',
        "See https://example.org/var/www/page and ivo://a/tmp/b.",
        "Cuts are at /cta/dl/soda/dlget, files below /dl3/NAME, see /static/help.shtml.",
        'invalid input syntax for type integer: "Crab Nebula"',
        "",
    ],
)
def test_sentences_for_users_stay_as_they_are(sentence):
    assert cleaned(sentence) == sentence
    assert not is_internal(sentence)


@pytest.mark.parametrize(
    "message",
    [
        "Bad source code in function (unterminated literal (<generated code 69>, line 13))",
        "The offending code was:\ndef codec(row): pass",
        'Traceback (most recent call last):\n  File "x.py", line 1, in f',
        'role "untrusted" does not exist',
        'new row violates row-level security policy for table "gti"',
        'connection to server on socket "/x/.s.PGSQL.5432" failed',
        "DNS lookup failed: no results for hostname lookup: db.example.org.",
        "[Errno 13] Permission denied",
        "<gavo.web.common.BinaryItem object at 0x7f5c359fbcd0>",
    ],
)
def test_what_is_for_the_operator_only_is_known_as_such(message):
    assert is_internal(message)


@pytest.mark.parametrize("what", ["table x", "materialized view x", "schema x", "function x"])
def test_what_may_not_be_read_is_not_named(what):
    assert cleaned(f"permission denied for {what}") == "permission denied for what is not published"


def test_folders_of_the_machine_count_and_addresses_stay():
    pattern = pattern_of_paths(["our data", "a.b+c", "cta", "dl3"])
    assert pattern.sub("X", "Cannot read /a.b+c/run.fits") == "Cannot read X"
    assert pattern.sub("X", "Cannot read /our data/run.fits") == "Cannot read X"
    for text in ("/cta/q/cone", "/dl3/NAME/x.fits", "/aXbc/run.fits"):
        assert pattern.sub("X", text) == text


def test_a_fault_is_told_by_where_the_operator_finds_it():
    assert "0a1b2c3d" in of_unexpected("0a1b2c3d")
    assert "job, abc," in of_job("abc")


@pytest.mark.parametrize(
    "piece", ["\n", " \n", "LINE 1:\n", "\n File ", "socket ", "cursor0xabc", '"']
)
def test_messages_of_any_length_are_looked_at_in_part(piece):
    # By a pattern across lines, a few thousand of these would take minutes.
    message = f"No such field: {piece * 100_000} known"
    assert not is_internal(message)
    told = cleaned(message)
    assert told.startswith("No such field:")
    assert len(told) <= MOST
