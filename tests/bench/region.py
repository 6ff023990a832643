"""What forms of a field of view cost: ``python3 -m bench.region VAR NUMBER VERTICES``.

Prints as JSON the microseconds a row of COPY, of building pgsphere's GiST index, and of
COPY into a table that has it. With 0 vertices it is the circle itself.
"""

from __future__ import annotations

import io
import json
import math
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.archive import Archive
from bench.report import Section
from iact.dl3.frames import circumscribed_polygon
from iact.operate.database import connect
from iact.operate.layout import Layout

#: ivoa.obscore casts its s_region to spoly, so the circle is for comparison only.
FORMS = (0, 4, 6, 8, 12, 24)
_RADIUS = 2.5


def region_form(archive: Archive, number: int, say: Callable[[str], None]) -> Section:
    """Compare polygons of several numbers of vertices and the circle."""
    say("Forms of s_region.")
    return Section(
        "The form of s_region",
        f"{number} fields of {_RADIUS} deg radius as circles and as polygons around them, and"
        " what they cost for each row. `ivoa.obscore` of DaCHS takes polygons only. Their index"
        " costs with the square of the vertices; the fewer they are, the more sky outside the"
        " field is within the polygon. Eight it is.",
        facts=[
            (
                f"{f'{form} vertices' if form else 'circle'}, {_excess(form):.1f} % more area",
                "COPY {copy:.0f} µs, index built in {build:.0f} µs, COPY with index {both:.0f} µs"
                "".format(**archive.module("region", archive.var, number, form)),
            )
            for form in FORMS
        ],
    )


def _excess(vertices: int) -> float:
    """Per cent of area by which a polygon around a small circle is larger than it."""
    if not vertices:
        return 0.0
    return 100 * (vertices / math.pi * math.tan(math.pi / vertices) - 1)


def _measure(layout: Layout, number: int, vertices: int) -> dict[str, float]:
    """Return microseconds a row of the three ways."""
    draw = random.Random(1)
    lines = [
        _literal(draw.uniform(0, 360), math.degrees(math.asin(draw.uniform(-1, 1))), vertices)
        for _ in range(2 * number)
    ]
    with connect(layout) as connection, connection.cursor() as cursor:
        kind = "spoly" if vertices else "scircle"
        cursor.execute(f"CREATE TEMPORARY TABLE form (region {kind})")

        def copy(part: list[str]) -> None:
            cursor.copy_expert("COPY form FROM STDIN", io.StringIO("\n".join(part) + "\n"))

        seconds = {
            "copy": _seconds(lambda: copy(lines[:number])),
            "build": _seconds(lambda: cursor.execute("CREATE INDEX ON form USING gist (region)")),
            "both": _seconds(lambda: copy(lines[number:])),
        }
    return {what: 1e6 * value / number for what, value in seconds.items()}


def _literal(ra: float, dec: float, vertices: int) -> str:
    if not vertices:
        return f"<({ra}d,{dec}d),{_RADIUS}d>"
    corners = circumscribed_polygon(ra, dec, _RADIUS, vertices)
    return "{" + ",".join(f"({lon:.10f}d,{lat:.10f}d)" for lon, lat in corners) + "}"


def _seconds(act: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


if __name__ == "__main__":
    print(json.dumps(_measure(Layout(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))))
