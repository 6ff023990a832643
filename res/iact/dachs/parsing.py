"""ADQL is parsed in half the time: what the parser has tried already costs less to recall.

Parsing is most of what DaCHS itself does for a query. Its parser remembers the outcome of
each element of the grammar at each place of the query, but only the last 128, keyed by
objects whose hash is computed in Python; and where the outcome was a failure it raises one
and the same exception again and again, whose traceback grows each time and keeps all
frames alive. This memory has none of that, and leaves out the elements that are single words:
to try them again is faster.
"""

from gavo.utils import parsetricks

from iact.dachs import effort, known

_Element = parsetricks.ParserElement

#: Outcomes that are kept at a time, some 10 MB; a cone search has 1,000 of them.
_ROOM = 10_000
#: Outcomes between looks at the clock.
_STRIDE = 16
KNOWN = known.Known(
    "its faster parsing of ADQL",
    {
        # Debian 12 (2.7) and Debian 13 (2.11) have the same parser.
        "gavo.utils.parsetricks:ParserElement._parseCache": {"69ffb9c91ce56e7e"},
        "gavo.utils.parsetricks:ParserElement._parseNoCache": {"65a93e5f97f90604"},
        "gavo.utils.parsetricks:ParserElement.resetCache": {"fa166d5cb4a15282"},
    },
)


def remember_outcomes():
    """Give this process's parser the better memory; return whether it has it."""
    if not KNOWN.fits():
        return False
    # DaCHS empties it before each text, by its method clear.
    _Element.packrat_cache = {}
    _Element._parse = _parse
    parsetricks.Token._parse = _Element._parseNoCache
    return True


def _parse(self, text, place, doActions=True, callPreParse=True):
    """Return the end and the tokens of what an element matches, or raise as it did before."""
    outcomes = _Element.packrat_cache
    key = (id(self), place, doActions, callPreParse, text)
    outcome = outcomes.get(key)
    if outcome is None:
        if not len(outcomes) % _STRIDE:
            effort.go_on()
        if len(outcomes) >= _ROOM:
            outcomes.clear()
        try:
            end, tokens = self._parseNoCache(text, place, doActions, callPreParse)
        except parsetricks.ParseBaseException as failure:
            outcomes[key] = self, type(failure), failure.args
            raise
        # The element is kept too, so that no other one can get its id meanwhile.
        outcomes[key] = self, end, tokens.copy()
        return end, tokens
    _, end, rest = outcome
    if isinstance(end, type):
        raise end(*rest)
    return end, rest.copy()
