import json
import os
import re

import pytest

from iact.operate import vocabularies
from iact.operate.layout import checkout


@pytest.fixture
def uat(tmp_path):
    vocabularies.seed(tmp_path)
    return tmp_path / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fuat"


def test_the_file_has_the_name_under_which_dachs_looks_for_it(uat):
    assert json.loads(uat.read_text())["uri"] == "http://www.ivoa.net/rdf/uat"


def test_every_subject_of_our_descriptors_is_in_it(uat):
    known = json.loads(uat.read_text())["terms"]
    for descriptor in (checkout() / "rd").glob("*.rd"):
        subjects = re.findall(r'<meta name="subject">([^<]+)<', descriptor.read_text())
        assert set(subjects) <= set(known), descriptor.name


def test_every_content_level_of_our_descriptors_is_a_known_one(tmp_path):
    vocabularies.seed(tmp_path)
    path = tmp_path / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fvoresource=2Fcontent_level"
    known = json.loads(path.read_text())["terms"]
    for descriptor in (checkout() / "rd").glob("*.rd"):
        levels = re.findall(r'<meta name="contentLevel">([^<]+)<', descriptor.read_text())
        assert set(levels) <= set(known), descriptor.name


def test_every_term_has_what_a_reader_of_desise_expects(uat):
    for term in json.loads(uat.read_text())["terms"].values():
        assert set(term) >= {"label", "description", "wider", "narrower"}


def test_a_vocabulary_that_dachs_fetched_stays(uat, tmp_path):
    uat.write_text('{"flavour": "SKOS"}')
    vocabularies.seed(tmp_path)
    assert uat.read_text() == '{"flavour": "SKOS"}'


def test_an_excerpt_of_older_software_is_renewed(uat, tmp_path):
    old = json.loads(uat.read_text())
    old["terms"] = {}
    uat.write_text(json.dumps(old))
    vocabularies.seed(tmp_path)
    assert json.loads(uat.read_text())["terms"]


def test_an_excerpt_never_gets_so_old_that_dachs_would_look_for_a_network(uat, tmp_path):
    os.utime(uat, (0, 0))
    vocabularies.seed(tmp_path)
    assert uat.stat().st_mtime > 0
