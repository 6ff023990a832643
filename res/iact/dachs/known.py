"""Code of DaCHS that our adapters replace or build upon, and whether it is as they know it.

An adapter that changes how DaCHS works inside fits the code that it was written for. What
another version has there may mean something else, so that version goes its own way. What protects
data is done all the same, as far as that code is there, but nobody has tried whether it does so.

Pieces of that code are named by texts such as ``gavo.web.common:Request.process``: a module, a
colon, and the way to a function or class in it. So a piece that a version of DaCHS does not have
any more is said to be missing, and keeps nothing else from working.
"""

import hashlib
import inspect
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import attrgetter

from gavo import base

#: What looking for a piece that is not there ends with.
_MISSING = (AttributeError, ModuleNotFoundError)


class Missing:
    """What a class of ours is derived from where DaCHS's own is missing; it is of no use then."""


def piece(name):
    """Return the function or class of DaCHS that has a name.

    Raises
    ------
    AttributeError, ModuleNotFoundError
        There is none.
    """
    module, _, path = name.partition(":")
    return attrgetter(path)(import_module(module))


def base_class(name, otherwise=Missing):
    """Return the class of DaCHS that has a name, to derive one from it.

    Parameters
    ----------
    name
        Of DaCHS's class.
    otherwise
        What is returned where that is missing.
    """
    try:
        return piece(name)
    except _MISSING:
        return otherwise


def replace(name, make):
    """Put another function into the place of one of DaCHS's, if that is there.

    Parameters
    ----------
    name
        Of DaCHS's.
    make
        Takes DaCHS's, returns the other one.
    """
    try:
        stock = piece(name)
    except _MISSING:
        return
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    owner = piece(f"{module}:{'.'.join(owners)}") if owners else import_module(module)
    setattr(owner, last, make(stock))


@cache
def digest(thing):
    """Return the digest of a function's or class's source; empty where it has none.

    Blanks at the ends of lines do not count, nor do comments that follow.
    """
    try:
        source = inspect.getsource(thing)
    except (OSError, TypeError):
        return ""
    lines = [line.rstrip() for line in source.splitlines()]
    while not lines[-1] or lines[-1].lstrip().startswith("#"):
        lines.pop()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


#: All that adapters know, in the order in which they were imported.
made = []


@dataclass(frozen=True)
class Known:
    """What an adapter knows of DaCHS's code, and what it is good for.

    Parameters
    ----------
    purpose
        What is not done where DaCHS has other code, or nobody has tried, as the end of a
        sentence.
    code
        Names of functions and classes, with the digests of their sources that the adapter fits.
        What counts is what they stand for when this is made: other adapters may replace them.
    consequence
        What users notice then, as a clause.
    protects
        Whether it is done all the same.
    """

    purpose: str
    code: dict
    consequence: str = "answers are the same, but take longer"
    protects: bool = False

    def __post_init__(self):
        found = {}
        for name in self.code:
            try:
                found[name] = piece(name)
            except _MISSING:
                continue
        object.__setattr__(self, "_found", found)
        made.append(self)

    @property
    def misfit(self):
        """A sentence about code that is not as the adapter knows it; empty where all is."""
        missing = [_short(name) for name in self.code if name not in self._found]
        other = [
            _short(name)
            for name, thing in self._found.items()
            if digest(thing) not in self.code[name]
        ]
        if not missing and not other:
            return ""
        has = [f"has another {', '.join(other)} than this software knows"] if other else []
        has += [f"has no {', '.join(missing)} any more"] if missing else []
        so = "nobody has tried there" if self.protects else "it goes on without"
        return (
            f"DaCHS {base.getVersion()} {' and '.join(has)},"
            f" so {so} {self.purpose}: {self.consequence}."
        )

    def fits(self):
        """Tell whether DaCHS's code is as the adapter knows it; if not, say so in server.log."""
        misfit = self.misfit
        if misfit:
            # DaCHS's own log has no observer yet when the server asks.
            print(misfit, file=sys.stderr, flush=True)
        return not misfit


def _short(name):
    return name.partition(":")[2]
