"""The links of datasets: what is asked for, who asks, and the core that DaCHS knows of."""

from gavo import base, svcs

from iact.access.datalink import is_our_format
from iact.access.decision import ANYBODY, decide, utc_now
from iact.access.elsewhere import datasets_elsewhere
from iact.access.link import MEDIA_TYPE, Access, Accesses
from iact.access.linked import linked_datasets
from iact.access.linkset import chosen, link_set
from iact.dachs import identity

#: What the query of others' tables may take: these may have no index.
_TIMEOUT = ("statement_timeout", "3s")


class UsageFault(base.ValidationError):
    """A parameter that cannot be answered; DALI 1.1, section 4.2: 400, as plain text."""

    responseCode = 400

    def __init__(self, sentence, parameter):
        sentence = f"UsageFault: {sentence}"
        base.ValidationError.__init__(self, sentence, parameter)
        self.sentence = sentence
        self.responsePayload = (sentence + "\n").encode("utf-8", "replace")


def find_links(dids, wanted_format, most_links, asker):
    """Return the LinkSet that a request is answered with.

    Parameters
    ----------
    dids
        Identifiers as they were sent.
    wanted_format, most_links
        RESPONSEFORMAT and MAXREC as they were sent, or None.
    asker
        `iact.access.decision.Identity` of whoever asks.

    Raises
    ------
    UsageFault
        A parameter cannot be answered.
    """
    if wanted_format is not None and not is_our_format(wanted_format):
        raise UsageFault(
            f"RESPONSEFORMAT {wanted_format} is not {MEDIA_TYPE} or votable", "RESPONSEFORMAT"
        )
    most = _number(most_links)
    server_url, now = base.getConfig("web", "serverURL"), utc_now()
    asked = chosen(dids)
    with base.getTableConn() as connection:
        known = linked_datasets(connection, asked)
    others = [did for did in asked if did not in known]
    return link_set(
        dids,
        known,
        _elsewhere(others, server_url, now) if others else {},
        lambda linked: _accesses(linked.dataset.rights, asker, server_url, now),
        server_url,
        most,
    )


class Core(svcs.Core):
    """Answers which links there are for the datasets asked for.

    It is what DaCHS's capabilities are made from; in our own server, requests get to
    `iact.dachs.linkspage` on a shorter way.
    """

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
        parameters = queryMeta.ctxArgs
        links = find_links(
            [str(did) for did in inputTable.args.get("ID") or []],
            parameters.get("responseformat"),
            parameters.get("maxrec"),
            identity.of_query(queryMeta),
        )
        return MEDIA_TYPE, links.as_votable().encode("utf-8")


def _number(text):
    if text is None:
        return None
    try:
        most = int(text)
    except (TypeError, ValueError):
        most = -1
    if most < 0:
        raise UsageFault(f"MAXREC {text} is not a number of rows", "MAXREC")
    return most


def _elsewhere(dids, server_url, now):
    """Return what other resources have; None where they take too long."""
    authority = base.getConfig("ivoa", "authority")
    try:
        with base.getTableConn() as connection, connection.parameters([_TIMEOUT]):
            return datasets_elsewhere(connection, dids, server_url, authority, now)
    except base.QueryCanceledError as error:
        base.ui.notifyWarning(f"Links of {len(dids)} datasets elsewhere: {error}")
        return None


def _accesses(rights, asker, server_url, now):
    """Return how somebody gets to the files and previews of a dataset."""
    return Accesses(
        _access(rights, asker, server_url, now),
        _access(rights.of_previews, asker, server_url, now),
    )


def _access(rights, asker, server_url, now):
    is_open = decide(ANYBODY, rights, now).allowed
    is_allowed = is_open or decide(asker, rights, now).allowed

    def address(path):
        return server_url + (path if is_open or not is_allowed else _opened(path, asker))

    return Access(is_open, is_allowed, address)


def _opened(path, asker):
    """Return a path of a protected file as it opens to the asker for some minutes."""
    return identity.signed(path, asker)
