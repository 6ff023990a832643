"""Whatever address is asked, only members get a byte of a proprietary run."""

import re
import secrets
import shutil
from email.utils import formatdate
from urllib.parse import quote

import pytest

from iact.sim.plan import RUNS
from service.crawler import Secret, crawl, plain
from service.livearchive import wait_until
from service.people import MEMBER, NOBODY, join, leave
from service.test_links import PATH, PROPRIETARY, PUBLIC, raw
from service.uwsjobs import CUTS, PACKAGES, QUERIES, Job

KEY = f"SIM-CTAO-N/{PROPRIETARY}"
FILE = PATH.format(PROPRIETARY)
NAMES = [
    f"sim_{PROPRIETARY}.fits.gz", "events.fits.gz", "gti.fits.gz", "aeff.fits.gz",
    "edisp.fits.gz", "psf.fits.gz", "bkg.fits.gz", "rad_max.fits.gz", "counts.png",
    "spectrum.png", "thumbnail.png", "provenance.json",
]  # fmt: skip
#: What tells of data, not data: for everybody.
METADATA = {"provenance.json"}
#: What a simulated run has not.
NOT_THERE = {"rad_max.fits.gz"}


@pytest.fixture(scope="module")
def secret(challenge):
    """The run's bytes that are in no public run."""
    folder = challenge / "north"
    public = [
        (folder / f"sim_{run.obs_id}.fits.gz").read_bytes()
        for run in RUNS
        if (folder / f"sim_{run.obs_id}.fits.gz").exists() and not run.proposal
    ]
    assert public
    made = Secret((folder / f"sim_{PROPRIETARY}.fits.gz").read_bytes(), public)
    assert len(made) > 2000
    return made


@pytest.fixture(scope="module")
def did(archive):
    return archive.scalar(
        f"SELECT obs_publisher_did FROM cta.vo_obscore WHERE obs_id = '{PROPRIETARY}'"
    )


def starts(did, data_root):
    """Addresses to begin with: one for each kind of door, with the run's names in it."""
    for name in NAMES:
        yield f"/dl3/{KEY}/{name}"
    yield FILE.replace("/dl3/", "/cta/dl/get/custom/")
    there = f"{data_root}/north/sim_{PROPRIETARY}.fits.gz"
    for accref in (did, FILE[1:], f"SIM-CTAO-N/{PROPRIETARY}/events", there):
        name = quote(accref, safe="")
        yield f"/getproduct/{name}"
        yield f"/getproduct/{accref}"
        yield f"/getproduct?key={name}"
        yield f"/getproduct/{name}?preview=True"
        yield f"/getproduct/{name}?ra=83.6&dec=22&sra=1&sdec=1"
        yield f"/__system__/products/p/get/{name}"
        yield f"/__system__/products/getTar/form?accref={name}&__nevow_form__=genForm"
        yield f"/__system__/products/dl/dlmeta?ID={name}"
        yield f"/__system__/obscore/dl/dlmeta?ID={name}"
    name = quote(did, safe="")
    for door in ("links/dlmeta", "soda/dlget", "soda/dlasync", "package/custom", "package/async"):
        yield f"/cta/dl/{door}?ID={name}"
    for renderer in ("dlget", "custom", "form", "api", "static", "get"):
        yield f"/cta/dl/get/{renderer}/{KEY}/{NAMES[0]}?ID={name}"
    yield f"/__system__/products/getTar/form?pattern={quote('%#%')}&__nevow_form__=genForm"
    for table in ("cta.vo_obscore", "cta.product", "cta.source_file", "dc.products"):
        yield f"/tableinfo/{table}"
    query = quote(f"SELECT * FROM cta.vo_obscore WHERE obs_id IN ('{PROPRIETARY}', '{PUBLIC}')")
    yield f"/tap/sync?LANG=ADQL&FORMAT=votable%2Ftd&QUERY={query}"
    yield from (
        "/", "/tap", "/tap/capabilities", "/tap/tables", "/tap/examples", "/tap/availability",
        "/tap/async", "/oai.xml?verb=ListRecords&metadataPrefix=ivo_vor", "/login", "/static/",
        "/robots.txt", "/coverage/moc.json", "/browse/cta/q", "/browse/cta/dl", "/clientcount",
        "/cta/q/cone/scs.xml?RA=83.63&DEC=22.01&SR=1&VERB=3", "/3rdparty/x", "/test", "/debug",
        "/cta/q/form/form?pos=Crab+Nebula&__nevow_form__=genForm", "/.well-known/x", "/seffe/cta/q",
        f"/__system__/siap2/sitewide/siap2.xml?ID={name}",
    )  # fmt: skip


