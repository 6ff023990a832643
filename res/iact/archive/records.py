"""What the Registry is told about the archive, as DaCHS's metadata.

There is one record for each collection, because that is what people look for: each has its
own creator, licence, references and part of the sky. All lead to the one TAP service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from iact.archive.coverage import Coverage

#: Names of Creative Commons' licences as collections write them.
_CREATIVE_COMMONS = re.compile(r"CC0 1\.0|CC BY(-NC)?(-SA|-ND)? [1-4]\.[05]")
_SPDX = "https://spdx.org/licenses/{}.html"

_BIBCODE = re.compile(r"[0-9]{4}[A-Za-z&.]{5}[A-Za-z0-9.]{9}[A-Z.]")
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)

_PROTECTED = (
    "Some files are protected: data_rights and obs_release_date in the table say which and until"
    " when."
)


@dataclass(frozen=True)
class CollectionText:
    """What a collection says about itself: a row of ``cta.collection``.

    Parameters
    ----------
    name
        ``obs_collection``.
    title, description, creator, licence, terms_of_use
        Empty where the collection says nothing.
    references
        Bibcodes, DOIs and addresses.
    simulated
        Whether its events were simulated.
    """

    name: str
    title: str = ""
    description: str = ""
    creator: str = ""
    licence: str = ""
    terms_of_use: str = ""
    references: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys of the collection's YAML file that a record of its own needs and that are empty."""
        needed = {"title": self.title, "description": self.description, "creator": self.creator}
        return tuple(key for key, value in needed.items() if not value)


def collection_meta(
    collection: CollectionText, coverage: Coverage, page: str
) -> list[tuple[str, str]]:
    """Return names and values of the metadata of one collection's record.

    Parameters
    ----------
    collection
        What it says about itself.
    coverage
        What is in the archive of it.
    page
        Where people read about it, if the collection names no page of its own.
    """
    subjects = ["gamma-ray-astronomy", "high-energy-astrophysics"]
    if collection.simulated:
        subjects.append("astronomical-simulations")
    rows = f"these are the rows with obs_collection = '{collection.name}'"
    if coverage.is_in_obscore:
        where = f"In the tables cta.vo_obscore and ivoa.obscore, {rows}."
    else:
        where = f"In the table cta.vo_obscore, {rows}; ivoa.obscore has none of them."
    pages = [text for text in collection.references if _is_page(text)]
    return [
        ("title", collection.title),
        ("description", f"{collection.description} {where}"),
        # Of several, separated by semicolons, DaCHS makes one creator each.
        ("creator", collection.creator),
        *(("subject", subject) for subject in subjects),
        ("type", "Simulation" if collection.simulated else "Archive"),
        ("referenceURL", (pages or [page])[0]),
        *_references(collection.references),
        *_rights(collection, coverage.is_protected),
        *coverage_meta(coverage),
    ]


def coverage_meta(coverage: Coverage) -> Iterator[tuple[str, str]]:
    """Yield metadata of what is covered (VODataService 1.2 section 3.2), and of instruments."""
    if coverage.spatial:
        yield "coverage.spatial", coverage.spatial
    for start, stop in coverage.temporal:
        yield "coverage.temporal", f"{start:.5f} {stop:.5f}"
    if coverage.spectral:
        yield "coverage.spectral", "{:.6g} {:.6g}".format(*coverage.spectral)
    yield "coverage.waveband", "Gamma-ray"
    for name in coverage.facilities:
        yield "facility", name
    for name in coverage.instruments:
        yield "instrument", name
    if coverage.updated:
        yield "_dataUpdated", coverage.updated


def stream(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values as DaCHS's stream of metadata, a line for each.

    Parameters
    ----------
    pairs
        A backslash in a value would begin one of DaCHS's macros, and a line's end the
        next name: both are replaced.
    """
    return "\n".join(
        f"{key}: {' '.join(value.replace(chr(92), '/').split())}" for key, value in pairs
    )


def licence_uri(licence: str) -> str:
    """Return the address of a licence (VOResource 1.1 section 3.2.1); empty if it is not known.

    Parameters
    ----------
    licence
        One of Creative Commons' by its short name, such as ``CC BY 4.0``, or an address.
    """
    if _CREATIVE_COMMONS.fullmatch(licence):
        return _SPDX.format(licence.replace(" ", "-"))
    return licence if licence.startswith(("http://", "https://")) else ""


def reference_url(reference: str) -> str:
    """Return where a reference of a collection can be read; empty if that is not known.

    Parameters
    ----------
    reference
        A bibcode, which leads to ADS, a DOI or an address.
    """
    if found := _DOI.fullmatch(reference):
        return f"https://doi.org/{quote(found[1], safe='/')}"
    if _BIBCODE.fullmatch(reference):
        return f"https://ui.adsabs.harvard.edu/abs/{quote(reference, safe='')}/abstract"
    return reference if _is_page(reference) else ""


def _rights(collection: CollectionText, is_protected: bool) -> Iterator[tuple[str, str]]:
    if collection.licence:
        yield "rights", collection.licence
        if uri := licence_uri(collection.licence):
            yield "rights.rightsURI", uri
    if collection.terms_of_use:
        yield "rights", collection.terms_of_use
    if is_protected:
        yield "rights", _PROTECTED


def _is_page(reference: str) -> bool:
    return reference.startswith(("http://", "https://")) and not _DOI.fullmatch(reference)


def _references(references: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield one bibliographic source, a bibcode if there is one; the others are cited.

    VOResource 1.1 has room for one source.
    """
    written = [_reference(text) for text in references if not _is_page(text)]
    bibcodes = [text for text in written if _BIBCODE.fullmatch(text)]
    for source in (bibcodes or written)[:1]:
        yield "source", source
        for other in written:
            if other != source:
                yield "cites", other


def _reference(text: str) -> str:
    """Return a DOI as VOResource 1.1 writes it, others as they are."""
    found = _DOI.fullmatch(text)
    return f"doi:{found[1]}" if found else text
