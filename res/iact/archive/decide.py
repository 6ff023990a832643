"""Which file an observation is taken from, where several offer it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from iact.archive.ledger import Key, Owner
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
        owners: dict[Key, Owner],
        roots: Mapping[str, Path],
        gone: set[str],
    ) -> None:
        self._data_root = data_root
        self._owners = owners
        self._own = {
            owner.path: key for key, owner in owners.items() if owner.data_root == data_root
        }
        self._roots = roots
        self._gone = {(data_root, path) for path in gone}
        #: By path: what a file wanted, and the owner then.
        self._stood_back: dict[str, tuple[Key, Owner, str]] = {}
        #: What files had that hold another's observation now: whoever brings it may have it.
        self._offered: dict[Key, Owner] = {}
        #: What files have that cannot be read any more: a copy of the old bytes may have it.
        self._broken: set[Key] = set()
        #: Files whose reasons say that something is kept that others have taken by now.
        self._poorer: set[str] = set()

    @cached_property
    def _before(self) -> dict[tuple[str, str], list[Owner]]:
        """Whose each observation, its event lists together, is before the first decision."""
        found: dict[tuple[str, str], list[Owner]] = {}
        for (collection, obs_id, _), owner in self._owners.items():
            found.setdefault((collection, obs_id), []).append(owner)
        return found

    def forget(self, paths: Iterable[str]) -> None:
        """Take note that the observations of some files have left."""
        for path in paths:
            key = self._own.pop(path, None)
            if key is None:
                continue
            owner = self._owners.get(key)
            if owner is not None and (owner.data_root, owner.path) == (self._data_root, path):
                del self._owners[key]

    def is_free(self, collection: str, obs_id: str, changing: Collection[str]) -> bool:
        """Tell whether an observation may be there to take; asked before the first decision.

        Parameters
        ----------
        collection, obs_id
            The observation; of several event lists, one is enough.
        changing
            Paths of this data root that are read now: what they hold may change.
        """
        before = self._before.get((collection, obs_id), ())
        return not before or any(
            (owner.data_root == self._data_root and owner.path in changing) or self._has_left(owner)
            for owner in before
        )

    def freed(self) -> list[str]:
        """Return files that stood back and are to be decided again.

        The one they stood back behind gave the observation up later, has other content now,
        or cannot be read while they have its bytes; or another has taken what they had
        before, which their reason says is kept.
        """
        again = {path for path, stood in self._stood_back.items() if self._differs(*stood)}
        return sorted(again | self._poorer)

    def _differs(self, key: Key, behind: Owner, sha256: str) -> bool:
        return self._owners.get(key) != behind or self._is_copy(key, behind, sha256)

    def _is_copy(self, key: Key, owner: Owner, sha256: str) -> bool:
        """Tell whether bytes are those of an owner that has lost them."""
        return key in self._broken and owner.sha256 == sha256

    def settle(self) -> None:
        """Give back what was offered and nobody has taken: it stays in the archive."""
        for key, owner in self._offered.items():
            self._owners[key] = owner
            self._own[owner.path] = key
        self._offered.clear()

    def decide(self, report: FileReport) -> Verdict:
        """Decide about one file."""
        if report.observation is None:
            return self._without_observation(report)
        mine = Owner(self._data_root, report.path, report.sha256)
        key = (report.collection, report.observation.obs_id, report.observation.event_type)
        owner = self._owners.get(key)
        had = [key for key, old in self._offered.items() if old.path == report.path]
        replaces = [(self._data_root, report.path)] if had or report.path in self._own else []
        if owner is not None and (owner.data_root, owner.path) != (self._data_root, report.path):
            copied = self._is_copy(key, owner, report.sha256)
            if not copied and not self._has_left(owner):
                self._stood_back[report.path] = (key, owner, report.sha256)
                return self._stand_back(report, owner)
            replaces.append((owner.data_root, owner.path))
            if owner.data_root == self._data_root:
                del self._own[owner.path]
            if copied:
                self._broken.remove(key)
                self._poorer.add(owner.path)
        if key in self._offered:
            giver = self._offered.pop(key).path
            replaces.append((self._data_root, giver))
            self._poorer.add(giver)
        for old in had:
            self._offered.pop(old, None)
        self.forget([report.path])
        self._stood_back.pop(report.path, None)
        self._owners[key] = mine
        self._own[report.path] = key
        return Verdict(report, tuple(replaces))

    def _without_observation(self, report: FileReport) -> Verdict:
        own = self._own.get(report.path)
        if own is None:
            return Verdict(report)
        if report.kind == "quarantined":
            # What was in stays in: the observation is still true, its file is not.
            self._broken.add(own)
            return Verdict(replace(report, reason=report.reason + _kept(own)))
        self.forget([report.path])
        return Verdict(report, ((self._data_root, report.path),))

    def _has_left(self, owner: Owner) -> bool:
        if owner.data_root == self._data_root:
            return (owner.data_root, owner.path) in self._gone
        root = self._roots.get(owner.data_root)
        if root is None:
            # Not registered any more: that its rows may go is for the operator to say.
            return False
        try:
            if not any(root.iterdir()):
                # The whole root is away: a disk that is not mounted, not a file that has left.
                return False
            (root / owner.path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return root.is_dir()
        except OSError:
            # Closed, or its disk fails: it may come back.
            return False
        return False

    def _stand_back(self, report: FileReport, owner: Owner) -> Verdict:
        obs = report.observation
        assert obs is not None  # decide() has looked
        had = self._own.get(report.path)
        if owner.sha256 == report.sha256 and had is None:
            return Verdict(replace(report, kind="duplicate", observation=None))
        where = owner.path
        if owner.data_root not in self._roots:
            where += (
                f" of the data root {owner.data_root}, which is not registered any more"
                f" (`bin/cta forget {owner.data_root}` removes what came from it)"
            )
        elif owner.data_root != self._data_root:
            where += f" (data root {owner.data_root})"
        content = "the same content" if owner.sha256 == report.sha256 else "other content"
        reason = (
            f"observation {obs.obs_id} of {report.collection} is already in, with {content},"
            f" from {where}; remove one of the two files"
        )
        if had is not None:
            reason += _kept(had)
            self._offer(report.path, had)
        return Verdict(
            replace(
                report,
                kind="quarantined",
                observation=None,
                reason=reason,
                hdu="EVENTS",
                keyword="OBS_ID",
            )
        )

    def _offer(self, path: str, key: Key) -> None:
        """Let another file of this run have what a file that stands back had before.

        Two files may have changed places. If none comes for it, it stays.
        """
        self._offered[key] = self._owners.pop(key)
        del self._own[path]


def _kept(key: Key) -> str:
    collection, obs_id, _ = key
    return (
        f" (observation {obs_id} of {collection} is kept as this file had it before; restore"
        " the file, or delete it and prune)"
    )