#: Stands for what a user asks and sends, which is for nobody else.
MARK = f"mark{secrets.token_hex(8)}"
OWN_UPLOAD = "SELECT word FROM TAP_UPLOAD.mine"
OWN_FAULT = f"SELECT CAST('{MARK}' AS INTEGER) AS n FROM tap_schema.tables"
TABLE_OF_MARK = f"""<VOTABLE version="1.3"><RESOURCE><TABLE>
<FIELD name="word" datatype="char" arraysize="*"/><DATA><TABLEDATA><TR><TD>{MARK}</TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""
#: What there is below a job, and what a folder of one may have.
BELOW_JOBS = [
    "", "/phase", "/executionduration", "/destruction", "/error", "/quote", "/owner", "/startTime",
    "/parameters", "/results", "/results/", "/results/result", "/results/result-2", "/plan",
    "/results/requests.json", "/results/__RESULTS__", "/results/..%2f..", "/nothing",
]  # fmt: skip
BELOW = {path.rpartition("/")[2] for path in BELOW_JOBS}


@pytest.fixture(scope="module")
def jobs(archive, did, member, stranger):
    """Jobs of each kind about the run: those of its member, and others' attempts."""
    asked = {
        CUTS: {"ID": did, "HDU": "EVENTS"},
        PACKAGES: {"ID": did},
        QUERIES: {
            "LANG": "ADQL",
            "QUERY": f"SELECT * FROM cta.vo_obscore WHERE obs_id = '{PROPRIETARY}'",
        },
    }
    made = [
        Job(archive, person, service, **values)
        for person in (member, stranger, NOBODY)
        for service, values in asked.items()
    ]
    # What is the member's own, in parameters, an upload, a result and an error.
    made += [
        Job(archive, member, QUERIES, LANG="ADQL", QUERY=OWN_UPLOAD, UPLOAD="mine,param:table",
            FORMAT="csv", uploads={"table": (f"{MARK}.xml", TABLE_OF_MARK)}),
        Job(archive, member, QUERIES, LANG="ADQL", QUERY=OWN_FAULT),
        Job(archive, member, CUTS, ID=did, CIRCLE=MARK, runs=False),
        Job(archive, member, PACKAGES, QUERY=f"SELECT {MARK} FROM cta.site", runs=False),
    ]  # fmt: skip
    wait_until(
        lambda: all(job.finished() or job.phase == "PENDING" for job in made), 120, "jobs end"
    )
    yield made
    for job in made:
        job.delete()


