"""Text files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_if_changed(path: Path, text: str) -> bool:
    """Write a text file whole or not at all; return whether it was necessary."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(text, encoding="utf-8")
    except OSError:
        # A full disk: what there was of it helps nobody.
        fresh.unlink(missing_ok=True)
        raise
    fresh.replace(path)
    return True
