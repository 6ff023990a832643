"""An operator's userconfig.rd gets the columns of CTA for ivoa.obscore, and loses nothing."""

import threading

import pytest

from service.owncentre import dachs, imported, own_centre
from service.test_extended_columns import EXTENDED
from unit.operate.test_userconfig import BEFORE

#: An operator's column of their own, as the reference of DaCHS has it ("Extending Obscore").
OWN = r"""<?xml version='1.0' encoding='UTF-8'?>
<resource schema="__system">
  <!-- Bitte nicht löschen! -->
  <STREAM id="obscore-extracolumns">
    <column name="pluto_long" type="real" unit="deg" ucd="pos"  description="Length of Pluto"/>
  </STREAM>
  <STREAM id="obscore-extrapars"><mixinPar key="pluto">7</mixinPar></STREAM>
  <STREAM id="obscore-extraevents">
    <property name="obscoreClause" cumulate="True">, CAST(\\pluto AS real) AS pluto_long</property>
  </STREAM>
</resource>"""
CHANGED = "Bringing ivoa.obscore"


def columns(archive):
    """Return the columns of ivoa.obscore in the database, in TAP_SCHEMA."""
    there = archive.sql(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'ivoa.obscore'::regclass AND attnum > 0"
    )
    told = archive.sql(
        "SELECT column_name FROM tap_schema.columns WHERE table_name = 'ivoa.obscore'"
    )
    return {name for (name,) in there}, {name for (name,) in told}


def setup(archive):
    done = archive.cta("setup")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site():
    """A data centre with two runs."""
    with own_centre(940001, 940002) as made:
        yield made


@pytest.fixture(scope="module")
def userconfig(site):
    """The site's own file, for each test to write; in the end all is what it was."""
    path = site.var / "gavo" / "etc" / "userconfig.rd"
    text = path.read_bytes()
    yield path
    path.write_bytes(text)
    setup(site)


def test_a_second_setup_changes_nothing(site):
    setup(site)
    assert CHANGED not in setup(site)


def test_an_operators_own_columns_go_on_beside_ours(site, userconfig):
    with imported(site, "plain"):
        userconfig.write_text(OWN, encoding="utf-8")
        userconfig.chmod(0o640)
        assert CHANGED in setup(site)
        for found in columns(site):
            assert found >= EXTENDED | {"pluto_long"}
        # Nothing that the operator wrote has changed.
        rest = iter(userconfig.read_text(encoding="utf-8"))
        assert all(letter in rest for letter in OWN)
        assert userconfig.stat().st_mode & 0o777 == 0o640
        # A resource that knows nothing of all this goes on, with the defaults.
        others = site.sql(
            "SELECT obs_id, obs_mode, site, pluto_long FROM ivoa.obscore"
            " WHERE obs_collection = 'PLAIN' ORDER BY 1"
        )
        assert others == [("plate-1", "unknown", None, 7.0), ("plate-2", "unknown", None, 7.0)]
        dachs(site, "imp", "plain/q")
        assert site.scalar("SELECT COUNT(*) FROM ivoa.obscore") == 4
    assert CHANGED not in setup(site)


def refused(site, userconfig, text):
    """Set up with a file, by which nothing must change; return what is said of it."""
    before = columns(site)
    userconfig.write_text(text, encoding="utf-8")
    done = site.cta("setup")
    assert done.returncode == 1
    assert userconfig.read_text(encoding="utf-8") == text
    assert columns(site) == before
    return done.stderr


def test_a_column_of_the_operators_with_a_name_of_ours_is_named(site, userconfig):
    said = refused(site, userconfig, OWN.replace("pluto_long", "proposal_id"))
    assert f"{userconfig}: the stream obscore-extracolumns has the columns proposal_id" in said


def test_a_file_that_dachs_passes_over_is_refused(site, userconfig):
    said = refused(site, userconfig, OWN.replace("<!--", "<nonsense/><!--"))
    assert "no nonsense attributes or children" in said
    assert f"{userconfig} is as it was before" in said


def test_what_does_not_work_is_taken_back(site, userconfig):
    """A column of the operator's, fed in from elsewhere, has a name of ours."""
    text = OWN.replace("pluto_long", "site").replace(
        'id="obscore-extracolumns"', 'id="mine"'
    ).replace("</resource>", """\
  <STREAM id="obscore-extracolumns"><FEED source="mine"/></STREAM>
</resource>""")  # fmt: skip
    userconfig.write_text(text, encoding="utf-8")
    dachs(site, "imp", "//obscore", "refreshAfterSchemaUpdate")
    dachs(site, "imp", "//obscore", "create")
    before = columns(site)
    rows = site.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did")
    done = site.cta("setup")
    assert done.returncode == 1
    assert '"site" specified more than once' in " ".join(done.stderr.split())
    assert f"{userconfig} is as it was before" in done.stderr
    assert "Traceback" not in done.stderr
    assert userconfig.read_text(encoding="utf-8") == text
    assert columns(site) == before
    assert site.sql("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did") == rows


def test_an_archive_of_the_version_before_gets_them_while_queries_run(site, userconfig):
    as_before(site, userconfig)
    there, told = columns(site)
    assert not (there | told) & EXTENDED
    told = []
    upgrade = threading.Thread(target=lambda: told.append(setup(site)))
    upgrade.start()
    counts = []
    while upgrade.is_alive():
        counts.append(site.scalar("SELECT COUNT(*) FROM ivoa.obscore"))
    assert CHANGED in told[0]
    assert len(counts) > 5
    assert set(counts) == {2}
    for found in columns(site):
        assert found >= EXTENDED
    assert site.scalar("SELECT COUNT(*) FROM ivoa.obscore NATURAL JOIN ivoa.obscore_hea") == 2


def as_before(site, userconfig):
    """Bring a data centre to what the version before had made of it."""
    userconfig.write_text("<resource schema='dc'/>", encoding="utf-8")
    dachs(site, "imp", "//obscore", "refreshAfterSchemaUpdate")
    dachs(site, "imp", "//obscore", "create")
    dachs(site, "drop", "-s", "cta/hea")
    userconfig.write_bytes(BEFORE)
    (site.var / "run" / "extension.json").unlink()
    (site.var / "run" / "resources.json").unlink()
