"""The extended columns of CTA in ivoa.obscore, beside an operator's own, and the flat table's."""

import threading

import pytest

from service.owncentre import dachs, imported

#: Utype, UCD and unit of columns that ObsCore lists as optional; ObsCore 1.1, appendix B.
STANDARD = {
    "data_rights": ("Curation.rights", "meta.code", ""),
    "obs_release_date": ("Curation.releaseDate", "time.release", ""),
    "proposal_id": ("Provenance.Proposal.identifier", "meta.id;obs.proposal", ""),
    "s_resolution_min": (
        "Char.SpatialAxis.Resolution.Bounds.Limits.LoLimit", "pos.angResolution;stat.min", "arcsec",
    ),
    "s_resolution_max": (
        "Char.SpatialAxis.Resolution.Bounds.Limits.HiLimit", "pos.angResolution;stat.max", "arcsec",
    ),
    "s_calib_status": ("Char.SpatialAxis.calibrationStatus", "meta.code.qual", ""),
    "t_calib_status": ("Char.TimeAxis.calibrationStatus", "meta.code.qual", ""),
    "em_calib_status": ("Char.SpectralAxis.calibrationStatus", "meta.code.qual", ""),
}  # fmt: skip
OF_CTA = {
    "site", "sub_array_name", "obs_mode", "run_type", "ctao_level", "calib_version",
    "reco_version", "reco_method", "applied_cuts", "spectral_model", "data_quality",
}  # fmt: skip
EXTENDED = STANDARD.keys() | OF_CTA
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
#: What a data centre of the version before has.
BEFORE = """\
<resource schema="dc" resdir="__system">
  <!-- Yours to extend: see "Extending Obscore" in the reference of DaCHS. -->
  <STREAM id="obscore-extracolumns">
    <FEED source="cta/ext#obscore-extracolumns"/>
  </STREAM>
</resource>
"""
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
def userconfig(site):
    """The site's own file, for each test to write; in the end all is what it was."""
    path = site.var / "gavo" / "etc" / "userconfig.rd"
    text = path.read_bytes()
    yield path
    path.write_bytes(text)
    setup(site)


def test_optional_columns_are_described_as_the_standard_wants(archive):
    found = {
        row["column_name"]: (row["utype"].removeprefix("obscore:"), row["ucd"], row["unit"])
        for row in archive.rows("SELECT * FROM TAP_SCHEMA.columns WHERE table_name='ivoa.obscore'")
        if row["column_name"] in STANDARD
    }
    assert found == STANDARD


def test_obscore_has_the_values_of_the_flat_table(archive):
    names = ", ".join(["obs_publisher_did", *sorted(EXTENDED)])
    query = f"SELECT {names} FROM {{}} WHERE obs_publisher_did LIKE '%%/~?cta/%%' ORDER BY 1"
    standard, flat = (archive.sql(query.format(t)) for t in ("ivoa.obscore", "cta.vo_obscore"))
    assert len(flat) >= 24
    assert standard == flat


def test_the_flat_table_knows_proposals(archive):
    found = archive.sql(
        "SELECT count(*), count(p.proposal_id), count(*) FILTER (WHERE"
        " (o.proposal_type, o.proposal_title, o.proposal_contact)"
        " IS NOT DISTINCT FROM (p.proposal_type, p.proposal_title, p.proposal_contact))"
        " FROM cta.vo_obscore AS o LEFT JOIN cta.proposal AS p USING (obs_collection, proposal_id)"
    )
    ((rows, with_proposal, equal),) = found
    assert rows == equal
    assert 0 < with_proposal < rows


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("tracking_type = 'sidereal' AND obs_id = '101001'", 1),
        ("tracking_type = tracking_mode OR tracking_type IS NULL AND tracking_mode IS NULL", None),
        ("moon_level IS NULL AND sky_brightness IS NULL", None),
        ("moon_level = 'dark' OR sky_brightness = 'dark'", 0),
        ("ivo_nocasematch(proposal_title, '%no such words%') = 1", 0),
        ("ivo_nocasematch(proposal_contact, '%nobody%') = 1 OR proposal_type = 'none'", 0),
    ],
)
def test_the_columns_of_the_ctao_data_explorer_can_be_asked_for(archive, condition, expected):
    if expected is None:
        expected = archive.scalar("SELECT COUNT(*) FROM cta.vo_obscore")
    found = archive.scalar(f"SELECT COUNT(*) FROM cta.vo_obscore WHERE {condition}")
    assert found == expected


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


def test_a_column_of_the_operators_with_a_name_of_ours_is_named(site, userconfig):
    before = columns(site)
    text = OWN.replace("pluto_long", "proposal_id")
    userconfig.write_text(text, encoding="utf-8")
    done = site.cta("setup")
    assert done.returncode == 1
    assert (
        f"{userconfig}: the stream obscore-extracolumns has the columns proposal_id" in done.stderr
    )
    assert userconfig.read_text(encoding="utf-8") == text
    assert columns(site) == before


def test_a_file_that_dachs_passes_over_is_refused(site, userconfig):
    before = columns(site)
    text = OWN.replace("<!--", "<nonsense/><!--")
    userconfig.write_text(text, encoding="utf-8")
    done = site.cta("setup")
    assert done.returncode == 1
    assert "no nonsense attributes or children" in done.stderr
    assert f"{userconfig} is as it was before" in done.stderr
    assert userconfig.read_text(encoding="utf-8") == text
    assert columns(site) == before


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
    userconfig.write_text(BEFORE, encoding="utf-8")
    (site.var / "run" / "extension.json").unlink()
    (site.var / "run" / "resources.json").unlink()
