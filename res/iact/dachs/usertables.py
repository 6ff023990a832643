"""Nobody leaves tables in the database: what users upload goes with their query.

DaCHS 2.11 and later can keep tables of users, anonymous ones too, which it makes as the role that
owns everything, and describe them in resource descriptors that are made of the users' own words.
"""

from gavo import svcs

from iact.dachs import known

#: DaCHS 2.7 has none; what is closed by its name needs no other knowledge.
_PAGE = "gavo.web.tap_uploads:PersistentUploadRenderer.__init__"


def install():
    """Have this process's server keep no tables of users."""
    known.replace(_PAGE, _of_no_one)


def _of_no_one(stock):
    del stock

    def init(page, request, service):
        raise svcs.UnknownURI("This server keeps no tables: send them with the query.")

    return init
