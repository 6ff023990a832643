"""Read text literals of ADQL as PostgreSQL reads them, so that none ends early.

DaCHS takes a backslash in a literal as the sign that the next quote belongs to it, and writes the
literal into SQL as it stands; to PostgreSQL a backslash is a letter like others (its manual,
4.1.2.1), and what follows the quote is SQL.
"""

import re

from gavo import base
from gavo.utils.parsetricks import Regex

from iact.dachs import known

_QUOTED = "gavo.adql.grammar:sglQuotedString"
_FLATTEN = "gavo.adql.nodes:CharacterStringLiteral.flatten"
#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how text literals of queries are kept apart from SQL",
    {
        # An element of the grammar, which has no source of its own.
        _QUOTED: {""},
        _FLATTEN: {"91f8848370e795b7"},
        "gavo.adql.grammar:getADQLGrammar": {"01c80b0455944b4c"},
        "gavo.adql.nodes:getTreeBuildingGrammar": {"1bd13ba88e9f91e6"},
    },
    "let nobody query it",
    protects=True,
)
_GRAMMARS = ("gavo.adql.grammar:getADQLGrammar", "gavo.adql.nodes:getTreeBuildingGrammar")
#: What stands between the quotes (ADQL 2.1, appendix A): of quotes, only pairs.
_INSIDE = "(?:[^']|'')*"
_PAIRED = re.compile(_INSIDE)


def install():
    """Read and write literals with quotes in pairs only."""
    KNOWN.fits()
    known.replace(_QUOTED, lambda stock: Regex(f"'{_INSIDE}'").setName("string literal"))
    known.replace(_FLATTEN, _with_pairs)
    for name in _GRAMMARS:
        known.replace(name, _made_anew)


def _made_anew(stock):
    # They are made once; a version that keeps none makes them anew by itself.
    getattr(stock, "cache_clear", lambda: None)()
    return stock


def _with_pairs(stock):
    def flatten(literal):
        if not _PAIRED.fullmatch(literal.value):
            raise base.ValidationError("A quote in a text must be written twice.", "query")
        return stock(literal)

    return flatten
