"""The core behind /cta/dl/links/dlmeta: DataLink documents."""

from gavo import base, svcs

from iact.access.datalink import MEDIA_TYPE, is_our_format, links_document
from iact.access.lookup import datasets_of


class UsageFault(base.ValidationError):
    """A parameter that cannot be answered; DALI 1.1, section 4.2: 400, as plain text."""

    responseCode = 400

    def __init__(self, wanted):
        sentence = f"UsageFault: RESPONSEFORMAT {wanted} is not {MEDIA_TYPE} or votable"
        base.ValidationError.__init__(self, sentence, "RESPONSEFORMAT")
        self.responsePayload = (sentence + "\n").encode("utf-8")


class Core(svcs.Core):
    """Answers which links there are for the datasets asked for."""

    inputTableXML = """
        <inputTable>
          <inputKey name="ID" type="text" ucd="meta.id;meta.main"
            multiplicity="multiple" tablehead="Dataset"
            description="Publisher's identifier of a dataset, as in obs_publisher_did"/>
        </inputTable>"""

    outputTableXML = """<outputTable/>"""

    def run(self, service, inputTable, queryMeta):
        """Return media type and document."""
        # What is not UTF-8 comes as an object of DaCHS's, whose text says so.
        wanted = queryMeta.ctxArgs.get("responseformat")
        if wanted is not None and not is_our_format(wanted):
            raise UsageFault(wanted)
        dids = [str(did) for did in inputTable.args.get("ID") or []]
        with base.getTableConn() as connection:
            datasets = datasets_of(connection, dids)
        document = links_document(dids, datasets, base.getConfig("web", "serverURL"))
        return MEDIA_TYPE, document.encode("utf-8")
