"""Jobs of a service of data run that service, whatever their client says.

Stock DaCHS keeps which service a job calls among the parameters of the job, and takes it from a
client that changes these: any service of any resource, also those that only some may use.
"""

from gavo import utils

from iact.dachs import known

#: As DaCHS 2.7, 2.11 and 2.13 have it.
KNOWN = known.Known(
    "how jobs are kept to their service",
    {
        "gavo.web.asyncrender:DatalinkAsyncRenderer.getChild": {
            "548a81e3d475323d",
            "1daeae0a18106222",
        }
    },
    "let nobody send jobs to it",
    protects=True,
)
#: Parameters that DaCHS gives a job itself.
_OF_DACHS = ("serviceid", "dlargs")


def install():
    """Refuse parameters from clients that DaCHS means for itself."""
    KNOWN.fits()
    known.replace("gavo.web.asyncrender:DatalinkAsyncRenderer.getChild", _without_own)


def _without_own(stock):
    def child(page, name, request):
        # What is at the address of the list is packed by DaCHS.
        if name is not None:
            # Not by its own method: that takes keys for gone which it goes on to list.
            request._strargs = utils.CaseSemisensitiveDict(
                (key, values)
                for key, values in request.strargs.items()
                if key.lower() not in _OF_DACHS
            )
        return stock(page, name, request)

    return child
