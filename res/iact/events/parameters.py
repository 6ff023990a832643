"""The parameters that event lists can be cut by, as SODA has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """An input parameter.

    SODA tells parameters by name, UCD and unit together (SODA 1.0, section 3.3).

    Parameters
    ----------
    name
        As in a request.
    datatype, arraysize, xtype
        As a PARAM of VOTable has them; empty where there is none.
    unit, ucd
        As above.
    description
        A sentence for people.
    """

    name: str
    datatype: str
    arraysize: str
    xtype: str
    unit: str
    ucd: str
    description: str


_OUTLINE = "pos.outline;obs"

#: In the order in which they are described. ID to TIME are those of SODA 1.0, section 3.3;
#: the others are our own, as section 3.4 allows.
PARAMETERS = (
    Parameter(
        "ID", "char", "*", "", "", "meta.ref.url;meta.curation",
        "Publisher's identifier of a dataset, as in obs_publisher_did",
    ),
    Parameter(
        "CIRCLE", "double", "3", "circle", "deg", _OUTLINE,
        "Events in a circle: right ascension, declination and radius, ICRS",
    ),
    Parameter(
        "POLYGON", "double", "*", "polygon", "deg", _OUTLINE,
        "Events in a polygon of great circles: right ascension and declination of each vertex,"
        " ICRS; the smaller of the two parts of the sky is meant",
    ),
    Parameter(
        "POS", "char", "*", "", "", _OUTLINE,
        "Events in a region, ICRS, deg: CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2 or"
        " POLYGON ra1 dec1 ra2 dec2 ra3 dec3 and so on",
    ),
    Parameter(
        "BAND", "double", "2", "interval", "m", "em.wl;stat.interval",
        "Events whose energy, as a wavelength, is in an interval; ends may be -Inf and +Inf",
    ),
    Parameter(
        "TIME", "double", "2", "interval", "d", "time.interval;obs.exposure",
        "Events and good times in an interval of MJD in UTC; ends may be -Inf and +Inf",
    ),
    Parameter(
        "ENERGY", "double", "2", "interval", "TeV", "em.energy;stat.interval",
        "Events whose energy is in an interval; ends may be -Inf and +Inf",
    ),
    Parameter(
        "EVENT_TYPE", "char", "*", "", "", "meta.code.class",
        "Events of a type: number of a bit, or value, of the column EVENT_TYPE; or the label of"
        " one of the lists that an observation is split into. Several are joined",
    ),
    Parameter(
        "HDU", "char", "*", "", "", "meta.id;meta.dataset",
        "What the result has: events (with its good time intervals), gti, aeff, edisp, psf, bkg"
        " or rad_max. Several are joined; without any, it has all that the dataset has",
    ),
)  # fmt: skip
