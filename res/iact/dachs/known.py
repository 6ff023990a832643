"""Code of DaCHS that our adapters replace or build upon, and whether it is as they know it.

An adapter that changes how DaCHS works inside fits the code that it was written for. What
another version has there may mean something else, so that version goes its own way.
"""

import hashlib
import inspect
import sys

from gavo import base


def digest(thing):
    """Return the digest of a function's or class's source.

    Blanks at the ends of lines do not count, nor do comments that follow.
    """
    lines = [line.rstrip() for line in inspect.getsource(thing).splitlines()]
    while not lines[-1] or lines[-1].lstrip().startswith("#"):
        lines.pop()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def are_known(purpose, known, consequence="answers are the same, but take longer"):
    """Tell whether DaCHS's code is what an adapter knows; where it is not, say so in server.log.

    DaCHS's own log has no observer yet when the server asks.

    Parameters
    ----------
    purpose
        What is not done otherwise, as the end of a sentence.
    known
        Functions and classes with the digests of their sources that the adapter fits.
    consequence
        What users notice, as a clause.
    """
    other = [thing.__qualname__ for thing, digests in known.items() if digest(thing) not in digests]
    if other:
        print(
            f"DaCHS {base.getVersion()} has another {', '.join(other)} than this software knows,"
            f" so it goes on without {purpose}: {consequence}.",
            file=sys.stderr,
            flush=True,
        )
    return not other
