"""What an operator sees of a data centre: versions, addresses, contents, room."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

import iact
from iact.archive.site import SiteConfig
from iact.errors import CtaError
from iact.operate import cluster, gavo_root, server, settings
from iact.operate.database import archive_counts
from iact.operate.layout import Layout

_LABELS = {
    "observations": "Observations",
    "products": "Products",
    "collections": "Collections",
    "files": "Files seen",
    "quarantined": "Quarantined",
    "last_import": "Last import",
}


def lines(layout: Layout, answers: bool) -> list[str]:
    """Return the report, one line for each fact.

    Parameters
    ----------
    layout
        The data centre, set up.
    answers
        Whether its web server answers.
    """
    site = SiteConfig.load(layout.site_config)
    listening = settings.load(layout.server_settings)
    url = gavo_root.server_url(site, listening)
    facts = {
        "Archive": f"{site.name} (ivo://{site.authority}) in {layout.var}",
        "Web server": _server_state(layout, answers),
        "Database": _database_state(layout),
        "TAP": f"{url}/tap",
        "Search form": f"{url}/cta/q/form/form",
        "Query form": f"{url}/__system__/adql/query/form",
        "Listens on": f"{listening.bind_address} port {listening.port}",
        **contents(_counts(layout)),
        "Data roots": ", ".join(str(root.path) for root in site.data_roots) or "none yet",
        **_room(layout),
        **_versions(layout),
    }
    width = max(map(len, facts)) + 2
    return [f"{label:<{width}}{value}" for label, value in facts.items()]


def _server_state(layout: Layout, answers: bool) -> str:
    if answers:
        return "running"
    if not server.is_running(layout):
        return "not running; `bin/cta start` starts it"
    return f"running, but it does not answer; see {layout.server_log}"


def _database_state(layout: Layout) -> str:
    return "running" if cluster.is_running(layout) else "not running; `bin/cta start` starts it"


def _counts(layout: Layout) -> Mapping[str, object] | None:
    return archive_counts(layout) if cluster.is_running(layout) else None


def contents(counts: Mapping[str, object] | None) -> dict[str, str]:
    """Return what is in the archive by label.

    Parameters
    ----------
    counts
        From `iact.operate.database.archive_counts`; None where they are not to be had.
    """
    if counts is None:
        return {"Contents": "known when the database runs"}
    facts = {label: str(counts[key]) for key, label in _LABELS.items()}
    if counts["last_import"] is None:
        facts["Last import"] = "none yet; `bin/cta ingest FOLDER` makes one"
    else:
        facts["Last import"] = f"{counts['last_import']:%Y-%m-%d %H:%M:%S} UTC"
    if counts["hidden"]:
        facts["Observations"] += f"; {counts['hidden']} of them are hidden from users now"
    if counts["quarantined"]:
        facts["Quarantined"] += "; `bin/cta files --class quarantined` says why"
    return facts


def _room(layout: Layout) -> dict[str, str]:
    free = shutil.disk_usage(layout.var).free
    return {
        "Disk used": f"{megabytes(size_below(layout.var))} (database"
        f" {megabytes(size_below(layout.pg))})",
        "Disk free": megabytes(free),
    }


def size_below(folder: Path) -> int:
    """Return how many bytes of disk a folder's files take."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_blocks * 512
            except FileNotFoundError:
                # A running database makes and removes files all the time.
                continue
    return total


def megabytes(size: int) -> str:
    """Return a size in bytes as megabytes for people."""
    return f"{size / 1e6:,.0f} MB"


def _versions(layout: Layout) -> dict[str, str]:
    return {
        "Software": f"iact {iact.__version__}, code in {layout.code}",
        "DaCHS": gavo_root.dachs_version(),
        "PostgreSQL": _postgres(layout),
        "Python": f"{platform.python_version()}, astropy {importlib.metadata.version('astropy')}",
    }


def _postgres(layout: Layout) -> str:
    try:
        return cluster.server_version(layout)
    except CtaError as error:
        return str(error)
