"""What can be wrong with a file, and what ingestion is expected to say about it."""

from __future__ import annotations

import gzip
from dataclasses import replace

from service.badfiles import (
    BKG,
    EVENTS,
    GTI,
    INF,
    NAN,
    Bad,
    extension,
    good,
    in_radians,
    long_card,
    packed,
    with_cards,
    with_column,
    with_heap,
    with_intervals,
    with_parts,
    with_raw,
    with_unit,
    without,
    wrong_crc,
)
from service.simulatedruns import with_header
from unit.dl3.fitsbytes import BLOCK, Part, changed, put_together

CUT = {
    "gzip cut short": Bad(lambda: packed()[:-2000], "gzip stream is cut short"),
    "gzip cut in its last bytes": Bad(lambda: packed()[:-3], "gzip stream is cut short"),
    "gzip with a wrong checksum": Bad(wrong_crc, "gzip stream is damaged: incorrect data check"),
    "gzip and something else": Bad(
        lambda: packed() + b"some words", "gzip stream is followed by 10 bytes that are not gzip"
    ),
    "HDU cut short": Bad(
        lambda: put_together(good())[:12000], "cut short: the data need 9828 bytes", "EVENTS"
    ),
    "empty file": Bad(lambda: b"", "file is empty"),
    "an error page of a web server": Bad(lambda: b"<html>404</html>", "not a FITS file"),
    "compressed words": Bad(lambda: gzip.compress(b"words"), "not a FITS file"),
    "header without END": Bad(
        lambda: put_together(good())[:5760], "no END card: file is cut short", "HDU 1"
    ),
    "header without END before another": Bad(
        lambda: put_together(good()).replace(b"END".ljust(80), b"HISTORY".ljust(80), 2),
        "no END card before the next HDU", "HDU 0",
    ),
    "header of a million cards": Bad(
        lambda: put_together(
            (replace(good()[0], cards=good()[0].cards + (b"HISTORY".ljust(80),) * 1_000_000),)
        ),
        "no END card in its first 8000000 bytes",
        "HDU 0",
    ),
    "million cards in many headers": Bad(
        lambda: with_parts(
            *(Part(extension("IMAGE").cards + (b"HISTORY".ljust(80),) * 30_000, b""),) * 4
        ),
        "headers and padding have more than 8000000 bytes",
    ),
    "more than 1000 HDUs": Bad(
        lambda: with_parts(*(extension("IMAGE"),) * 1000), "has more than 1000 HDUs"
    ),
}  # fmt: skip

STRUCTURE = {
    "as if there were no rows": Bad(
        lambda: with_cards(EVENTS, NAXIS2=0), "said to be too short", "EVENTS", "NAXIS2"
    ),
    "no rows": Bad(
        lambda: put_together(
            changed(good(), EVENTS, replace(good()[EVENTS], data=b"").with_cards({"NAXIS2": 0}))
        ),
        "no events", "EVENTS", "NAXIS2",
    ),
    "too many rows": Bad(
        lambda: with_cards(EVENTS, NAXIS2=500), "said to be too long", "EVENTS", "NAXIS2"
    ),
    "far too many rows": Bad(lambda: with_cards(EVENTS, NAXIS2=2**62), "cut short", "EVENTS"),
    "too few rows": Bad(
        lambda: with_cards(EVENTS, NAXIS2=10), "another HDU begins", "EVENTS", "NAXIS2"
    ),
    "negative rows": Bad(
        lambda: with_cards(EVENTS, NAXIS2=-1), "whole number, has -1", "EVENTS", "NAXIS2"
    ),
    "rows in words": Bad(
        lambda: with_cards(EVENTS, NAXIS2="many"), "has 'many'", "EVENTS", "NAXIS2"
    ),
    "axes without end": Bad(
        lambda: with_cards(EVENTS, NAXIS1=10**30, NAXIS2=10**30), "cut short", "EVENTS"
    ),
    "no NAXIS1": Bad(lambda: without("NAXIS1", EVENTS), "keyword is missing", "EVENTS", "NAXIS1"),
    "999 columns": Bad(
        lambda: with_cards(EVENTS, TFIELDS=999), "needs a column format", "EVENTS", "TFORM10"
    ),
    "format of 20 digits": Bad(
        lambda: with_cards(EVENTS, TFORM2="9" * 20 + "D"),
        "needs a column format", "EVENTS", "TFORM2",
    ),
    "rows of no width": Bad(
        lambda: put_together(
            changed(good(), GTI, replace(good()[GTI], data=b"").with_cards({"NAXIS1": 0}))
        ),
        "1 rows have no bytes", "GTI", "NAXIS1",
    ),
    "columns of no width": Bad(
        lambda: with_cards(EVENTS, TFORM2="0D"), "columns need .* NAXIS1 says", "EVENTS", "NAXIS1"
    ),
    "words of 16 bits": Bad(lambda: with_cards(GTI, BITPIX=16), "needs 8, has 16", "GTI", "BITPIX"),
    "no group": Bad(lambda: with_cards(BKG, GCOUNT=0), "needs 1, has 0", "BKG", "GCOUNT"),
    "random groups without end": Bad(
        lambda: with_cards(0, NAXIS=2, NAXIS1=0, NAXIS2=2**40, GROUPS=True, GCOUNT=2**40),
        "cut short", "HDU 0",
    ),
    "pointers beyond the heap": Bad(
        lambda: with_heap(EVENTS, "TRIGGERS", 16, 8),
        "row 1 points beyond the heap of 64 bytes", "EVENTS", "TRIGGERS",
    ),
    "negative pointers": Bad(
        lambda: with_heap(GTI, "NOTES", -1, 0), "row 1 points beyond the heap", "GTI", "NOTES"
    ),
    "times of variable length": Bad(
        lambda: with_cards(EVENTS, TFORM2="1PD(1)"), "needs numbers, has format P", "EVENTS", "TIME"
    ),
}  # fmt: skip

