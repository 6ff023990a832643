"""The core behind /cta/dl/links/dlmeta: DataLink documents."""

from gavo import base, svcs

from iact.access.datalink import MEDIA_TYPE, links_document
from iact.access.lookup import packages_of


class Core(svcs.Core):
    """Answers which links there are for the datasets asked for."""

    inputTableXML = """
        <inputTable>
          <inputKey name="ID" type="text" ucd="meta.id;meta.main"
            multiplicity="multiple" tablehead="Dataset"
            description="Publisher's identifier of a dataset, as in obs_publisher_did"/>
          <inputKey name="responseformat" type="text" multiplicity="single"
            tablehead="Format" description="Media type wanted; always answered by DataLink"/>
        </inputTable>"""

    outputTableXML = """<outputTable/>"""

    def run(self, service, inputTable, queryMeta):
        """Return media type and document."""
        # What is not UTF-8 comes as an object of DaCHS's, whose text says so.
        dids = [str(did) for did in inputTable.args.get("ID") or []]
        with base.getTableConn() as connection:
            products = packages_of(connection, dids)
        document = links_document(dids, products, base.getConfig("web", "serverURL"))
        return MEDIA_TYPE, document.encode("utf-8")
