"""Paths of addresses lead to what is published, and to no other file of the machine."""

from __future__ import annotations

import json
import shutil
from urllib.parse import quote

import pytest

from service.rawrequests import fetch

MARK = b"what nobody has published"
#: A resource of the operator's that is not in the Registry, in a folder of a folder.
DESCRIPTOR = """<resource schema="doors" resdir="doors/deep"><meta name="title">Doors</meta>
<service id="files" allowed="static"><property name="staticData">open</property>
<nullCore/><meta name="title">Files</meta></service></resource>"""


def encoded(path):
    """Return the name of a file as one segment of a path."""
    return quote(str(path), safe="")


@pytest.fixture(scope="module")
def secret(archive, tmp_path_factory):
    """A file that the server may read, and nobody else."""
    path = tmp_path_factory.mktemp("secret") / "secret.txt"
    path.write_bytes(MARK)
    return path


@pytest.fixture(scope="module")
def resource(archive):
    """The folder of a resource with files, and with others beside them."""
    folder = archive.var / "gavo" / "inputs" / "doors" / "deep"
    (folder / "open" / "below").mkdir(parents=True)
    (folder / "open_not").mkdir()
    (folder / "q.rd").write_text(DESCRIPTOR, encoding="ascii")
    # As it would be read if it were taken for one.
    (folder / "other.txt").write_text(DESCRIPTOR, encoding="ascii")
    (folder / "open" / "below" / "file.txt").write_bytes(b"published")
    (folder / "open_not" / "file.txt").write_bytes(MARK)
    yield folder
    shutil.rmtree(folder.parent)


@pytest.mark.parametrize(
    "door",
    [
        "/.well-known/acme-challenge/",
        "/static/",
        "/static/img/",
        "/schemata/",
        "/3rdparty/",
        "/browse/",
        "/getRR/",
        "/tableinfo/",
        "/doors/deep/q/files/static/",
        "/tap/async/",
        "/cta/dl/get/custom/",
        "/coverage/",
        "/getproduct/",
        "/",
    ],
)
@pytest.mark.parametrize("spelling", [encoded, lambda path: "%2f" + str(path)[1:], str])
def test_no_path_leads_to_a_file_elsewhere(archive, resource, secret, door, spelling):
    del resource
    for path in (secret, secret.parent):
        status, _, body = fetch(archive.url, door + spelling(path))
        # To the list of jobs, where a slash follows its address.
        assert status == 404 or (status, door) == (302, "/tap/async/")
        assert MARK not in body and b"secret" not in body.replace(str(path).encode(), b"")


def test_a_folder_beside_the_published_one_is_closed(archive, resource):
    path = resource / "open_not" / "file.txt"
    for address in (f"//{path}", f"/{encoded(path)}", "/..%2fopen_not/file.txt"):
        status, _, body = fetch(archive.url, f"/doors/deep/q/files/static{address}")
        assert status in (400, 404)
        assert MARK not in body


def test_files_of_other_resources_are_served(archive, resource):
    del resource
    status, _, body = fetch(archive.url, "/doors/deep/q/files/static/below/file.txt")
    assert (status, body) == (200, b"published")
    assert fetch(archive.url, "/browse/doors/deep/q")[0] == 200


OPEN = """
import json
from gavo import api
from iact.dachs import examine
stock = api.getRD
def read(name):
    if name == "doors/deep/raising":
        raise KeyError(name)
    return stock(name)
api.getRD = read
print(json.dumps(examine.open_services()))
"""


def test_doctor_lists_what_is_open_in_deep_folders_and_goes_on_past_broken_ones(archive, resource):
    (resource / "raising.rd").write_text(DESCRIPTOR, encoding="ascii")
    listed = json.loads(archive.gavo_python(OPEN))
    assert "/doors/deep/q/files" in listed and "/cta/q/cone" in listed
    assert not [name for name in listed if "raising" in name]


def test_segments_of_our_addresses_may_have_slashes(archive):
    # Of a run that is not there: who answers is our page, in its own words.
    for name in ("a%2Fb", "a%2fb%2fc", "%2fa"):
        status, headers, body = fetch(archive.url, f"/dl3/SIM-CTAO-N/{name}/events.fits.gz")
        assert status == 404
        assert headers["content-type"].startswith("text/plain")
        assert body == b"There is no such file in this archive.\n"


@pytest.mark.parametrize(
    "path",
    [
        "doors/deep/other.txt",
        "doors/deep/q.rd",
        "cta/res/iact/errors.py",
        "cta/res/iact",
        "%",
        "%25",
        "nothing",
        "__system__/tests",
        "//tests",
    ],
)
def test_only_descriptors_are_read_as_descriptors(archive, resource, path):
    before = (resource / "q.rd").stat().st_size
    assert before
    for address in (f"/{path}/files", f"/{path}/files/static/x", f"/browse/{path}"):
        status, _, body = fetch(archive.url, address.replace("///", "//"))
        assert status == 404, address
        assert str(resource.parents[1]).encode() not in body


def test_what_is_there_and_what_is_not_get_the_same_answer(archive, secret):
    there = fetch(archive.url, f"/browse/{encoded(secret)}")
    away = fetch(archive.url, f"/browse/{encoded(secret.with_name('secreT.txt'))}")
    assert there[0] == away[0] == 404
    assert there[2].replace(b"secreT", b"secret") == away[2].replace(b"secreT", b"secret")


def test_pages_that_nobody_needs_are_gone(archive):
    for path in (
        "/.well-known",
        "/.well-known/acme-challenge",
        "/3rdparty/aladin.min.js",
        "/__system__/tests/timeout/form",
        "/__system__/tests/errors/form",
        "/__system__/run/genrd/fixed",
        "/tap/user_tables",
        "/__system__/tap/run/user_tables/mine",
    ):
        assert fetch(archive.url, path)[0] == 404, path


@pytest.mark.parametrize(
    "path", ["/q" + "/a" * 1000, "/cta/q" + "/x" * 1000, "/static" + "/a" * 70]
)
def test_long_paths_lead_nowhere(archive, path):
    assert fetch(archive.url, path)[0] == 404


LOOKED_FOR = """
import json, sys
from unittest import mock
from gavo import base, svcs
from gavo.web import root
from iact.dachs import paths

paths.install()
tried = []
load = base.caches.getRD
base.caches.getRD = lambda name: (tried.append(name), load(name))[1]
page = root.ArchiveService()
for segments in json.loads(sys.argv[1]):
    request = mock.Mock(args={}, postpath=[], strargs={})
    try:
        page._locateResourceBasedChild(request, segments)
    except svcs.UnknownURI:
        pass
print(json.dumps(tried))
"""


def test_ids_that_are_not_there_are_not_looked_for(archive):
    asked = [
        ["q", *"a" * 60],
        ["cta", *"a" * 60],
        ["cta", "res", "iact", "errors.py", "x"],
        ["/var/lib", "x"],
        ["", "x"],
    ]
    assert json.loads(archive.gavo_python(LOOKED_FOR, json.dumps(asked))) == []
    known = archive.gavo_python(LOOKED_FOR, json.dumps([["cta", "q", "nothing", "form", "x"]]))
    # The folder's name comes before the id; what follows, this one refers to.
    assert json.loads(known)[:2] == ["cta", "cta/q"]
