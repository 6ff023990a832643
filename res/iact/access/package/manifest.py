"""What is in a package, written down once: from then on its bytes are fixed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Any

from iact.access.dataset import StoredFile
from iact.access.package.tar import Member, Tar

#: A change of how manifests become tars raises it: their ETags must be others.
_VERSION = 1
_NANOSECONDS = 10**9


@dataclass(frozen=True)
class Manifest:
    """What is in a package.

    Parameters
    ----------
    dids
        Identifiers of the datasets, whose rights are asked for at each request.
    documents
        Path in the package and content of what was made for it, in their order in the tar.
    files
        Path in the package, and the file of the archive.
    """

    dids: tuple[str, ...]
    documents: tuple[tuple[str, bytes], ...]
    files: tuple[tuple[str, StoredFile], ...]

    def _plain(self) -> dict[str, Any]:
        return {
            "version": _VERSION,
            "dids": self.dids,
            "documents": [
                (name, base64.b64encode(content).decode("ascii"))
                for name, content in self.documents
            ],
            "files": [(name, *astuple(file)) for name, file in self.files],
        }

    def to_bytes(self) -> bytes:
        """Return the manifest as compressed JSON."""
        return gzip.compress(json.dumps(self._plain()).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest | None:
        """Read what `to_bytes` made; None where another version of this software made it."""
        plain = json.loads(gzip.decompress(content))
        if plain["version"] != _VERSION:
            return None
        return cls(
            tuple(plain["dids"]),
            tuple((name, base64.b64decode(text)) for name, text in plain["documents"]),
            tuple((name, StoredFile(*values)) for name, *values in plain["files"]),
        )

    @cached_property
    def package_id(self) -> str:
        """32 hexadecimal digits that stand for every byte of the package."""
        return hashlib.sha256(json.dumps(self._plain()).encode()).hexdigest()[:32]

    @property
    def folder(self) -> str:
        """Name of the folder that the package unpacks to."""
        return f"dl3-{self.package_id[:8]}"

    @property
    def file_name(self) -> str:
        """Name of the package as a file."""
        return f"{self.folder}.tar"

    def tar(self) -> Tar:
        """Return the package; documents are as old as the newest file."""
        mtimes = [file.mtime_ns // _NANOSECONDS for _, file in self.files]
        folder = self.folder
        return Tar(
            [
                *(
                    Member(f"{folder}/{name}", max(mtimes, default=0), content)
                    for name, content in self.documents
                ),
                *(
                    Member(f"{folder}/{name}", mtime, file)
                    for (name, file), mtime in zip(self.files, mtimes, strict=True)
                ),
            ]
        )
