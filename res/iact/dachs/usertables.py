"""The server keeps no tables of users: what they upload goes with their query.

DaCHS 2.11 and later can keep tables of users, anonymous ones too, which it makes as the role that
owns everything, and describes in resource descriptors that are made of the users' own words. Its
page for them is closed with all others that are not served (`doors`); ADQL can ask for them, too.
"""

from gavo import base

from iact.dachs import known

#: DaCHS 2.7 has none, so that this is no `Known`, which would say that it is missing. What is
#: refused by its name needs no knowledge of what is in it.
_CREATE = "gavo.adql.nodes:CreateAs.allocateTAPUpload"


def install():
    """Refuse CREATE TABLE in ADQL."""
    known.replace(_CREATE, _refusing)


def _refusing(stock):
    del stock

    def allocate(node, context):
        raise base.ValidationError(
            "This server keeps no tables: leave CREATE TABLE out, and send tables with the query"
            " (UPLOAD).",
            "query",
        )

    return allocate
