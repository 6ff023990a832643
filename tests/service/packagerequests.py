"""Asking for packages of many datasets, and unpacking them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import requests

from service.livearchive import LiveArchive

DID = "ivo://cta-demo.unregistered/~?cta/SIM-CTAO-N/{}/events"
#: Of all runs that see the Crab Nebula, the last two are proprietary.
CRAB = "SELECT obs_publisher_did FROM cta.vo_obscore WHERE target_name = 'Crab Nebula'"
SIMULATED = f"{CRAB} AND obs_collection = 'SIM-CTAO-N' AND obs_id < '200000'"
PUBLIC, PROPRIETARY = ("101001", "101002", "101003", "101004"), ("101005", "101006")

#: Name and password.
User = tuple[str, str] | None


def ask(
    archive: LiveArchive, user: User = None, method: str = "GET", **parameters: Any
) -> requests.Response:
    """Ask for a package; return the answer, which leads to it or says why there is none."""
    where: dict[str, Any] = {"params" if method == "GET" else "data": parameters}
    return requests.request(
        method, f"{archive.url}/cta/dl/package/custom",
        auth=user, allow_redirects=False, timeout=60, **where,
    )  # fmt: skip


def address(archive: LiveArchive, user: User = None, **parameters: Any) -> str:
    """Ask for a package that there is; return where it is."""
    answer = ask(archive, user, **parameters)
    assert answer.status_code == 303, answer.text
    assert answer.text.strip() == answer.headers["location"]
    return answer.headers["location"]


def for_everybody(archive: LiveArchive) -> tuple[str, bytes]:
    """Return address and bytes of a package without what is proprietary."""
    url = address(archive, QUERY=SIMULATED)
    return url, requests.get(url, timeout=60).content


def unpacked(url: str, folder: Path, user: User = None) -> Path:
    """Fetch a package and unpack it as people do; return the folder that it makes."""
    path = folder / url.rpartition("/")[2]
    words = ["curl", "-sSf", "-o", str(path), *(["-u", ":".join(user)] if user else []), url]
    subprocess.run(words, check=True, timeout=60)
    listed = subprocess.run(
        ["tar", "tf", path], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert {name.partition("/")[0] for name in listed} == {path.stem}
    subprocess.run(["tar", "xf", path, "-C", folder], check=True, timeout=60)
    made = folder / path.stem
    subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=made, check=True, timeout=60
    )
    summed = (made / "SHA256SUMS").read_text().splitlines()
    assert {line[66:] for line in summed} | {"SHA256SUMS"} == {
        name.partition("/")[2] for name in listed
    }
    return made


def runs_in(folder: Path) -> list[str]:
    """Return obs_id of the simulated runs in an unpacked package."""
    return sorted(path.name[4:10] for path in (folder / "data").rglob("sim_*.fits.gz"))


def left_out(folder: Path) -> dict[str, str]:
    """Return why datasets are not in an unpacked package, by identifier."""
    lines = (folder / "LEFT-OUT.txt").read_text().splitlines()
    return dict(line.split("\t") for line in lines if "\t" in line)
