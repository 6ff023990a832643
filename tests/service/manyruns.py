"""As many runs as a page of results has, in a collection of their own."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.livearchive import LiveArchive
from service.people import GROUP
from service.simulatedruns import simulated, write_bytes

COLLECTION, NUMBER = "TEST-MANY", 200
#: Number of the first run; those with an odd number are proprietary.
_FIRST = 960_000
_PROPOSAL = "TEST-P-MANY"

_CONFIGURED = f"""\
name: {COLLECTION}
title: Many runs
match: {{headers: {{TELESCOP: TESTMANY}}}}
site: CTAO-North
simulated: true
reading: {{proposal_keyword: PROP_ID}}
data_rights: public
proposals:
  {_PROPOSAL}: {{title: For members, data_rights: proprietary, group: {GROUP}}}
"""


@contextmanager
def many_runs(archive: LiveArchive, root: Path) -> Iterator[dict[str, bool]]:
    """Have so many runs in an archive; take them out in the end.

    Parameters
    ----------
    archive
        The archive to ingest them into.
    root
        An empty folder.

    Yields
    ------
    dict
        Whether each is proprietary, by obs_id.
    """
    settings = archive.var / "etc" / "instruments" / "many.yaml"
    settings.write_text(_CONFIGURED, encoding="utf-8")
    try:
        # To simulate and to compress each of them would take most of a minute.
        plain = [
            gzip.decompress(simulated(_FIRST, proposal=proposal).content)
            for proposal in ("", _PROPOSAL)
        ]
        closed = {str(_FIRST + number): bool(number % 2) for number in range(NUMBER)}
        for obs_id, is_closed in closed.items():
            content = gzip.compress(_renamed(plain[is_closed], obs_id), 1, mtime=0)
            write_bytes(root / f"{obs_id}.fits.gz", content)
        done = archive.cta("ingest", root)
        assert done.returncode == 0, done.stderr
        yield closed
    finally:
        archive.cta("forget", root)
        settings.unlink()


def _renamed(content: bytes, obs_id: str) -> bytes:
    """Return a run under another number of as many digits, of the collection's telescope."""
    content = content.replace(b"'CTAO-SIM'", b"'TESTMANY'")
    return re.sub(rb"(?<=OBS_ID  = )( *)\d{6}", rb"\g<1>" + obs_id.encode(), content)
