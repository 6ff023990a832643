"""The core behind /cta/q/cone/scs.xml."""

from typing import ClassVar

from iact.archive import search
from iact.dachs.search import SearchCore


class Core(SearchCore):
    """Answers cone searches."""

    #: Simple Cone Search 1.03, section 2: each exactly once.
    ucds: ClassVar = {
        "obs_publisher_did": "meta.id;meta.main",
        "s_ra": "pos.eq.ra;meta.main",
        "s_dec": "pos.eq.dec;meta.main",
    }

    def select(self, parameters):
        """Take RA, DEC and SR."""
        return search.cone(parameters)
