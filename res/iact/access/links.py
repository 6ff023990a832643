"""Which links there are for a dataset (IVOA DataLink 1.1, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iact.access.dataset import Dataset, StoredProduct
from iact.access.elsewhere import Elsewhere
from iact.access.link import Access, Accesses, Link
from iact.access.linked import Linked
from iact.access.relations import documentation, other_lists
from iact.archive.site import FITS_MEDIA_TYPE
from iact.preview import stored

#: content_qualifier by kind of product, in the order of the rows; clients such as gammapy
#: look for these. GADF knows no term for good time intervals. rd/taplinks.rd and, for profile
#: hea, rd/views.rd have the same words for tables.
QUALIFIERS = {
    "events": "event-list",
    "aeff": "aeff",
    "edisp": "edisp",
    "psf": "psf",
    "bkg": "bkgrate",
    "rad_max": "rad_max",
}

_DESCRIPTIONS = {
    "events": "Event list with its good time intervals",
    "gti": "Good time intervals",
    "aeff": "Effective area",
    "edisp": "Energy dispersion",
    "psf": "Point spread function",
    "bkg": "Background rate",
    "rad_max": "Radius of the signal region by energy and offset",
}

_PREVIEWS = (
    ("#preview-image", "counts.png", "Counts map"),
    ("#preview-plot", "spectrum.png", "Spectrum of the events' energies"),
    ("#thumbnail", "thumbnail.png", "Counts map as a small picture"),
)

#: How much of an identifier is repeated in a sentence about it.
_SHOWN = 200


def links_of(
    linked: Linked, accesses: Accesses, server_url: str, services: Mapping[str, str]
) -> Iterator[Link]:
    """Yield the links of a dataset of ours.

    Parameters
    ----------
    linked
        The dataset.
    accesses
        To its files and previews.
    server_url
        Address of the server, without a slash at the end.
    services
        What the services do that cut its event list, by the IDs of their descriptors.
    """
    files = _Files(linked.dataset, accesses.files)
    yield from _products(linked.dataset, files)
    # Pictures and cuts are of event lists; who asks for a response gets no more than that.
    if linked.dataset.kind in ("events", "package"):
        yield from _previews(linked.dataset, _Files(linked.dataset, accesses.previews))
        yield from (files.service(*service) for service in services.items())
    yield from documentation(linked, server_url)
    yield from other_lists(linked, server_url)


def links_elsewhere(found: Elsewhere) -> Iterator[Link]:
    """Yield the links of a dataset that is not ours: what its table says of it."""
    auth = "" if found.is_protected is None else _text(found.is_protected)
    yield Link(
        found.did, "#this", found.title or "The dataset", found.access_url,
        content_type=found.media_type, link_auth=auth,
    )  # fmt: skip
    if found.preview:
        yield Link(found.did, "#preview", "Preview", found.preview)


def not_found(did: str) -> Link:
    """Return the row for an identifier that is not known."""
    shown = did if len(did) <= _SHOWN else f"{did[:_SHOWN]}… ({len(did)} characters)"
    message = f"NotFoundFault: there is no dataset {shown} in this archive"
    return Link(did, "#this", error_message=message)


def not_looked_up(did: str) -> Link:
    """Return the row for an identifier that other tables could not be asked for."""
    return Link(
        did, "#this",
        error_message="TransientFault: it is no dataset of Cherenkov telescopes, and the tables of"
        " other resources take too long now; ask for it alone, or later",
    )  # fmt: skip


class _Files:
    """Makes links to what is below one dataset's address."""

    def __init__(self, dataset: Dataset, access: Access) -> None:
        self._dataset, self._access = dataset, access

    def product(self, product: StoredProduct, semantics: str) -> Link:
        """Return the link of a product."""
        kind = product.kind
        if kind == "package":
            with_responses = self._dataset.has_responses
            return self.made(
                semantics, self._dataset.file_name(kind),
                "The whole file, as it was delivered"
                + (": event list and responses" if with_responses else ""),
                product.media_type, product.size, "event-bundle" if with_responses else
                "event-list", "package",
            )  # fmt: skip
        return self.made(
            semantics, self._dataset.file_name(kind), _DESCRIPTIONS[kind], product.media_type,
            qualifier=QUALIFIERS.get(kind, ""), label=kind,
        )  # fmt: skip

    def made(
        self, semantics: str, name: str, description: str, media_type: str,
        size: int | None = None, qualifier: str = "", label: str = "",
    ) -> Link:  # fmt: skip
        """Return a link to something by its file name."""
        return Link(
            self._dataset.did, semantics, f"{description}: {self._dataset.title}",
            self._access.address(self._dataset.url_path(name)), content_type=media_type,
            content_length=size, content_qualifier=qualifier, local_semantics=label,
            link_auth=_text(not self._access.is_open), link_authorized=self._access.is_allowed,
        )  # fmt: skip

    def service(self, descriptor: str, description: str) -> Link:
        """Return a link to a service that cuts the event list."""
        return Link(
            self._dataset.did, "#cutout", description, service_def=descriptor,
            content_type=FITS_MEDIA_TYPE, content_qualifier="event-list",
            local_semantics="cutout", link_auth=_text(not self._access.is_open),
            link_authorized=self._access.is_allowed,
        )  # fmt: skip


def _products(dataset: Dataset, files: _Files) -> Iterator[Link]:
    """Yield #this, and the other products by what they are to it."""
    asked, products = dataset.products[dataset.kind], dataset.products
    yield files.product(asked, "#this")
    if asked.kind == "package":
        yield files.product(products["events"], "#derivation")
    elif asked.file == dataset.package.file:
        yield files.product(dataset.package, "#package")
    if asked.kind in ("events", "package"):
        for kind in QUALIFIERS:
            if kind in products and kind != "events":
                yield files.product(products[kind], "#calibration")
        if "gti" in products:
            yield files.product(products["gti"], "#auxiliary")


def _previews(dataset: Dataset, files: _Files) -> Iterator[Link]:
    for semantics, name, description in _PREVIEWS:
        label = name.removesuffix(".png")
        yield files.made(
            semantics, dataset.free_name(name), description, stored.MEDIA_TYPE, label=label
        )


def _text(value: bool) -> str:
    return "true" if value else "false"