VALUES = {
    "times in energies": Bad(
        lambda: with_unit(EVENTS, "TIME", "TeV"), "'TeV' is not one of time", "EVENTS", "TIME"
    ),
    "intervals in degrees": Bad(
        lambda: with_unit(GTI, "STOP", "deg"), "'deg' is not one of time", "GTI", "STOP"
    ),
    "unknown unit of time": Bad(
        lambda: with_cards(GTI, TIMEUNIT="jiffy"), "'jiffy' is not one of time", "GTI", "TIMEUNIT"
    ),
    "unit of nothing": Bad(
        lambda: with_cards(GTI, TIMEUNIT="0 s"), "'0 s' is not one of time", "GTI", "TIMEUNIT"
    ),
    "energies in seconds": Bad(
        lambda: with_unit(EVENTS, "ENERGY", "s"), "unit 's' is not known", "EVENTS", "ENERGY"
    ),
    "right ascension in TeV": Bad(
        lambda: with_unit(EVENTS, "RA", "TeV"), "'TeV' is not one of angle", "EVENTS", "RA"
    ),
    "degrees that are called rad": Bad(
        lambda: with_unit(EVENTS, "RA", "rad"), "no event has a direction", "EVENTS", "RA"
    ),
    "declination in s": Bad(
        lambda: with_unit(EVENTS, "DEC", "s"), "'s' is not one of angle", "EVENTS", "DEC"
    ),
    "a time that is NaN": Bad(
        lambda: with_column(EVENTS, "TIME", NAN), "1 of 234 times are not finite", "EVENTS", "TIME"
    ),
    "an infinite time": Bad(
        lambda: with_column(EVENTS, "TIME", -INF), "1 of 234 times are not", "EVENTS", "TIME"
    ),
    "no direction": Bad(
        lambda: with_column(EVENTS, "RA", *(NAN,) * 234), "no event has a direction", "EVENTS", "RA"
    ),
    "a start that is NaN": Bad(
        lambda: with_column(GTI, "START", NAN), "not finite", "GTI", "START"
    ),
    "an infinite stop": Bad(lambda: with_column(GTI, "STOP", INF), "not finite", "GTI", "STOP"),
    "interval that runs backwards": Bad(
        lambda: with_intervals((0, 30), (60, 50)), "row 2: interval runs backwards", "GTI", "STOP"
    ),
    "intervals of no length": Bad(
        lambda: with_intervals((5, 5), (9, 9)), "all intervals are empty", "GTI", "STOP"
    ),
    "stop in the next million years": Bad(
        lambda: with_column(GTI, "STOP", 1e15), "in no year from 3 to 9998", "GTI", "STOP"
    ),
    "no zero point": Bad(
        lambda: without("MJDREFI", EVENTS, GTI), "times have no zero point", "GTI", "MJDREFI"
    ),
    "zero point beyond all years": Bad(
        lambda: with_cards(GTI, MJDREFI=10**9), "in no year from 3 to 9998", "GTI", "MJDREFI"
    ),
    "no time scale": Bad(
        lambda: without("TIMESYS", EVENTS, GTI), "the time scale is not known", "GTI", "TIMESYS"
    ),
    "unknown time scale": Bad(
        lambda: with_cards(GTI, TIMESYS="LOCAL"), "'LOCAL' is not known", "GTI", "TIMESYS"
    ),
    "unknown frame": Bad(
        lambda: with_cards(EVENTS, RADESYS="FK3"), "'FK3' is not known", "EVENTS", "RADESYS"
    ),
    "pointing beyond the pole": Bad(
        lambda: with_cards(EVENTS, DEC_PNT=90.5), "no position", "EVENTS", "DEC_PNT"
    ),
    "pointing that is NaN": Bad(
        lambda: with_cards(EVENTS, RA_PNT="NaN"), "finite number, has 'NaN'", "EVENTS", "RA_PNT"
    ),
    "scaling by nothing": Bad(
        lambda: with_cards(EVENTS, TSCAL2=0.0), "0 makes all numbers", "EVENTS", "TSCAL2"
    ),
    "scaling by words": Bad(
        lambda: with_cards(GTI, TZERO1="none"), "finite number, has 'none'", "GTI", "TZERO1"
    ),
    "no identifier": Bad(lambda: without("OBS_ID", EVENTS), "missing or empty", "EVENTS", "OBS_ID"),
    "empty identifier": Bad(
        lambda: with_cards(EVENTS, OBS_ID="  "), "missing or empty", "EVENTS", "OBS_ID"
    ),
    "identifier of 300 characters": Bad(
        lambda: long_card("OBS_ID", "x" * 300), "has 300 bytes; at most 255", "EVENTS", "OBS_ID"
    ),
    "identifier that is a way up": Bad(
        lambda: with_cards(EVENTS, OBS_ID=".."), "part of an address", "EVENTS", "OBS_ID"
    ),
    "identifier of another run": Bad(
        lambda: with_header(packed(), OBS_ID=900001),
        "observation 900001 of SIM-CTAO-N is already in, with other content, from a.fits.gz",
        "EVENTS", "OBS_ID",
    ),
}  # fmt: skip

