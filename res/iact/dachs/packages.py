"""The page behind /cta/dl/package/custom: packages of many datasets.

Asked with ID or QUERY, it makes a package and leads to its address, which is below its own:
<package>/<name>.tar. There, rights are decided again.
"""

import functools
from pathlib import Path

from gavo import base

from iact.access.answer import Entity, Labels
from iact.access.decision import utc_now
from iact.access.package import store
from iact.access.package.choice import choose, opened
from iact.access.package.documents import counted, shown
from iact.access.package.make import (
    MOST,
    NotAllowed,
    Outdated,
    check_package,
    dids_of,
    make_manifest,
)
from iact.dachs import site
from iact.dachs.answering import send_pieces
from iact.dachs.packagequery import BadQuery, named_by
from iact.dachs.pages import ASKING, READING, PathPage, answer_later, asker_of, values_of
from iact.dachs.products import CHECKED
from iact.dachs.refusals import Refusal, end, refuse, refuse_method
from iact.dachs.workers import Workers

ADDRESS = "/cta/dl/package/custom"
MEDIA_TYPE = "application/x-tar"

#: For requests that wait for a package: a query may take a minute, and two run at a time.
_PLACES = 20
#: For requests for packages that are there, parts of them too.
_LOOKED_UP = 200

_HOW = (
    f"Ask for a package at {ADDRESS} with ID=<obs_publisher_did>, as often as you want, or with"
    " QUERY=<ADQL> whose result has obs_publisher_did, or obs_collection and obs_id."
)
_TOO_MANY = f"A package has {MOST} datasets at most: ask for several packages."


def folder():
    """Return where manifests are kept."""
    return Path(base.getConfig("stateDir")) / "packages"


def make(asker, dids, query, seconds):
    """Make a package and keep its manifest, which is returned.

    Parameters
    ----------
    asker
        Who asks; what they may not have is left out.
    dids
        Identifiers of datasets; empty where there is a query.
    query
        ADQL, or empty.
    seconds
        That the query may take.

    Raises
    ------
    Refusal
        Nothing can be in the package.
    """
    if bool(dids) == bool(query):
        raise Refusal(400, _HOW if not dids else "ID and QUERY cannot be combined. " + _HOW)
    if len(dids) > MOST:
        raise Refusal(400, _TOO_MANY)
    try:
        found, keys = named_by(query, MOST, seconds) if query else (dids, [])
    except BadQuery as error:
        raise Refusal(400, str(error)) from error
    with base.getTableConn() as connection:
        found = found + dids_of(connection, keys)
        if not found:
            raise Refusal(404, "The query names no dataset of this archive.")
        choice = choose(connection, found, asker, utc_now(), site.current().roots, CHECKED)
        if not choice.datasets:
            _refuse(choice, asker)
        if len(choice.datasets) > MOST:
            raise Refusal(400, _TOO_MANY)
        asked = f"the query {query}" if query else counted(len(set(found)), "identifier")
        manifest = make_manifest(connection, choice, site.current().name, asked)
    store.save(folder(), manifest)
    return manifest


def _refuse(choice, asker):
    """Say why there is nothing to send."""
    did = min(choice.refused or choice.broken or choice.left_out)
    sentence = (
        f"None of the {len(choice.left_out)} datasets can be sent, such as {shown(did)}:"
        f" {choice.left_out[did]} {choice.refused.get(did, '')}"
    ).rstrip()
    if choice.refused:
        raise Refusal(403 if asker.name else 401, sentence)
    raise Refusal(503 if choice.broken else 404, sentence)


def address_of(manifest):
    """Return where a package is."""
    server_url = base.getConfig("web", "serverURL")
    return f"{server_url}{ADDRESS}/{manifest.package_id}/{manifest.file_name}"


def _make_for(request):
    dids = [did for did in values_of(request, "ID") if did]
    queries = [query for query in values_of(request, "QUERY") if query.strip()]
    if len(queries) > 1:
        raise Refusal(400, "There can be one QUERY only. " + _HOW)
    seconds = base.getConfig("async", "defaultExecTimeSync")
    return make(asker_of(request), dids, "".join(queries), seconds)


def _find(request, package_id, name):
    """Return a package's manifest, its tar and the data roots, if all of it can be sent.

    Raises
    ------
    Refusal
        There is no such package, or not for whoever asks.
    """
    asker = asker_of(request)
    manifest = store.load(folder(), package_id)
    if manifest is None or name != manifest.file_name:
        raise Refusal(
            404, f"There is no such package; they go {store.DAYS} days after their last use. {_HOW}"
        )
    roots = site.current().roots
    try:
        with base.getTableConn() as connection:
            check_package(connection, manifest, asker, utc_now(), roots, CHECKED)
    except NotAllowed as error:
        raise Refusal(403 if asker.name else 401, str(error)) from error
    except Outdated as error:
        raise Refusal(409, str(error)) from error
    return manifest, manifest.tar(), roots


#: Not made by the jobs that load this module.
_makers = functools.lru_cache(maxsize=1)(lambda: Workers("packages", 2, _PLACES))


#: A package of thousands of files takes a second to be looked up.
_finders = functools.lru_cache(maxsize=1)(
    lambda: Workers("packages that are looked up", 2, _LOOKED_UP)
)


class MainPage(PathPage):
    """Makes packages, and sends them."""

    def render(self, request):
        """Make or look up in a thread, then answer."""
        making = self.segments in ((), ("",))
        methods = ASKING if making else READING
        if request.method not in methods:
            sentence = "Packages are asked for by GET or POST, and read by GET and HEAD."
            return refuse_method(request, sentence, *methods)
        if making:
            return answer_later(
                request, lambda gone: _makers().do(gone, _make_for, request), self._lead_to
            )
        if len(self.segments) == 2:
            return answer_later(
                request,
                lambda gone: _finders().do(gone, _find, request, *self.segments),
                self._send,
            )
        return refuse(request, 404, _HOW)

    def _lead_to(self, manifest, request, gone):
        """Answer 303, with the package's address."""
        if gone:
            return
        address = address_of(manifest)
        request.setHeader("location", address)
        end(request, refuse(request, 303, address))

    def _send(self, found, request, gone):
        if gone:
            return
        manifest, tar, roots = found
        entity = Entity(manifest.package_id, tar.size)
        labels = Labels(MEDIA_TYPE, manifest.file_name, public=False)
        send_pieces(request, entity, labels, lambda spans: _chunks(tar, roots, spans))


def _chunks(tar, roots, spans):
    for prefix, start, length in spans:
        if prefix:
            yield prefix
        stop = start + length
        yield from tar.chunks(start, stop, lambda file: opened(file, roots), CHECKED)
