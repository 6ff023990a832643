"""Which file an observation is taken from, where several offer it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from iact.archive.ledger import Key
from iact.archive.plan import checksum
from iact.dl3.observation import FileReport

#: Data root and path.
Place = tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """What is to become of a file.

    Parameters
    ----------
    report
        Of kind ``duplicate`` or ``quarantined`` where another file has the observation.
    replaces
        Files whose observations leave first: an earlier content of the same file, or one
        that has gone from disk.
    """

    report: FileReport
    replaces: tuple[Place, ...] = ()


class Decider:
    """What is in wins over what comes; a file changed in place replaces itself.

    Within one run the order of the calls decides, so callers go by sorted path.

    Parameters
    ----------
    data_root
        Name of the data root whose files are decided.
    owners
        File of each observation that is in; kept up to date here.
    roots
        Folders of all data roots.
    gone
        Paths of this data root that are not there any more.
    """

    def __init__(
        self,
        data_root: str,
        owners: dict[Key, Place],
        roots: Mapping[str, Path],
        gone: set[str],
    ) -> None:
        self._data_root = data_root
        self._owners = owners
        self._own = {path: key for key, (root, path) in owners.items() if root == data_root}
        self._roots = roots
        self._gone = {(data_root, path) for path in gone}
        self._sha256: dict[Place, str] = {}
        self._places: dict[tuple[str, str], list[Place]] = {}
        for (collection, obs_id, _), place in owners.items():
            self._places.setdefault((collection, obs_id), []).append(place)

    def forget(self, paths: Iterable[str]) -> None:
        """Take note that the observations of some files have left."""
        for path in paths:
            key = self._own.pop(path, None)
            if key is not None and self._owners.get(key) == (self._data_root, path):
                del self._owners[key]

    def is_free(self, collection: str, obs_id: str, changing: Collection[str]) -> bool:
        """Tell whether an observation may be there to take.

        Parameters
        ----------
        collection, obs_id
            The observation; of several event lists, one is enough.
        changing
            Paths of this data root that are read now: what they hold may change.
        """
        places = self._places.get((collection, obs_id), ())
        return not places or any(
            (root == self._data_root and path in changing) or self._has_left((root, path))
            for root, path in places
        )

    def decide(self, report: FileReport) -> Verdict:
        """Decide about one file."""
        if report.observation is None:
            return self._without_observation(report)
        place = (self._data_root, report.path)
        key = (report.collection, report.observation.obs_id, report.observation.event_type)
        owner = self._owners.get(key)
        replaces = [place] if report.path in self._own else []
        if owner is not None and owner != place:
            if not self._has_left(owner):
                return self._stand_back(report, owner)
            replaces.append(owner)
        self.forget([report.path])
        self._owners[key] = place
        self._own[report.path] = key
        self._sha256[place] = report.sha256
        return Verdict(report, tuple(replaces))

    def _without_observation(self, report: FileReport) -> Verdict:
        own = self._own.get(report.path)
        if own is None:
            return Verdict(report)
        if report.kind == "quarantined":
            # What was in stays in: the observation is still true, its file is not.
            return Verdict(
                replace(
                    report,
                    reason=f"{report.reason} (observation {own[1]} of {own[0]} is kept as this"
                    " file had it before; restore the file, or delete it and prune)",
                )
            )
        self.forget([report.path])
        return Verdict(report, ((self._data_root, report.path),))

    def _has_left(self, owner: Place) -> bool:
        root, path = owner
        if root == self._data_root:
            return owner in self._gone
        if root not in self._roots:
            return True
        if not self._roots[root].is_dir():
            # The whole root is away: a disk that is not mounted, not a file that has left.
            return False
        try:
            (self._roots[root] / path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            # Closed, or its disk fails: it may come back.
            return False
        return False

    def _stand_back(self, report: FileReport, owner: Place) -> Verdict:
        root, path = owner
        obs = report.observation
        assert obs is not None  # decide() has looked
        if self._content(owner) == report.sha256:
            verdict = replace(report, kind="duplicate", observation=None)
        else:
            where = path if root == self._data_root else f"{path} (data root {root})"
            verdict = replace(
                report,
                kind="quarantined",
                observation=None,
                reason=f"observation {obs.obs_id} of {report.collection} is already in, with other"
                f" content, from {where}; remove one of the two files",
                hdu="EVENTS",
                keyword="OBS_ID",
            )
        return self._give_up_own(verdict)

    def _content(self, place: Place) -> str:
        """Return the checksum of a file; empty where it cannot be read now."""
        if place not in self._sha256:
            root, path = place
            try:
                self._sha256[place] = checksum(self._roots[root] / path)
            except OSError:
                return ""
        return self._sha256[place]

    def _give_up_own(self, report: FileReport) -> Verdict:
        """A file that turned into a copy of another does not keep what it had."""
        replaces = ((self._data_root, report.path),) if report.path in self._own else ()
        self.forget([report.path])
        return Verdict(report, replaces)