#: Files that go in with an assumption.
NOTED = {
    "bytes after the last HDU": Bad(
        lambda: put_together(good()) + b"some words", "10 bytes after the last HDU", "BKG",
        "", "header",
    ),
    "rows that NAXIS2 leaves out": Bad(
        lambda: with_cards(EVENTS, NAXIS2=233), "the table may have more rows", "EVENTS", "NAXIS2",
        "header",
    ),
    "wrong CHECKSUM": Bad(
        lambda: with_cards(EVENTS, CHECKSUM="hcHjjc9ghcEghc9g"), "does not fit the bytes",
        "EVENTS", "CHECKSUM", "header",
    ),
    "right ascensions in rad": Bad(
        in_radians, "column is in 'rad'", "EVENTS", "RA", "frame"
    ),
    "a direction that is NaN": Bad(
        lambda: with_column(EVENTS, "RA", NAN), "1 of 234 values", "EVENTS", "RA", "frame"
    ),
    "directions beyond the pole": Bad(
        lambda: with_column(EVENTS, "DEC", 91, -INF), "2 of 234 values", "EVENTS", "DEC", "frame"
    ),
    "energies that are none": Bad(
        lambda: with_column(EVENTS, "ENERGY", NAN, INF, -1.0), "3 of 234 values", "EVENTS",
        "ENERGY", "energy_range",
    ),
    "intervals that overlap": Bad(
        lambda: with_intervals((0, 40), (20, 60)), "1 of 2 intervals overlap", "GTI", "", "gti"
    ),
    "a card that is no FITS": Bad(
        lambda: with_raw(EVENTS, "OBJECT", b"Crab\0\t\n\xff"), "were replaced by blanks",
        "EVENTS", "OBJECT", "header",
    ),
    "a livetime beyond the ontime": Bad(
        lambda: with_cards(EVENTS, LIVETIME=1e6), "is more than", "EVENTS", "LIVETIME", "livetime"
    ),
    "a negative livetime": Bad(
        lambda: with_cards(EVENTS, LIVETIME=-5.0), "not more than 0", "EVENTS", "LIVETIME",
        "livetime",
    ),
    "no intervals": Bad(
        lambda: put_together(good()[:2]), "TSTART to TSTOP taken", "EVENTS", "", "gti"
    ),
}  # fmt: skip

#: Files that go in as they are.
FINE = {
    "two gzip members": lambda: b"".join(
        gzip.compress(put_together(good())[part], mtime=0)
        for part in (slice(None, 9000), slice(9000, None))
    ),
    "zeros after gzip": lambda: packed() + bytes(512),
    "an extension of an unknown kind": lambda: with_parts(extension("FOREIGN", data=b"any")),
    "no padding of the last HDU": lambda: put_together(good())[: -(BLOCK - 2800 % BLOCK)],
    "a column with a heap": lambda: with_heap(EVENTS, "TRIGGERS", 16, 0),
    "text of 300 characters": lambda: long_card("OBSERVER", "x" * 300),
}  # fmt: skip
