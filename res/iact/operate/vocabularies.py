"""The few vocabulary terms that DaCHS looks up, for machines without a network.

DaCHS fetches IVOA vocabularies when it validates or publishes a resource. Where
it finds a file in its cache it uses that, so a file with the terms that this
project's descriptors use is put there. A vocabulary that DaCHS has fetched
itself is never touched.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

ROOT = "http://www.ivoa.net/rdf/"
FLAVOUR = "x-iact-excerpt"
REFRESH_SECONDS = 100 * 86400
"""DaCHS tries the network for files older than 375 days."""

TERMS: dict[str, dict[str, str]] = {
    "uat": {
        "gamma-ray-astronomy": "Gamma-ray astronomy",
        "gamma-ray-observatories": "Gamma-ray observatories",
        "gamma-ray-sources": "Gamma-ray sources",
        "high-energy-astrophysics": "High energy astrophysics",
        "cherenkov-radiation": "Cherenkov radiation",
        "observational-astronomy": "Observational astronomy",
        "surveys": "Surveys",
        "virtual-observatories": "Virtual observatories",
        "astronomical-simulations": "Astronomical simulations",
    },
    # DaCHS 2.11 publishes nothing without these two, whether their terms occur or not.
    "voresource/content_level": {"Research": "Research"},
    "product-type": {"event": "Event"},
}


def cache_name(vocabulary: str) -> str:
    """Return the name of a vocabulary's file in DaCHS's cache folder."""
    return (ROOT + vocabulary).replace("/", "=2F")


def excerpt(vocabulary: str) -> str:
    """Return the terms that are used here as desise JSON (Vocabularies in the VO 2, 3.2)."""
    return json.dumps(
        {
            "uri": ROOT + vocabulary,
            "flavour": FLAVOUR,
            "terms": {
                term: {"label": label, "description": f"{label}.", "wider": [], "narrower": []}
                for term, label in TERMS[vocabulary].items()
            },
        },
        indent=1,
    )


def seed(cache: Path) -> None:
    """Put the excerpts into DaCHS's cache where it has nothing better.

    Parameters
    ----------
    cache
        DaCHS's cache folder; it must exist.
    """
    for vocabulary in TERMS:
        path = cache / cache_name(vocabulary)
        if path.exists() and not _is_excerpt(path):
            continue
        if not path.exists() or path.read_text(encoding="utf-8") != excerpt(vocabulary):
            path.write_text(excerpt(vocabulary), encoding="utf-8")
        elif time.time() - path.stat().st_mtime > REFRESH_SECONDS:
            os.utime(path)


def _is_excerpt(path: Path) -> bool:
    return FLAVOUR in path.read_text(encoding="utf-8", errors="replace")
