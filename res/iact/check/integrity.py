"""The bytes of a file: checksums, padding, and whether its name tells its compression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from iact.archive.scan import FITS_SUFFIXES
from iact.check.findings import NOTE, WARNING, Finding
from iact.check.opened import OpenedFile
from iact.check.specification import ARCHIVE, FITS
from iact.dl3.container import BLOCK, Hdu
from iact.dl3.integrity import ALL_ONES, ones_complement_sum

_CHECKSUM = f"{FITS}, section 4.4.2.7"


def check_bytes(opened: OpenedFile) -> Iterator[Finding]:
    """Yield what is wrong with a file's bytes and name.

    Parameters
    ----------
    opened
        The file.
    """
    yield from _check_name(opened)
    for section in opened.sections:
        yield from _check_data_sum(section.hdu)
    used = sum(len(section.hdu.content) for section in opened.sections)
    last = opened.sections[-1].hdu
    if used % BLOCK:
        yield Finding(
            WARNING, "file.padding", last.label, "", f"ends {used % BLOCK} bytes into a block",
            f"blocks of {BLOCK} bytes", f"{FITS}, section 3.1",
        )  # fmt: skip


def _check_name(opened: OpenedFile) -> Iterator[Finding]:
    name = PurePosixPath(opened.stored.path).name.lower()
    if not name.endswith(FITS_SUFFIXES):
        yield Finding(
            WARNING, "file.name", "", "", "a name by which ingestion does not find the file",
            f"one that ends in {', '.join(FITS_SUFFIXES)}", ARCHIVE,
        )  # fmt: skip
    if name.endswith(".gz") and not opened.stored.compressed:
        yield Finding(
            NOTE, "file.compression", "", "", "the name ends in .gz, the file is not compressed",
            "a name that tells", "RFC 1952",
        )  # fmt: skip
    elif opened.stored.compressed and not name.endswith(".gz"):
        yield Finding(
            NOTE, "file.compression", "", "", "compressed, and the name does not tell",
            "a name that ends in .gz", "RFC 1952",
        )  # fmt: skip


def _check_data_sum(hdu: Hdu) -> Iterator[Finding]:
    """Verify DATASUM where it is; an empty value means: not known. CHECKSUM is ingestion's."""
    stated = str(hdu.value("DATASUM") if hdu.value("DATASUM") is not None else "")
    if not stated:
        return
    # The header is whole blocks; what is left of the content is padding.
    header = (len(hdu.content) - len(hdu.data)) // BLOCK * BLOCK
    found = ones_complement_sum(hdu.content[header:])
    # All bits set is another zero in this arithmetic.
    if not re.fullmatch(r"\d+", stated) or (int(stated) - found) % ALL_ONES:
        yield Finding(
            WARNING, "checksum", hdu.label, "DATASUM", f"{stated}; the data sum up to {found}",
            str(found), _CHECKSUM,
        )  # fmt: skip
