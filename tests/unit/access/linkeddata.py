"""Datasets as the database would give them, for tests of links."""

from dataclasses import replace

from iact.access.dataset import Dataset, StoredFile, StoredProduct
from iact.access.decision import Rights
from iact.access.link import Access, Accesses
from iact.access.linked import Linked, Relative

DID = "ivo://x.test/~?cta/C%26A/7/{}"
SERVER = "http://server"
FILE = StoredFile("root", "a/b/run #7+.fits.gz", 1234, 5, "aa")
ROW = {
    "target_name": "O'Brien's <star>", "event_type": "", "s_ra": 83.5, "s_dec": 22.0,
    "s_fov": 5.0, "t_min": 60000.0, "t_max": 60000.02, "em_min": 1.2e-20, "em_max": 1.2e-17,
    "energy_min": 1e11, "energy_max": 1e14,
}  # fmt: skip


def product(kind, file=FILE):
    media_type = "application/gzip" if kind == "package" else "application/fits"
    size = 1234 if kind == "package" else 99
    hdu = "" if kind == "package" else kind.upper()
    return StoredProduct(DID.format(kind), kind, hdu, 1, "", size, "aa", media_type, file)


KINDS = ("package", "events", "gti", "aeff", "edisp", "psf", "bkg")


def dataset(kind="events", kinds=KINDS, **changes):
    products = {name: product(name) for name in kinds}
    made = Dataset(
        DID.format(kind), kind, "C&A", "7", "", "run <7> & more",
        Rights("public", None, ""), products,
    )  # fmt: skip
    return replace(made, **changes)


def linked(kind="events", **changes):
    made = Linked(
        dataset(kind), ROW, "The <collection>", True, ("https://doi.org/10.5281/zenodo.1",),
        True, (Relative("ivo://x.test/~?cta/B/7/events", "run 7 by B", False),),
    )  # fmt: skip
    return replace(made, **changes)


OPEN = Access(True, True, lambda path: SERVER + path)
CLOSED = Access(False, False, lambda path: SERVER + path)
SIGNED = Access(False, True, lambda path: f"{SERVER}{path}?for=mia&signature=00")


def open_to_all(_=None):
    return Accesses(OPEN, OPEN)


def closed(_=None):
    return Accesses(CLOSED, CLOSED)


def for_member(_=None):
    return Accesses(SIGNED, SIGNED)


def with_open_previews(_=None):
    return Accesses(CLOSED, OPEN)
