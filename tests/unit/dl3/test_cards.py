"""Values of cards: the same by our own reading of ordinary cards as by astropy's."""

import warnings

import pytest
from astropy.io import fits

from iact.dl3.cards import CARD, END, Cards, UnreadableCard


def header(*cards: str) -> str:
    return "".join(card.ljust(CARD) for card in cards) + END


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("'Crab Nebula'        / target", "Crab Nebula"),
        ("'O''Neill'", "O'Neill"),
        ("'  leading and trailing  '", "  leading and trailing"),
        ("''", ""),
        ("'slash / inside' / comment", "slash / inside"),
        ("                   T / logical", True),
        ("F/", False),
        ("                 0042", 42),
        ("-17", -17),
        ("99999999999999999999999", 99999999999999999999999),
        ("                  1.5 / real", 1.5),
        (".5", 0.5),
        ("-1.", -1.0),
        ("1E5", 1e5),
        ("6.5D-3", 6.5e-3),
        ("1.5E400", float("inf")),
        ("", None),
        ("/ only a comment", None),
        # Left to astropy, which takes what FITS does not quite allow.
        ("1e5", 1e5),
        ("- 5", -5),
        ("(1, 2)", 1 + 2j),
    ],
)
def test_values_are_those_of_the_standard(said: str, value: object) -> None:
    found = Cards(header(f"KEY     = {said}")).value("KEY")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("said", ["'no end", "TRUE", "5 6", "nan", "'text' more", "1.2.3"])
def test_what_is_no_value_is_unreadable_every_time(said: str) -> None:
    cards = Cards(header(f"KEY     = {said}"))
    for _ in range(2):
        with pytest.raises(UnreadableCard, match="KEY"):
            cards.value("KEY")


def test_an_absent_card_has_no_value() -> None:
    assert Cards(header("KEY     = 1")).value("OTHER") is None


def test_of_several_cards_the_first_counts_and_all_are_listed() -> None:
    cards = Cards(header("KEY     = 1", "COMMENT = 2", "", "HISTORY x", "KEY     = 3"))
    assert cards.value("KEY") == 1
    assert cards.keywords == ["KEY", "KEY"]


def test_text_with_a_colon_is_text() -> None:
    # astropy's Header takes it for a record-valued card and loses the keyword.
    assert Cards(header("OBJECT  = 'field: 2'")).value("OBJECT") == "field: 2"


def test_cards_behind_the_end_do_not_count() -> None:
    assert Cards(header("A       = 1") + header("B       = 2")).keywords == ["A"]


@pytest.mark.parametrize(
    ("cards", "keyword", "value"),
    [
        (("LONG    = 'begins &'", "CONTINUE  'and ends'"), "LONG", "begins and ends"),
        (("HIERARCH ESO DET ID = 7",), "ESO DET ID", 7),
        (("lower   = 5",), "LOWER", 5),
        (("A       =5", "KEY     = 1"), "KEY", 1),
    ],
)
def test_headers_of_other_forms_are_astropys(
    cards: tuple[str, ...], keyword: str, value: object
) -> None:
    found = Cards(header(*cards, "LAST    = 'x'"))
    assert found.value(keyword) == value
    assert found.value("LAST") == "x"
    assert keyword in found.keywords


def test_every_random_card_reads_as_astropy_reads_it() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    pieces = st.sampled_from(
        ["'", "''", "T", "F", "1", "0", "+", "-", ".", "E", "D", "e", "/", " ", "a", ",", "(", ")"]
    )

    @hypothesis.settings(max_examples=2000, deadline=None)
    @hypothesis.given(st.lists(pieces, max_size=12).map("".join))
    def check(said: str) -> None:
        raw = f"KEY     = {said}".ljust(CARD)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = fits.Card.fromstring(raw).value
        except (fits.VerifyError, ValueError):
            with pytest.raises(UnreadableCard):
                Cards(raw + END).value("KEY")
            return
        if isinstance(expected, fits.card.Undefined):
            expected = None
        found = Cards(raw + END).value("KEY")
        assert found == expected
        assert type(found) is type(expected)

    check()
