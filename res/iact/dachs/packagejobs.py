"""The core behind /cta/dl/package/async: packages made by UWS jobs.

It runs in a process of its own, which DaCHS starts for the job; its result is the package's
address, where rights are decided again.
"""

from gavo import base, svcs

from iact.dachs import identity, jobs, packages

#: RFC 2483, section 5: addresses, one a line.
MEDIA_TYPE = "text/uri-list"


class Core(svcs.Core):
    """Makes a package of what the job's owner may have."""

    # Jobs take parameters in lower case only; requests in any.
    inputTableXML = """
        <inputTable>
          <inputKey name="id" type="text" ucd="meta.id;meta.main"
            multiplicity="multiple" tablehead="Datasets"
            description="Publisher's identifiers of datasets, as in obs_publisher_did"/>
          <inputKey name="query" type="text" multiplicity="single" tablehead="Query"
            description="ADQL, instead of identifiers; its result has obs_publisher_did, or
              obs_collection and obs_id"/>
        </inputTable>"""

    outputTableXML = """<outputTable/>"""

    def run(self, service, inputTable, queryMeta):
        """Return media type and address."""
        job = inputTable.job
        try:
            manifest = packages.make(
                identity.of_name(job.owner),
                [str(did) for did in inputTable.args.get("id") or []],
                inputTable.args.get("query") or "",
                job.executionDuration,
            )
        except packages.Refusal as refusal:
            # The job ends with the sentence as its error.
            raise base.ReportableError(str(refusal)) from refusal
        jobs.note_end(job)
        return MEDIA_TYPE, f"{packages.address_of(manifest)}\r\n".encode()
