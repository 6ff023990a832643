"""What the path of an address names, before anything is looked for on a disk.

A path is taken apart at its slashes, and each segment is decoded then. So a segment may have a
slash in it: an observation's id, say. A program that joins segments to the name of a file takes
such a slash for one of its own, and an absolute name for the file that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes

#: Segments that a path may have. Files of other resources may lie deep in their folders.
MOST_SEGMENTS = 64
#: Of those, how many may be the id of a resource descriptor.
MOST_OF_RESOURCE = 8
#: What nearly no path has: segments that lead upwards, or something encoded.
_SUSPICIOUS = re.compile(rb"%|\.\.|\0")


def leads_upwards(path: bytes) -> bool:
    """Tell whether a URL's path has a segment .. or a NUL, encoded once or twice."""
    if not _SUSPICIOUS.search(path):
        return False
    once = unquote_to_bytes(path)
    for decoded in (once, unquote_to_bytes(once)):
        if b"\0" in decoded or b".." in re.split(rb"[/\\]", decoded):
            return True
    return False


def is_name(segment: str) -> bool:
    """Tell whether a segment names one thing in a folder, and nothing outside of it."""
    return not (segment in ("", ".", "..") or "/" in segment or "\0" in segment)


def are_names(segments: Sequence[str]) -> bool:
    """Tell whether no segment but empty ones names anything outside of a folder."""
    return all(is_name(segment) for segment in segments if segment)


def leads_inside(segments: Sequence[str]) -> bool:
    """Tell whether segments, put behind the name of a folder, name something in it.

    An empty first one makes an absolute name of what follows.
    """
    return are_names(segments) and (len(segments) < 2 or segments[0] != "")


def of_resource(segments: Sequence[str], is_resource: Callable[[str], bool]) -> str:
    """Return the id of the resource descriptor that a path begins with; empty where there is none.

    Parameters
    ----------
    segments
        Of the path, decoded.
    is_resource
        Whether there is a resource descriptor of an id, whose segments all are names.
    """
    for count in range(1, min(len(segments), MOST_OF_RESOURCE) + 1):
        if not is_name(segments[count - 1]):
            break
        name = "/".join(segments[:count])
        if is_resource(name):
            return name
    return ""
