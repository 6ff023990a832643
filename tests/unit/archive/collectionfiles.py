"""Files of collections, such as operators write."""

from __future__ import annotations

from pathlib import Path

MINIMAL = """\
name: EX
title: Example
match:
  headers:
    TELESCOP: EX
data_rights: public
"""

SITE = """\
sites:
  Hill:
    title: A hill
    longitude: 10
    latitude: -20.5
    altitude: 1000
"""


def folder(path: Path, **files: str) -> Path:
    """Write files into a folder, by their names without ending."""
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path
