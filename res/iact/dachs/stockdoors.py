"""Doors of DaCHS's own through which others get what is not theirs, and how they are closed.

No file of this archive is in dc.products, so getproduct, getTar, dlget and ready-made previews
have none of ours. Other resources of the same server may have embargoed products there.
"""

from gavo.protocols import products

from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how previews of others' products and lists of jobs are protected",
    {
        "gavo.protocols.products:UnauthorizedProduct": {"864d326ee72b6d27"},
        "gavo.protocols.products:getProductForRAccref": {"d8b715ee551eeef0"},
        "gavo.protocols.uwsactions:getJobList": {"0232592e12650833"},
    },
    "see what others can get before you serve protected data with it",
    protects=True,
)


class UnauthorizedPreview(known.base_class("gavo.protocols.products:UnauthorizedProduct")):
    """A preview of a product that whoever asks may not have.

    Stock DaCHS gives ready-made previews to anybody. It makes those itself of what has no
    Preview in the name of its class.
    """

    @classmethod
    def fromRAccref(cls, rAccref, authGroups=None):
        """Return a product that is refused; None where it is none such."""
        if not rAccref.params.get("preview"):
            return None
        return super().fromRAccref(rAccref, authGroups)


def close_doors():
    """Protect previews, and leave jobs of anonymous users out of lists."""
    KNOWN.fits()
    # The first class that fits a request serves it.
    if not issubclass(UnauthorizedPreview, known.Missing):
        products.PRODUCT_CLASSES.insert(0, UnauthorizedPreview)
    known.replace("gavo.protocols.uwsactions:getJobList", _listing_own_jobs)


def _listing_own_jobs(list_jobs):
    """Return a maker of job lists that has only the jobs of a user who has signed in.

    Stock DaCHS lists the jobs of all, with names by which whoever knows them may read, abort
    and delete those without an owner. UWS 1.1 (section 2.2.2.1) leaves to the service which
    jobs it lists.
    """

    def list_own_jobs(worker_system, owner=None, *filters, **named):
        # Jobs of nobody have NULL there, which equals nothing.
        return list_jobs(worker_system, owner or "", *filters, **named)

    return list_own_jobs
