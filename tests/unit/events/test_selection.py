"""Requests: one result or many."""

import pytest

from iact.events.faults import Fault
from iact.events.region import Circle, Range
from iact.events.selection import combined_requests, selection_of, single_request


def test_different_parameters_hold_together():
    found = selection_of(
        {
            "CIRCLE": ["1 2 3"],
            "POS": ["RANGE 0 1 2 3"],
            "ENERGY": ["1 10"],
            "BAND": ["-Inf 6.199209921660e-19"],
            "HDU": ["Events", "AEFF"],
        }
    )
    assert found.regions == (Circle(1, 2, 3), Range((0, 1), (2, 3)))
    assert found.energy == pytest.approx((2, 10))
    assert found.time is None
    assert [found.wants(kind) for kind in ("events", "gti", "aeff", "psf")] == [1, 1, 1, 0]


def test_without_parameters_everything_is_selected():
    found = selection_of({"ID": ["x"]})
    assert (found.regions, found.energy, found.time) == ((), None, None)
    assert found.wants("psf")


@pytest.mark.parametrize("name", ["ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "ENERGY"])
def test_several_values_are_for_jobs(name):
    values = {"ID": ["x"], name: ["1 2 3", "4 5 6"]}
    with pytest.raises(Fault, match=f"{name} has 2 values") as caught:
        single_request(values)
    assert caught.value.text.startswith("MultiValuedParamNotSupported: ")
    assert caught.value.status == 400


@pytest.mark.parametrize("text", ["\u00e4", "8\n9", "\u0668"])
def test_types_are_texts_that_headers_can_have(text):
    with pytest.raises(Fault, match="ASCII") as raised:
        selection_of({"ID": ["ivo://x"], "EVENT_TYPE": ["8", text]})
    assert raised.value.status == 400


@pytest.mark.parametrize("name", ["EVENT_TYPE", "HDU"])
def test_several_types_and_hdus_are_joined(name):
    values = {"ID": ["x"], name: ["gti", "aeff"]}
    assert single_request(values) == values
    assert combined_requests(values) == [values]


def test_a_job_has_a_result_for_each_combination():
    found = combined_requests(
        {"ID": ["a", "b"], "ENERGY": ["1 2", "2 3", "3 4"], "HDU": ["gti", "aeff"]}
    )
    assert len(found) == 6
    assert found[1] == {"ID": ["a"], "ENERGY": ["2 3"], "HDU": ["gti", "aeff"]}


def test_a_job_has_not_any_number_of_results():
    with pytest.raises(Fault, match="at most 100"):
        combined_requests({"ID": ["x"] * 10_000})


@pytest.mark.parametrize("prepare", [single_request, combined_requests])
@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "ID is missing"), ({"ENERGY": ["1 2"]}, "ID is missing"), ({"ID": ["a\0b"]}, "NUL")],
)
def test_requests_that_name_nothing_are_refused(prepare, values, said):
    with pytest.raises(Fault, match=said):
        prepare(values)


def test_an_unknown_kind_of_hdu_is_refused():
    with pytest.raises(Fault, match="HDU=package is not one of events, gti, aeff"):
        selection_of({"HDU": ["package"]})
