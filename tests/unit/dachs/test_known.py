"""What is said of DaCHS's code that is not as an adapter knows it.

Under the interpreter that has DaCHS; nothing of these needs a data centre.
"""

import pytest

pytest.importorskip("gavo")

from iact.dachs import known

PIECE = "gavo.utils.parsetricks:ParserElement.resetCache"
DIGEST = known.digest(known.piece(PIECE))


def test_what_is_as_it_is_known_fits():
    as_known = known.Known("its faster parsing", {PIECE: {"another", DIGEST}})
    assert as_known.misfit == ""
    assert as_known.fits()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({PIECE: {"another"}}, "has another ParserElement.resetCache than this software knows"),
        ({f"{PIECE}d": {DIGEST}}, "has no ParserElement.resetCached any more"),
        ({"gavo.gone:Thing.do": {DIGEST}}, "has no Thing.do any more"),
        (
            {PIECE: {"another"}, "gavo.gone:Thing": {DIGEST}, "gavo.gone:do": {DIGEST}},
            "has another ParserElement.resetCache than this software knows and has no Thing, do"
            " any more",
        ),
        # It has become something without a source.
        ({"gavo.utils.parsetricks:ParserElement.DEFAULT_WHITE_CHARS": {DIGEST}}, "has another "),
    ],
)
def test_what_is_another_or_missing_is_named(capsys, code, said):
    other = known.Known("its faster parsing", code)
    assert said in other.misfit
    assert other.misfit.endswith(
        ", so it goes on without its faster parsing: answers are the same, but take longer."
    )
    assert not other.fits()
    assert said in capsys.readouterr().err


def test_what_protects_is_said_to_be_untried():
    other = known.Known("how doors are closed", {"gavo.gone:door": {"x"}}, "look", protects=True)
    assert "so nobody has tried there how doors are closed: look." in other.misfit


def test_what_adapters_have_replaced_meanwhile_does_not_count(monkeypatch):
    as_known = known.Known("its faster parsing", {PIECE: {DIGEST}})
    owner = known.piece("gavo.utils.parsetricks:ParserElement")
    monkeypatch.setattr(owner, "resetCache", owner.resetCache)
    known.replace(PIECE, lambda stock: lambda: "ours")
    assert owner.resetCache() == "ours"
    assert as_known.misfit == ""


def test_what_is_missing_is_not_replaced_and_nothing_is_derived_from_it():
    known.replace("gavo.gone:Thing.do", lambda stock: pytest.fail("nothing is there"))
    known.replace("gavo.utils.parsetricks:gone", lambda stock: pytest.fail("nothing is there"))
    assert known.base_class("gavo.utils.parsetricks:Gone") is known.Missing
    assert known.base_class("gavo.utils.parsetricks:Gone", otherwise=dict) is dict