def test_no_address_that_the_server_tells_gives_a_byte(
    archive, challenge, secret, did, member, stranger, jobs
):
    given, own = set(), set()

    def fetch(path):
        bodies = []
        for person in (NOBODY, stranger, member):
            _, body, headers = raw(archive, path, **person.headers)
            told = plain(body) + headers.get("Location", "").encode()
            if person is member:
                if secret.is_in(body):
                    given.add(path)
                if MARK.encode() in told:
                    own.add(path)
            else:
                assert not secret.is_in(body), f"{person.name or 'nobody'} gets {path}"
                assert MARK.encode() not in told, f"{person.name or 'nobody'} learns of {path}"
                assert member.name.encode() not in told, path
            bodies.append(body)
            bodies.append(headers.get("Location", "").encode())
        return bodies

    of_jobs = [job.url[len(archive.url) :] + below for job in jobs for below in BELOW_JOBS]
    found = crawl([*starts(did, challenge), *of_jobs], archive.url, fetch)
    # The search is as good as what it finds: the run's file, and others by rows and links.
    assert {FILE, FILE.replace("/dl3/", "/cta/dl/get/custom/")} <= given
    assert any(path.startswith("/dl3/") and KEY not in path for path in found)
    # Packages too, which lie behind a redirection.
    assert any(re.fullmatch(r"/cta/dl/package/custom/\w+/.+\.tar", path) for path in given)
    cut = next(job for job in jobs if job.person is member and job.service == CUTS)
    assert f"{cut.url[len(archive.url) :]}/results/result" in given
    assert len(found) > 150
    # The same of what is the member's own: parameters, errors, the upload and its result.
    below = {path.rpartition("/")[2] for path in own}
    assert {"parameters", "error", "result"} <= below
    assert any(path.rpartition("/")[2] not in BELOW for path in own)


def test_jobs_of_somebody_are_for_nobody_else(archive, jobs, member, stranger):
    for job in jobs:
        for person in (NOBODY, stranger, member):
            if job.person in (NOBODY, person):
                continue
            for below in BELOW_JOBS:
                path = job.url[len(archive.url) :] + below
                for method in ("GET", "HEAD", "POST", "DELETE"):
                    status, body, _ = raw(archive, path, method, **person.headers)
                    assert status in (400, 401, 403, 404, 405), (method, path)
                    assert PROPRIETARY.encode() not in body and MARK.encode() not in body
    for job in jobs:
        assert job.finished() or job.phase == "PENDING"
        assert job.get(job.url).status_code == 200


def test_no_list_of_jobs_has_those_of_somebody_else(archive, jobs, member, stranger):
    for service in (QUERIES, CUTS, PACKAGES):
        for person in (NOBODY, stranger):
            for tail in ("", "?PHASE=COMPLETED&LAST=100", "?AFTER=2000-01-01", "/", "?owner=x"):
                _, body, _ = raw(archive, service + tail, **person.headers)
                others = [job for job in jobs if job.person is member and job.name in body.decode()]
                assert not others and member.name.encode() not in body
        mine = raw(archive, service, **member.headers)[1].decode()
        assert any(job.name in mine for job in jobs if job.person is member)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_of_a_run_is_as_closed_as_its_file(archive, secret, member, stranger, name):
    path = f"/dl3/{KEY}/{name}"
    to_member = raw(archive, path, "HEAD", **member.headers)[0]
    assert to_member == (404 if name in NOT_THERE else 200)
    for person, refusal in ((NOBODY, 401), (stranger, 403)):
        status, body, headers = raw(archive, path, **person.headers)
        assert not secret.is_in(body)
        if name in METADATA | NOT_THERE:
            assert status == to_member
        else:
            assert status == refusal and len(body) < 200
            assert not {"ETag", "Last-Modified", "Content-Range", "Repr-Digest"} & set(headers)


