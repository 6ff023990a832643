"""Text files that are written whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path


def write_if_changed(path: Path, text: str) -> bool:
    """Write a text file whole or not at all; return whether it was necessary."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_bytes(path, text.encode())
    return True


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that is there keeps its mode."""
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_bytes(content)
        if path.exists():
            shutil.copymode(path, fresh)
    except OSError:
        # A full disk: what there was of it helps nobody.
        fresh.unlink(missing_ok=True)
        raise
    fresh.replace(path)
