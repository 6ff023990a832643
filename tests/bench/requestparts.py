"""``python3 -m bench.requestparts NUMBER stock|ours``: what DaCHS does for a synchronous query.

Prints as JSON the milliseconds of each part, by query, medians. It runs where DaCHS runs, and
asks what stands behind its web pages.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

# Importing rscdesc fills DaCHS's registry of caches.
from gavo import adql, base, rscdesc, svcs  # noqa: F401
from gavo.protocols import adqlglue, taprunner

from iact.dachs import inputgates, parsing, syncqueries, syncresults

QUERIES = {
    "of tap_schema": "SELECT TOP 1 table_name FROM tap_schema.tables",
    "by obs_id": "SELECT obs_id, s_ra, s_dec, t_min FROM ivoa.obscore WHERE obs_id = '1'",
    "cone": "SELECT obs_id, s_ra, s_dec, t_min FROM ivoa.obscore WHERE 1 = CONTAINS("
    "POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', 83.63, 22.01, 1))",
}
#: What is timed: module, function, name; each within the one before it, or after that.
_TIMED = (
    (taprunner, "getQTableFromJob", "prepare"),
    (adqlglue, "morphADQL", "morph"),
    (adql, "parseToTree", "parse"),
    (taprunner, "writeResultTo", "write"),
)
_spent: dict[str, float] = {}


def _time(module: Any, function: str, name: str) -> None:
    """Have a function's time counted."""
    stock = getattr(module, function)

    def timed(*args: Any, **words: Any) -> Any:
        start = time.perf_counter()
        try:
            return stock(*args, **words)
        finally:
            _spent[name] = time.perf_counter() - start

    setattr(module, function, timed)


def once(service: Any, query: str) -> dict[str, float]:
    """Answer a query; return the seconds of the parts."""
    words = {"LANG": ["ADQL"], "FORMAT": ["csv"], "QUERY": [query]}
    start = time.perf_counter()
    given = svcs.CoreArgs.fromRawArgs(service.core.inputTable, words)
    answer, _ = service.core.run(service, given, svcs.QueryMeta(words))
    _read(answer)
    whole = time.perf_counter() - start
    return {
        "parsing ADQL": _spent["parse"],
        "columns, metadata, SQL of it": _spent["morph"] - _spent["parse"],
        "connection and its settings": _spent["prepare"] - _spent["morph"],
        "PostgreSQL, and writing the answer": _spent["write"],
        "the job, and all else": whole - _spent["prepare"] - _spent["write"],
    }


def _read(answer: Any) -> None:
    """Read a result to its end and close it: DaCHS's is a file, ours comes in pieces."""
    if isinstance(answer, syncresults.Result):
        for _ in answer.chunks():
            pass
    else:
        with answer:
            answer.read()


def measure(number: int) -> dict[str, dict[str, float]]:
    """Return the milliseconds of each part by query."""
    service = base.caches.getRD("__system__/tap").getById("run")
    found = {}
    for name, query in QUERIES.items():
        once(service, query)
        rounds = [once(service, query) for _ in range(number)]
        found[name] = {
            part: 1e3 * statistics.median(each[part] for each in rounds) for part in rounds[0]
        }
    return found


if __name__ == "__main__":
    rounds, what = sys.argv[1:]
    if what == "ours":
        # As the server has them; see iact.dachs.serve.
        inputgates.install()
        if not (parsing.remember_outcomes() and syncqueries.keep_no_jobs()):
            sys.exit("DaCHS's code is not what the adapters know.")
    for timed in _TIMED:
        _time(*timed)
    print(json.dumps(measure(int(rounds))))
