"""What ingestion is compared with: others that do the same or less with the same files.

``python3 -m bench.rivals hash|astropy|list FOLDER``: does it once on all cores (``list`` on
one) and prints the seconds as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np


def decompress_and_hash(path: Path) -> str:
    """Do what any reader must do at least: decompress a file, take its checksum."""
    content = path.read_bytes()
    zlib.decompressobj(wbits=31).decompress(content)
    return hashlib.sha256(content).hexdigest()


def read_with_astropy(path: Path) -> dict[str, Any]:
    """Read the fields that ingestion reads, as one writes it with astropy alone."""
    from astropy.io import fits
    from astropy.time import Time, TimeDelta

    with fits.open(path) as hdus:
        events, gti = hdus["EVENTS"], hdus["GTI"]
        header = {key: events.header.get(key) for key in _KEYWORDS}
        scale = header["TIMESYS"].lower()
        zero = Time(header["MJDREFI"], header["MJDREFF"], format="mjd", scale=scale)
        start, stop = (
            (zero + TimeDelta(gti.data[name], format="sec")).tt.mjd for name in ("START", "STOP")
        )
        finite = np.isfinite(events.data["TIME"]).all()
        aeff, edisp, psf, bkg = (hdus[name].data for name in ("AEFF", "EDISP", "PSF", "BKG"))
        axes = {
            "aeff": (aeff["ENERG_LO"][0], aeff["ENERG_HI"][0], aeff["THETA_HI"][0]),
            "bkg": (bkg["DETX_LO"][0], bkg["DETX_HI"][0]),
        }
        return {
            **header,
            "gti": (start, stop),
            "events": (len(events.data), finite),
            "limits": [hdus["AEFF"].header.get(key) for key in ("LO_THRES", "HI_THRES")],
            "axes": axes,
            "sigma": _sigma68(edisp),
            "fwhm": _fwhm(psf),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "sizes": [hdu.filebytes() for hdu in hdus],
        }


_KEYWORDS = (
    "OBS_ID", "TELESCOP", "INSTRUME", "ORIGIN", "OBJECT", "RA_OBJ", "DEC_OBJ", "RA_PNT",
    "DEC_PNT", "ALT_PNT", "AZ_PNT", "RADECSYS", "EQUINOX", "TSTART", "TSTOP", "MJDREFI",
    "MJDREFF", "TIMESYS", "TIMEUNIT", "ONTIME", "LIVETIME", "DEADC", "OBS_MODE", "TELLIST",
    "N_TELS", "GEOLON", "GEOLAT", "ALTITUDE", "CREATOR", "OBSERVER", "EV_CLASS", "HDUCLASS",
    "HDUVERS", "TRACKING", "QUALITY", "CREATED",
)  # fmt: skip


def _sigma68(edisp: Any) -> float:
    energy = int(np.searchsorted(edisp["ENERG_HI"][0], 1.0))
    column = edisp["MATRIX"][0][1, :, energy].cumsum()
    low, high = np.interp((0.15865, 0.84135), column / column[-1], edisp["MIGRA_HI"][0])
    return float(high - low) / 2


def _fwhm(psf: Any) -> float:
    energy = int(np.searchsorted(psf["ENERG_HI"][0], 1.0))
    profile = psf["RPSF"][0][:, 1, energy]
    return 2 * float(psf["RAD_HI"][0][np.argmax(profile < profile[0] / 2)])


def list_files(folder: Path) -> int:
    """List files with sizes and times, sorted, by the standard library's fastest way."""
    found, waiting = [], [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    waiting.append(entry.path)
                else:
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
    return len(sorted(found))


def _over_all(function: Callable[[Path], Any], folder: Path) -> None:
    files = sorted(folder.glob("*.fits.gz"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(function, files, chunksize=4):
            pass


if __name__ == "__main__":
    # astropy's remarks on units would be most of what it costs to print them.
    warnings.simplefilter("ignore")
    what, folder = sys.argv[1], Path(sys.argv[2])
    start = time.monotonic()
    if what == "list":
        list_files(folder)
    else:
        _over_all({"hash": decompress_and_hash, "astropy": read_with_astropy}[what], folder)
    print(json.dumps({"seconds": time.monotonic() - start}))
