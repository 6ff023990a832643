"""What the archive knows about a group of files that their headers do not say."""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import json
import numbers
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from iact.dl3.observation import ReadingRules

#: The date of what is hidden until somebody gives it a date.
NEVER = datetime.max


@dataclass(frozen=True)
class Site:
    """An observatory's place: degrees east, degrees north, metres above sea level."""

    name: str
    title: str
    longitude: float
    latitude: float
    altitude: float


@dataclass(frozen=True)
class Rights:
    """Who may read data: ObsCore's rights, the release (UTC, without zone) and a group.

    `group` is the one that reads before the release; empty: nobody does. Of data with
    `hide_until_release` nobody learns before it that they are there.
    """

    data_rights: str
    release_date: datetime | None = None
    group: str = ""
    hide_until_release: bool = False

    @property
    def hidden_until(self) -> datetime | None:
        """Until when nobody learns of the data (UTC, without zone); None: they are not hidden.

        Without a release date that is `NEVER`, unless they are public anyway.
        """
        if not self.hide_until_release:
            return None
        return self.release_date or (None if self.data_rights == "public" else NEVER)


@dataclass(frozen=True)
class Proposal:
    """An observing proposal; empty `data_rights`, no `hide_until_release`: the collection's."""

    proposal_id: str
    title: str = ""
    proposal_type: str = ""
    contact: str = ""
    group: str = ""
    data_rights: str = ""
    release_date: datetime | None = None
    hide_until_release: bool | None = None


@dataclass(frozen=True)
class Processing:
    """How event lists of the collection were made, where headers do not say; empty: unknown."""

    calib_version: str = ""
    reco_version: str = ""
    reco_method: str = ""
    applied_cuts: str = ""
    spectral_model: str = ""
    data_quality: str = ""


@dataclass(frozen=True)
class Condition:
    """Path globs, of which one must fit, and header patterns, which all must."""

    paths: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def fits(self, path: str, headers: Mapping[str, object]) -> bool:
        """Tell whether a file fits; see `CollectionSet.choose`."""
        return (not self.paths or any(_path_glob(glob).match(path) for glob in self.paths)) and all(
            _header_fits(header_text(headers, keyword), patterns)
            for keyword, patterns in self.headers.items()
        )


@dataclass(frozen=True)
class Match:
    """Which files belong to a collection: those that fit one of the alternatives."""

    alternatives: tuple[Condition, ...] = ()

    def fits(self, path: str, headers: Mapping[str, object]) -> bool:
        """Tell whether a file fits; see `CollectionSet.choose`."""
        return any(condition.fits(path, headers) for condition in self.alternatives)


@dataclass(frozen=True)
class Collection:
    """What is common to the files of one instrument or data release.

    Parameters
    ----------
    name
        ``obs_collection``; part of every identifier, so it never changes.
    facility_name, instrument_name
        Instead of what headers say; empty: the header's TELESCOP and INSTRUME hold.
    site
        Name of a `Site`; empty: unknown.
    rules
        For the reader.
    data_rights, release_date, group, hide_until_release
        Of files without a proposal; `rights` is what to ask.
    open_previews
        Whether everybody may see previews of data that not everybody may read.
    creator
        Who made the files.
    references
        Bibcodes, DOIs or URLs.
    proposals
        By identifier.
    """

    name: str
    title: str
    description: str = ""
    facility_name: str = ""
    instrument_name: str = ""
    site: str = ""
    sub_array_name: str = ""
    run_type: str = ""
    simulated: bool = False
    ctao_level: str = "DL3"
    rules: ReadingRules = field(default_factory=ReadingRules)
    processing: Processing = Processing()
    data_rights: str = "proprietary"
    release_date: datetime | None = None
    group: str = ""
    hide_until_release: bool = False
    open_previews: bool = False
    creator: str = ""
    licence: str = ""
    terms_of_use: str = ""
    references: tuple[str, ...] = ()
    proposals: Mapping[str, Proposal] = field(default_factory=dict, hash=False)
    match: Match = Match()

    @functools.cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that change when anything in the collection does."""
        content = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def rights(self, proposal_id: str = "") -> Rights:
        """Return the rights of files of one proposal.

        A proposal without ``data_rights`` has the collection's, with its date. One
        with ``data_rights`` has its own date only: the collection's must not release
        what the proposal keeps. The group is the proposal's, else the collection's, and
        so is whether the data are hidden until their release.

        Parameters
        ----------
        proposal_id
            As the header has it; empty where there is none.

        Returns
        -------
        Rights
            The collection's for an unknown proposal, unless the collection is public
            and lists proposals: then a proposal that was not listed (yet) is proprietary.
        """
        own = Rights(self.data_rights, self.release_date, self.group, self.hide_until_release)
        if not proposal_id:
            return own
        proposal = self.proposals.get(proposal_id)
        if proposal is None:
            unlisted = self.proposals and self.data_rights == "public"
            return replace(own, data_rights="proprietary", release_date=None) if unlisted else own
        group, hide = proposal.group or self.group, proposal.hide_until_release
        hide = self.hide_until_release if hide is None else hide
        if proposal.data_rights:
            return Rights(proposal.data_rights, proposal.release_date, group, hide)
        return Rights(self.data_rights, proposal.release_date or self.release_date, group, hide)


def header_text(headers: Mapping[str, object], keyword: str) -> str:
    """Return a header's value as stripped text; empty where there is none."""
    value = headers.get(keyword)
    return str(value).strip() if isinstance(value, str | numbers.Real) else ""


def _header_fits(text: str, patterns: tuple[str, ...]) -> bool:
    if not text:
        return "" in patterns
    return any(fnmatch.fnmatchcase(text.casefold(), pattern.casefold()) for pattern in patterns)


@functools.lru_cache(maxsize=1024)
def _path_glob(glob: str) -> re.Pattern[str]:
    """Return the expression for a path glob, with ``**`` for any number of folders."""
    expression = "" if "/" in glob else "(?:.*/)?"
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", glob, re.DOTALL):
        if part == "**/":
            expression += "(?:.*/)?"
        elif part == "**":
            expression += ".*"
        elif part in ("*", "?"):
            expression += "[^/]" + ("*" if part == "*" else "")
        elif len(part) > 1:
            # fnmatch knows how to write a character class; \Z and flags are cut off.
            expression += fnmatch.translate(part).removeprefix("(?s:").rpartition(")")[0]
        else:
            expression += re.escape(part)
    return re.compile(expression + r"\Z", re.DOTALL)
