"""Code of DaCHS that our adapters replace or build upon, and whether it is as they know it.

An adapter that changes how DaCHS works inside fits the code that it was written for. What
another version has there may mean something else, so that version goes its own way. What protects
data is done all the same, but nobody has tried whether it does so there.
"""

import hashlib
import inspect
import sys
from dataclasses import dataclass

from gavo import base


def digest(thing):
    """Return the digest of a function's or class's source.

    Blanks at the ends of lines do not count, nor do comments that follow.
    """
    lines = [line.rstrip() for line in inspect.getsource(thing).splitlines()]
    while not lines[-1] or lines[-1].lstrip().startswith("#"):
        lines.pop()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Known:
    """What an adapter knows of DaCHS's code, and what it is good for.

    Parameters
    ----------
    purpose
        What is not done where DaCHS has other code, or nobody has tried, as the end of a
        sentence.
    code
        Functions and classes with the digests of their sources that the adapter fits.
    consequence
        What users notice then, as a clause.
    protects
        Whether it is done all the same.
    """

    purpose: str
    code: dict
    consequence: str = "answers are the same, but take longer"
    protects: bool = False

    @property
    def misfit(self):
        """A sentence about code that is not as the adapter knows it; empty where all is."""
        other = [
            thing.__qualname__
            for thing, digests in self.code.items()
            if digest(thing) not in digests
        ]
        if not other:
            return ""
        so = "nobody has tried there" if self.protects else "it goes on without"
        return (
            f"DaCHS {base.getVersion()} has another {', '.join(other)} than this software knows,"
            f" so {so} {self.purpose}: {self.consequence}."
        )

    def fits(self):
        """Tell whether DaCHS's code is as the adapter knows it; if not, say so in server.log."""
        misfit = self.misfit
        if misfit:
            # DaCHS's own log has no observer yet when the server asks.
            print(misfit, file=sys.stderr, flush=True)
        return not misfit