TRICKS = [
    {"Range": "bytes=0-"}, {"Range": "bytes=0-99,200-299"}, {"Range": "bytes=-64"},
    {"Range": "bytes=" + ",".join(f"{start}-{start + 63}" for start in range(0, 64_000, 64))},
    {"Range": "bytes=1000000000-"}, {"Range": "bytes=9-1"}, {"Range": "lines=1-2"},
    {"If-Range": '"x"', "Range": "bytes=0-99"}, {"If-None-Match": "*"}, {"If-Match": "*"},
    {"If-Modified-Since": formatdate(0, usegmt=True)}, {"If-Modified-Since": "nonsense"},
    {"If-Unmodified-Since": formatdate(None, usegmt=True)}, {"Accept-Encoding": "gzip"},
    {"X-HTTP-Method-Override": "GET"}, {"X-Original-URL": FILE}, {"X-Rewrite-URL": FILE},
    {"X-Forwarded-User": MEMBER}, {"Remote-User": MEMBER},
    {"X-VO-Authenticated": MEMBER}, {"Cookie": f"user={MEMBER}"},
    {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Host": "localhost"}, {"TE": "trailers"},
]  # fmt: skip


@pytest.mark.parametrize("headers", TRICKS, ids=lambda headers: next(iter(headers)))
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PROPFIND"])
def test_no_header_opens_a_file(archive, secret, stranger, method, headers):
    for person in (NOBODY, stranger):
        status, body, sent = raw(archive, FILE, method, **headers, **person.headers)
        assert status in (400, 401, 403, 405, 501)
        assert not secret.is_in(body)
        assert not {"ETag", "Last-Modified", "Content-Range", "Accept-Ranges"} & set(sent)
    # Nor a path beside it: some servers are told the true one by a header.
    assert not secret.is_in(raw(archive, "/robots.txt", method, **headers)[1])


SPELLINGS = [
    FILE + "?", FILE + "?x", FILE + ";x", FILE + "%3f", FILE + "#", FILE + "%23", FILE + "/",
    FILE + "//", FILE + "%00", FILE + "%20", FILE + ".", FILE + "%0d%0aX-Evil:%201", "/" + FILE,
    FILE.replace("/dl3", "//dl3"), FILE.replace("/dl3", "/DL3"), FILE.replace("/dl3/", "/dl3//"),
    FILE.replace("/dl3/", "/dl3/./"), FILE.replace("/dl3/", "/x/../dl3/"),
    FILE.replace("SIM", "%53IM"), FILE.replace("SIM", "%2553IM"), FILE.replace("SIM", "sim"),
    FILE.replace("101005", "101001/..%2f101005"), FILE.replace("101005", "101001%2f..%2f101005"),
    FILE.replace("101005/sim", "101005%2fsim"), FILE.replace("101005/sim", "101001/sim"),
    FILE.replace("/101005", "/101005//"), FILE.replace("101005/sim", "101005%5csim"),
    FILE.replace("/dl3/", "/cta/dl/get/custom/"), FILE.replace("/dl3/", "/cta/dl/get/custom//"),
    FILE.replace("/dl3/", "/cta%2fdl/get/custom/"), FILE.replace("/dl3/", "/cta/dl/get/"),
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_opens_a_file(archive, secret, stranger, spelling):
    for person in (NOBODY, stranger):
        for method in ("GET", "HEAD", "POST"):
            status, body, headers = raw(archive, spelling, method, **person.headers)
            assert status >= 300 and status != 500
            assert not secret.is_in(body)
            assert "X-Evil" not in headers
            to = headers.get("Location", "")
            assert not to or not secret.is_in(raw(archive, to, **person.headers)[1])


def test_absolute_paths_are_no_files_of_the_archive(archive, secret, challenge):
    there = f"{challenge}/north/sim_{PROPRIETARY}.fits.gz"
    for spelled in (there, quote(there, safe=""), there.replace("/", "%252f"), f"file:{there}"):
        for door in ("/dl3/", "/dl3/SIM-CTAO-N/", f"/dl3/{KEY}/", "/getproduct/", "/static/", "/"):
            for path in (door + spelled, door + spelled.lstrip("/")):
                status, body, _ = raw(archive, path)
                assert status in (400, 401, 403, 404, 406), path
                assert not secret.is_in(body)


def test_no_product_is_in_the_table_that_stock_services_read(archive):
    """Not one file of ours, so getproduct, getTar, dlget and previews have none."""
    ((count,),) = archive.sql(
        "SELECT count(*) FROM dc.products AS p WHERE p.sourcetable LIKE %s OR EXISTS"
        " (SELECT FROM cta.source_file AS f WHERE p.accesspath LIKE %s || f.path)",
        ("cta.%", "%"),
    )
    assert count == 0


RESOURCE = """<resource schema="leaky" resdir="leaky">
  <service id="s" allowed="static">
    <meta name="title">Files beside a folder of secrets</meta>
    <property name="staticData">open</property>
    <nullCore/>
  </service>
</resource>
"""


@pytest.fixture
def other_resource(archive):
    """A resource of the operator's own, with open files, closed ones and their previews."""
    folder = archive.var / "gavo" / "inputs" / "leaky"
    for name in ("open/a.txt", "open_secret/a.txt", "open_secret/preview.png", "open/preview.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    (folder / "q.rd").write_text(RESOURCE)
    product = (
        "INSERT INTO dc.products (accref, owner, embargo, mime, accesspath, sourcetable, preview,"
        " preview_mime) VALUES (%s, %s, %s, 'text/plain', %s, 'leaky.data', %s, 'image/png')"
    )
    paths = [f"leaky/{name}" for name in ("open_secret/a.txt", "open_secret/preview.png")]
    archive.sql(product, ("leaky/closed", "leaky-owner", "2999-01-01", *paths))
    archive.sql(product, ("leaky/free", None, None, "leaky/open/a.txt", "leaky/open/preview.png"))
    try:
        yield
    finally:
        archive.sql("DELETE FROM dc.products WHERE sourcetable = 'leaky.data'")
        shutil.rmtree(folder)


def test_the_neighbours_of_a_static_folder_are_closed(archive, other_resource):
    assert raw(archive, "/leaky/q/s/static/a.txt")[:2] == (200, b"content of open/a.txt")
    for way in (
        "..%2fopen_secret/a.txt",
        "%2e%2e%2fopen_secret%2fa.txt",
        "x/../../open_secret/a.txt",
    ):
        status, body, _ = raw(archive, f"/leaky/q/s/static/{way}")
        assert (status, b"content of" in body) == (400, False)


def test_previews_are_as_closed_as_their_products(archive, other_resource, stranger):
    closed, free = "/getproduct/leaky/closed", "/getproduct/leaky/free"
    for path in (closed, f"{closed}?preview=True", f"{closed}?preview=1&ra=1&dec=1&sra=1&sdec=1"):
        for person, refusal in ((NOBODY, 401), (stranger, 403)):
            status, body, _ = raw(archive, path, **person.headers)
            assert (status, b"content of" in body) == (refusal, False)
    wanted = (b"content of open_secret/a.txt", b"content of open_secret/preview.png")
    join(archive, stranger.name, "leaky-owner")
    try:
        for path, content in zip((closed, f"{closed}?preview=True"), wanted, strict=True):
            assert raw(archive, path, **stranger.headers)[:2] == (200, content)
    finally:
        leave(archive, stranger.name, "leaky-owner")
    assert raw(archive, f"{free}?preview=True")[:2] == (200, b"content of open/preview.png")


OTHER_CODE = """
import contextlib, dataclasses, sys
from gavo.protocols import products, tap
from gavo.web import root
from iact.dachs import guard, stockdoors, uploads

stock = tap.parseUploadString
with contextlib.redirect_stderr(sys.stdout):
    for adapter, protect in (
        (guard, guard.watch_requests),
        (stockdoors, stockdoors.close_doors),
        (uploads, uploads.refuse_urls),
    ):
        code = {next(iter(adapter.KNOWN.code)): {"another"}}
        adapter.KNOWN = dataclasses.replace(adapter.KNOWN, code=code)
        protect()
assert root.site.requestFactory is guard.Request
assert products.PRODUCT_CLASSES[0] is stockdoors.UnauthorizedPreview
assert tap.parseUploadString is not stock
"""


def test_what_protects_data_is_done_with_other_code_of_dachs_too_and_said_to_be_untried(archive):
    said = archive.gavo_python(OTHER_CODE).splitlines()
    assert len(said) == 3
    assert all("so nobody has tried there how " in line for line in said)
