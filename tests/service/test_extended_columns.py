"""The extended columns of CTA in ivoa.obscore, and the flat table's."""

import pytest

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
