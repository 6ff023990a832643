"""The use cases of ObsCore's high-energy extension, in profile hea."""

import json
import shutil
from pathlib import Path

import pytest

from service.usecases import USE_CASES, all_datasets
from service.usecases.links import COLLECTIONS, LINK_CASES, write_runs


@pytest.fixture(scope="module")
def instruments(archive):
    """The archive in profile hea, with the data sets of other instruments beside its own."""
    folder = archive.var / "gavo" / "inputs" / "usecases"
    folder.mkdir()
    shutil.copyfile(Path(__file__).parent / "usecases" / "q.rd", folder / "q.rd")
    (folder / "rows.json").write_text(json.dumps(all_datasets()), encoding="utf-8")
    try:
        for words in (("dachs", "imp", "usecases/q"), ("profile", "hea")):
            done = archive.cta(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        yield archive
    finally:
        archive.cta("dachs", "drop", "usecases/q")
        archive.cta("profile", "rec")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def linked(instruments, tmp_path_factory):
    """The archive with the runs whose links use cases 18 to 22 look for."""
    root = tmp_path_factory.mktemp("runs-of-use-cases")
    settings = [
        instruments.var / "etc" / "instruments" / f"usecase-{name}.yaml" for name in COLLECTIONS
    ]
    write_runs(root)
    try:
        for path, text in zip(settings, COLLECTIONS.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        done = instruments.cta("ingest", root)
        assert done.returncode == 0, done.stdout + done.stderr
        yield instruments
    finally:
        instruments.cta("forget", root)
        for path in settings:
            path.unlink(missing_ok=True)


def identifiers(rows):
    return sorted(row["obs_publisher_did"] for row in rows)


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.number)
def test_a_use_case_finds_its_datasets_and_no_other(instruments, case):
    assert identifiers(instruments.rows(case.adql)) == identifiers(case.found)


def test_the_join_keeps_every_row(instruments):
    count = "SELECT COUNT(*) FROM {}"
    both = instruments.scalar(count.format("ivoa.obscore NATURAL JOIN ivoa.obscore_hea"))
    assert both == instruments.scalar(count.format("ivoa.obscore"))
    assert both == instruments.scalar(count.format("ivoa.obscore_hea"))
    own = instruments.scalar("SELECT COUNT(*) FROM cta.vo_obscore")
    assert both == own + len(all_datasets())


@pytest.mark.parametrize("case", LINK_CASES, ids=lambda case: case.name)
def test_a_use_case_of_links_finds_its_files_and_no_other(linked, case):
    found = sorted(row["link"] for row in linked.rows(case.adql))
    assert len(found) == len(case.found)
    for url, end in zip(found, case.found, strict=True):
        assert url.endswith(end)


def test_natural_join_with_responses_loses_data_without_a_target(linked):
    """As the table's description says; JOIN ... USING does not."""
    query = "SELECT obs_id FROM ivoa.obscore {} WHERE obs_collection = 'HESS'"
    by = {
        join: {row["obs_id"] for row in linked.rows(query.format(join))}
        for join in (
            "NATURAL JOIN ivoa.response_psf",
            "JOIN ivoa.response_psf USING (obs_id, obs_publisher_did)",
        )
    }
    assert list(by.values()) == [{"1527", "1528"}, {"1527", "1528", "1529"}]


def test_bundles_and_responses_have_the_links_of_their_list_by_association(linked):
    found = linked.rows(
        "SELECT o.dataproduct_subtype, d.access_url AS link FROM ivoa.obscore AS o"
        " JOIN datalink.response AS d ON d.dl_association_id = o.dl_association_id"
        " WHERE o.obs_id = '1527' AND o.obs_collection = 'HESS' AND d.semantics = '#this'"
    )
    assert {row["dataproduct_subtype"] for row in found} == {
        "event-list", "event-bundle", "aeff", "edisp", "psf", "bkgrate",
    }  # fmt: skip
    assert len(found) == 6
    assert len({row["link"] for row in found}) == 1
