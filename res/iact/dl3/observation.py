"""What one DL3 file says, in the units, frames and time scales of the archive.

Positions are ICRS in degrees, times MJD in TT, durations seconds, energies eV,
whatever the file used. Everything here is plain data and can be pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

#: What a product can be. ``package`` is the whole file.
KINDS = ("package", "events", "gti", "aeff", "edisp", "psf", "bkg", "rad_max")

#: What a FITS file can turn out to be; `iact.archive` adds ``duplicate``.
FILE_KINDS = ("observation", "response", "index", "other", "quarantined")

#: Observing modes as files name them (GADF 0.3, "EVENTS", OBS_MODE, and the headers of files),
#: in one spelling. Other words are kept as they are.
OBS_MODES = (
    "wobble", "pointing", "on", "off", "onoff", "scan", "raster", "grid", "drift", "slew",
    "unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Assumption:
    """Something the reader had to assume, or a statement of the file it did not follow.

    Parameters
    ----------
    topic
        What it is about: one of ``time_scale``, ``times``, ``gti``, ``energy_range``,
        ``field_of_view``, ``frame``, ``target``, ``telescopes``, ``obs_mode``,
        ``resolution``, ``responses``, ``identifier``, ``livetime``, ``site``, ``index``,
        ``header``.
    text
        One sentence: what the file says, what was taken instead.
    hdu, keyword
        Where; empty where it does not apply.
    conforming
        The file is as its format wants it: something was only chosen where the format
        leaves a choice.
    """

    topic: str
    text: str
    hdu: str = ""
    keyword: str = ""
    conforming: bool = False


@dataclass(frozen=True)
class Product:
    """One thing that can be fetched for an observation.

    Parameters
    ----------
    kind
        One of `KINDS`.
    path
        The file that holds it, POSIX, relative to the data root. For responses
        kept in a shared file this is not the events file.
    hdu
        EXTNAME as in the file; empty for the package.
    hdu_number
        Position of the HDU in the file, 0 for the package.
    hdu_class
        GADF name (``aeff_2d``, ``psf_table``, ``events``...); empty for the package.
    size
        Bytes: of the HDU in the uncompressed file (header, data, padding); for the
        package, of the file as it is on disk.
    sha256
        Hexadecimal digest of the bytes that `size` counts.
    """

    kind: str
    path: str
    hdu: str
    hdu_number: int
    hdu_class: str
    size: int
    sha256: str


@dataclass
class Observation:
    """One event list and what belongs to it.

    `None` (or an empty string) means: the file does not say. Names, versions and
    rights that only the collection's configuration knows are added by
    `iact.archive.rows`, not here.
    """

    obs_id: str
    #: Label of the disjoint list where an observation is split into several.
    event_type: str = ""

    # Target and pointing: ICRS, deg; altitude and azimuth in deg, azimuth from north to east.
    target_name: str = ""
    target_ra: float | None = None
    target_dec: float | None = None
    ra_pnt: float | None = None
    dec_pnt: float | None = None
    alt_pnt: float | None = None
    az_pnt: float | None = None

    # Times: MJD in TT; gti has shape (n, 2), sorted by start; durations in s.
    t_start: float = np.nan
    t_stop: float = np.nan
    gti: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    ontime: float | None = None
    livetime: float | None = None
    deadc: float | None = None

    n_events: int = 0
    #: Telescope names or numbers as in TELLIST.
    telescopes: tuple[str, ...] = ()
    n_telescopes: int | None = None

    # Energies in eV; `energy_source` is one of "safe range", "irf axis",
    # "configuration", "events", followed by where it stands in the file.
    energy_min: float | None = None
    energy_max: float | None = None
    energy_source: str = ""

    # Resolution at `ref_energy` (eV) and `ref_offset` (deg):
    # s_resolution is the PSF's FWHM in arcsec, em_res_power 1/sigma68 of E_reco/E_true.
    s_resolution: float | None = None
    em_res_power: float | None = None
    ref_energy: float | None = None
    ref_offset: float | None = None

    # Radius in deg; where it comes from ("irf edge", "DSVAL3", "configuration").
    fov_radius: float | None = None
    fov_source: str = ""

    # Header text as it stands; `obs_mode` and `tracking_mode` are normalised.
    telescop: str = ""
    instrume: str = ""
    origin: str = ""
    observer: str = ""
    creator: str = ""
    created: str = ""
    ev_class: str = ""
    dst_version: str = ""
    calib_version: str = ""
    analysis_version: str = ""
    proposal_id: str = ""
    quality: int | None = None
    #: Lower case: one of `OBS_MODES`, or the file's own word.
    obs_mode: str = "unknown"
    obs_mode_header: str = ""
    #: sidereal, fixed-az-el-transit, or empty.
    tracking_mode: str = ""
    #: parallel, convergent, divergent (headers give no angle), or empty without pointing.
    pointing_mode: str = ""
    # Of the site as the header gives it: deg, deg, m.
    site_lon: float | None = None
    site_lat: float | None = None
    site_alt: float | None = None
    #: FITS name and version of the format ("GADF 0.2").
    data_format: str = ""

    products: tuple[Product, ...] = ()
    assumptions: tuple[Assumption, ...] = ()


@dataclass(frozen=True)
class ReadingRules:
    """What a collection knows that its files do not say, or say wrongly.

    Parameters
    ----------
    time_scale
        Scale to read the file's times in (``tt``, ``utc``, ``tai``) instead of TIMESYS.
    time_offset_s
        Added to every time of the file, in s (HAWC: 19, GPS times declared TAI).
    fov_radius_deg
        Radius of the field of view where IRFs and header do not give it.
    energy_min_eV, energy_max_eV
        Energy range where neither safe range nor IRF axis is there.
    ref_offset_deg
        Offset at which resolutions are stated.
    obs_mode
        Observing mode where the header has none.
    target_name
        Target where neither index nor header has a usable one.
    proposal_keyword
        Header keyword of EVENTS that holds the proposal's identifier.
    """

    time_scale: str = ""
    time_offset_s: float = 0.0
    fov_radius_deg: float | None = None
    energy_min_eV: float | None = None
    energy_max_eV: float | None = None
    ref_offset_deg: float = 0.5
    obs_mode: str = ""
    target_name: str = ""
    proposal_keyword: str = ""


@dataclass(frozen=True)
class FileReport:
    """The outcome for one file: exactly one of `FILE_KINDS`.

    Parameters
    ----------
    path
        POSIX, relative to the data root.
    kind
        One of `FILE_KINDS`.
    size, mtime_ns, sha256
        Of the file as it is on disk.
    collection
        Name of the collection whose `match` fitted; empty where none is needed.
    observation
        Set if kind is ``observation``.
    obs_id
        As far as it is known, for files that are not observations too.
    reason, hdu, keyword
        Set if kind is ``quarantined``: why, and where in the file.
    """

    path: str
    kind: str
    size: int
    mtime_ns: int
    sha256: str
    collection: str = ""
    observation: Observation | None = None
    obs_id: str = ""
    reason: str = ""
    hdu: str = ""
    keyword: str = ""
