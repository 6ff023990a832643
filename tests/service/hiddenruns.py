"""Runs that are hidden until a release, with names that are found wherever they show."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.livearchive import LiveArchive
from service.simulatedruns import simulated, with_header, write_bytes

#: Part of every name that must not be seen.
SECRET = "zzsecret"
#: A collection that hides all that it has, and one of which only a proposal is hidden.
HIDDEN, OPEN = f"{SECRET}-collection", "TEST-OPEN"
SITE, OBS_ID, TARGET, PROPOSAL = (f"{SECRET}-{what}" for what in ("hill", "run", "grb", "too"))
NEVER = "2100-01-01"

_SITES = f"""\
sites:
  {SITE}: {{title: {SECRET} hill, longitude: 10, latitude: 20, altitude: 30}}
"""

_HIDDEN = f"""\
name: {HIDDEN}
title: {SECRET} title
match: {{headers: {{TELESCOP: {SECRET}}}}}
site: {SITE}
processing: {{reco_method: {SECRET} method}}
data_rights: proprietary
release_date: DATE
hide_until_release: true
"""

_OPEN = f"""\
name: {OPEN}
title: A collection that everybody sees
match: {{headers: {{TELESCOP: TEST-OPEN}}}}
reading: {{proposal_keyword: PROP_ID}}
processing: {{reco_method: TEST-OPEN}}
data_rights: public
proposals:
  {PROPOSAL}:
    title: {SECRET} burst
    data_rights: proprietary
    release_date: DATE
    hide_until_release: true
  TEST-SEEN:
    title: A proposal that everybody sees
    data_rights: proprietary
"""


class HiddenRuns:
    """A data root with hidden and open runs, and the collections that they belong to.

    Parameters
    ----------
    archive
        The archive to ingest them into.
    root
        An empty folder.
    """

    #: Of the run of `HIDDEN`, and of the hidden run of `OPEN`.
    KEYS = ((HIDDEN, OBS_ID), (OPEN, f"{OBS_ID}-2"))

    def __init__(self, archive: LiveArchive, root: Path) -> None:
        self.archive, self.root = archive, root
        self._settings = archive.var / "etc" / "instruments"

    def write(self) -> None:
        """Write a hidden run of either collection, and two runs that everybody sees."""
        runs = {
            f"{SECRET}-1": (940001, {"TELESCOP": SECRET, "OBS_ID": OBS_ID}),
            f"{SECRET}-2": (940002, {"OBS_ID": f"{OBS_ID}-2", "PROP_ID": PROPOSAL}),
            "open": (940003, {}),
            "seen": (940004, {"PROP_ID": "TEST-SEEN"}),
        }
        for name, (number, cards) in runs.items():
            target = TARGET if SECRET in name else "Crab Nebula"
            common = {"TELESCOP": "TEST-OPEN", "OBJECT": target}
            content = with_header(simulated(number).content, **(common | cards))
            write_bytes(self.root / f"{name}.fits.gz", content)

    def configure(self, date: str) -> None:
        """Have the hidden runs released at a date."""
        for name, text in {"sites": _SITES, "hidden": _HIDDEN, "open": _OPEN}.items():
            path = self._settings / f"{name}.yaml"
            assert name != "sites" or not path.exists() or SITE in path.read_text("utf-8")
            path.write_text(text.replace("DATE", date), encoding="utf-8")

    def ingest(self) -> None:
        """Read the data root."""
        done = self.archive.cta("ingest", self.root)
        assert done.returncode == 0, done.stderr

    def remove(self) -> None:
        """Take all of it out of the archive."""
        self.archive.cta("forget", self.root)
        for name in ("sites", "hidden", "open"):
            (self._settings / f"{name}.yaml").unlink(missing_ok=True)

    def release_in(self, seconds: float) -> Release:
        """Have the hidden runs released in a while, and read them again."""
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        self.configure(f"{moment:%Y-%m-%dT%H:%M:%S}")
        self.ingest()
        return Release(moment)


class Release:
    """A date some seconds ahead."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def is_over(self) -> bool:
        """Tell whether it has come."""
        return datetime.now(UTC) >= self.moment

    def wait(self) -> None:
        """Wait until it has come."""
        time.sleep(max(0.0, (self.moment - datetime.now(UTC)).total_seconds()) + 0.2)
