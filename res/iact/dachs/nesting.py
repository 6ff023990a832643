"""Queries may be nested as deeply as people write them; where it is more, an error says so.

Each level of parentheses takes some twenty calls of DaCHS's parser within each other, of which
Python allows 1,000. And each level is gone through twice as often as the one around it, where a
node has another one twice: a FROM its tables, a CAST its operand. Twenty levels take minutes.
"""

import sys

from gavo import base
from gavo.adql import nodes

from iact.dachs import effort, known

#: Calls within each other. A thread of the server has room for several times as many.
_DEPTH = 4000
_TOO_DEEP = (
    "The query is nested too deeply to be read: it has too many parentheses or subqueries within"
    " each other."
)

KNOWN = known.Known(
    "reading what is nested once",
    {
        # Debian 12 (2.7), Debian 13 (2.11), and 2.13.
        "gavo.adql.nodes:FromClause": {"c804fce4e4556470", "575ee92a11de2b19"},
        "gavo.adql.morphhelpers:Morpher": {"4403fcdedc6c0868"},
        "gavo.utils.autonode:AutoNode.iterChildren": {"23aa657586447292", "121298a31395de5f"},
        "gavo.utils.autonode:AutoNode.iterNodeChildren": {"97a6b6aabb9d4d4c"},
    },
    "queries with many subqueries or functions within each other take too long",
)
#: What a query goes through, in the server and in the processes of jobs.
_WAYS = ("gavo.protocols.adqlglue:morphADQL", "gavo.protocols.taprunner:runTAPJobNoState")


def install():
    """Allow deep queries, say so of deeper ones; return whether what is nested is read once."""
    sys.setrecursionlimit(_DEPTH)
    for name in _WAYS:
        known.replace(name, _saying_so)
    if not KNOWN.fits():
        return False
    known.replace("gavo.adql.morphhelpers:Morpher._traverse", _once)
    nodes.ADQLNode.iterChildren = _children_once(nodes.ADQLNode.iterChildren)
    nodes.FromClause.iterChildren = _but_tables(nodes.FromClause.iterChildren)
    return True


def _children_once(stock):
    """Return an iterator over children that has each node once, whatever it is to its parent."""

    def iter_children(node, *args, **kwargs):
        effort.go_on()
        seen = set()
        for name, child in stock(node, *args, **kwargs):
            if isinstance(child, nodes.ADQLNode):
                if id(child) in seen:
                    continue
                seen.add(id(child))
            yield name, child

    return iter_children


def _but_tables(stock):
    def iter_children(clause, *args, **kwargs):
        # What is in its tables is in its tableReference, too.
        return (child for child in stock(clause, *args, **kwargs) if child[0] != "tables")

    return iter_children


def _saying_so(function):
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except RecursionError:
            # Its own traceback is as long as the query is deep.
            raise base.ValidationError(_TOO_DEEP, "query") from None

    return call


def _once(traverse):
    """Return a function that makes one node of each, wherever it is told of."""

    def traverse_once(morpher, node, state):
        effort.go_on()
        made = vars(state).setdefault("made", {})
        if id(node) not in made:
            # The node is kept too, so that no other one can get its id meanwhile.
            made[id(node)] = node, traverse(morpher, node, state)
        return made[id(node)][1]

    return traverse_once
