"""Whether the archive's tables agree with each other: every observation whole or absent.

Foreign keys keep some of this already. They do not notice a missing row, two numbers
that should be the same, or a database that was restored or mended by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iact.archive.simulations import SIMULATED_ROWS
from iact.archive.visibility import HIDDEN_ROWS, OF_OBSERVATIONS, OUTDATED, UNPROTECTED

_KEYS = ("obs_collection", "obs_id", "event_type")
_KEY = ", ".join(_KEYS)

#: Tables with exactly one row for each observation, then those with one or more, then those
#: with any number.
_ONE = ("obs_config", "provenance", "obscore_row")
_MANY = ("gti", "product")
_ANY = ("assumption",)


_READ_AGAIN = "`bin/cta forget ROOT`, then `bin/cta ingest FOLDER`, make all rows of a root anew."
_SET_UP = "`bin/cta setup` makes what hides observations anew."


@dataclass(frozen=True)
class Check:
    """Something that must not be.

    Parameters
    ----------
    sentence
        What is wrong with those that are found.
    query
        SQL for a column of texts that name them.
    remedy
        What mends it, a sentence.
    """

    sentence: str
    query: str
    remedy: str = _READ_AGAIN


@dataclass(frozen=True)
class Fault:
    """What a check has found.

    Parameters
    ----------
    sentence
        How often something is wrong, with an example.
    remedy
        What mends it, a sentence.
    """

    sentence: str
    remedy: str


def _observation(alias: str) -> str:
    """Return SQL for the name of an observation."""
    return (
        f"{alias}.obs_id || CASE {alias}.event_type WHEN '' THEN ''"
        f" ELSE ' (' || {alias}.event_type || ')' END || ' of ' || {alias}.obs_collection"
    )


_FILE = "{0}.path || ' of data root ' || {0}.data_root"


def _without_rows(table: str) -> Check:
    return Check(
        f"observations have no row in cta.{table}",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        f" WHERE NOT EXISTS (SELECT 1 FROM cta.{table} AS t"
        f" WHERE {' AND '.join(f't.{key} = o.{key}' for key in _KEYS)})",
    )


def _without_observation(table: str) -> Check:
    return Check(
        f"rows of cta.{table} are of no observation",
        f"SELECT {_observation('t')} FROM cta.{table} AS t"
        f" LEFT JOIN cta.observation AS o USING ({_KEY}) WHERE o.path IS NULL",
    )


def _with_gaps(table: str, number: str) -> Check:
    return Check(
        f"observations have rows missing in cta.{table}",
        f"SELECT {_observation('t')} FROM (SELECT {_KEY}, count(*) AS rows, max({number}) AS last"
        f" FROM cta.{table} GROUP BY {_KEY}) AS t WHERE t.rows <> t.last",
    )


def _without_product(kind: str) -> Check:
    return Check(
        f"observations have no product of kind {kind}",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        f" LEFT JOIN cta.product AS p ON p.kind = '{kind}'"
        f" AND {' AND '.join(f'p.{key} = o.{key}' for key in _KEYS)}"
        " WHERE p.kind IS NULL",
    )


def _other_identifier(table: str, condition: str = "true") -> Check:
    return Check(
        f"rows of cta.{table} have another obs_publisher_did than their observation",
        f"SELECT {_observation('t')} FROM cta.{table} AS t"
        f" JOIN cta.observation AS o USING ({_KEY})"
        f" WHERE t.obs_publisher_did <> o.obs_publisher_did AND {condition}",
    )


def _unused(table: str, name: str, condition: str) -> Check:
    return Check(
        f"rows of cta.{table} are used by no observation",
        f"SELECT t.{name} FROM cta.{table} AS t WHERE NOT EXISTS (SELECT 1 FROM {condition})",
    )


def _seen_though_hidden(table: str) -> Check:
    return Check(
        f"observations are hidden, but their rows in cta.{table} say otherwise",
        f"SELECT DISTINCT {_observation('t')} FROM cta.{table} AS t"
        f" JOIN cta.{HIDDEN_ROWS} AS h USING ({_KEY})"
        " WHERE t.hidden_until IS DISTINCT FROM h.hidden_until",
    )


CHECKS = (
    *(_without_rows(table) for table in (*_ONE, *_MANY)),
    *(_without_observation(table) for table in (*_ONE, *_MANY, *_ANY)),
    _with_gaps("gti", "interval_no"),
    _with_gaps("assumption", "assumption_no"),
    *(_without_product(kind) for kind in ("package", "events")),
    *(_other_identifier(table) for table in ("gti", "provenance", "obscore_row")),
    _other_identifier("product", "t.kind = 'events'"),
    Check(
        "observations begin or end at other times than their good time intervals",
        f"SELECT {_observation('o')} FROM cta.observation AS o JOIN (SELECT {_KEY},"
        f" min(t_start) AS t_start, max(t_stop) AS t_stop FROM cta.gti GROUP BY {_KEY}) AS g"
        f" USING ({_KEY}) WHERE o.t_start <> g.t_start OR o.t_stop <> g.t_stop",
    ),
    Check(
        "observations have other times or numbers of events in cta.obscore_row",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        f" JOIN cta.obscore_row AS t USING ({_KEY})"
        " WHERE (o.t_start, o.t_stop, o.n_events) IS DISTINCT FROM (t.t_min, t.t_max, t.ev_xel)",
    ),
    Check(
        "observations come from files that are not in cta.source_file",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        " LEFT JOIN cta.source_file AS f USING (data_root, path) WHERE f.path IS NULL",
    ),
    Check(
        # A quarantined file's observation is kept as the file had it before.
        "observations come from files that are said to hold none",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        " JOIN cta.source_file AS f USING (data_root, path)"
        " WHERE f.file_kind NOT IN ('observation', 'quarantined')",
    ),
    Check(
        "observations are of another content of their file than cta.source_file",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        " JOIN cta.source_file AS f USING (data_root, path)"
        f" JOIN cta.product AS p ON {' AND '.join(f'p.{key} = o.{key}' for key in _KEYS)}"
        " AND p.kind = 'package' WHERE f.file_kind = 'observation'"
        " AND (f.sha256, f.content_length, f.path) <> (p.sha256, p.content_length, p.path)",
    ),
    Check(
        # Another file may have taken over from one that is gone and was not pruned.
        "files hold observations that are not in",
        f"SELECT {_FILE.format('f')} FROM cta.source_file AS f"
        " WHERE f.file_kind = 'observation' AND NOT EXISTS (SELECT 1 FROM cta.observation AS o"
        " WHERE o.obs_collection = f.obs_collection AND o.obs_id = f.obs_id)",
    ),
    Check(
        "files are quarantined for no reason",
        f"SELECT {_FILE.format('f')} FROM cta.source_file AS f"
        " LEFT JOIN cta.quarantine AS q USING (data_root, path)"
        " WHERE f.file_kind = 'quarantined' AND q.path IS NULL",
    ),
    Check(
        "rows of cta.quarantine are of files that are not quarantined",
        f"SELECT {_FILE.format('q')} FROM cta.quarantine AS q"
        " LEFT JOIN cta.source_file AS f USING (data_root, path)"
        " WHERE f.file_kind IS DISTINCT FROM 'quarantined'",
    ),
    Check(
        "observations have no row in cta.processing or cta.collection",
        f"SELECT {_observation('o')} FROM cta.observation AS o"
        " LEFT JOIN cta.processing AS p USING (processing_id)"
        " LEFT JOIN cta.collection AS c ON c.obs_collection = o.obs_collection"
        " WHERE p.processing_id IS NULL OR c.obs_collection IS NULL",
    ),
    Check(
        # One row each is what the tables' keys keep, but each for its own table only.
        "observations have more than one row in cta.obscore_row",
        f"SELECT {_observation('t')} FROM cta.obscore_row AS t"
        f" GROUP BY {_KEY} HAVING count(*) > 1",
    ),
    Check(
        "observations are hidden, but their row in cta.obscore_row is seen",
        f"SELECT {_observation('t')} FROM ONLY cta.obscore_row AS t"
        " WHERE t.hidden_until > (now() AT TIME ZONE 'utc')"
        f" UNION SELECT {_observation('t')} FROM cta.{SIMULATED_ROWS} AS t"
        " WHERE t.hidden_until > (now() AT TIME ZONE 'utc')",
    ),
    Check(
        "simulated observations are among those that may be published",
        f"SELECT {_observation('t')} FROM ONLY cta.obscore_row AS t WHERE t.simulated",
    ),
    Check(
        "observations are hidden, but their products in cta.product are seen",
        f"SELECT DISTINCT {_observation('t')} FROM ONLY cta.product AS t"
        " JOIN cta.hidden_observations AS h USING (obs_collection, obs_id, event_type)",
    ),
    *(_seen_though_hidden(table) for table in OF_OBSERVATIONS),
    Check(
        "tables show hidden observations to users",
        f"SELECT 'cta.' || t.name FROM ({UNPROTECTED}) AS t",
        _SET_UP,
    ),
    Check(
        "tables for what is hidden were made by another version of the software",
        f"SELECT 'cta.' || t.name FROM ({OUTDATED}) AS t",
        _SET_UP,
    ),
    _unused("processing", "processing_id", "cta.observation AS o WHERE o.processing_id"
            " = t.processing_id"),
    _unused("collection", "obs_collection", "cta.observation AS o WHERE o.obs_collection"
            " = t.obs_collection"),
    _unused("proposal", "proposal_id", "cta.observation AS o WHERE o.obs_collection"
            " = t.obs_collection"),
    _unused("site", "site", "cta.obs_config AS o WHERE o.site = t.site"),
)  # fmt: skip


def faults(cursor: Any) -> list[Fault]:
    """Return what is wrong with the tables.

    Parameters
    ----------
    cursor
        Of a role that may read schema cta.

    Returns
    -------
    list of Fault
        One for each check that finds anything.
    """
    found = []
    for check in CHECKS:
        cursor.execute(f"SELECT count(*), min(label) FROM ({check.query}) AS t(label)")
        number, example = cursor.fetchone()
        if number:
            sentence = f"{number} {check.sentence}, for example {example}."
            found.append(Fault(sentence, check.remedy))
    return found
