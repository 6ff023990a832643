"""What may reach places where DaCHS makes code of columns."""

import pytest
from astropy.io.fits import Card

from iact import columnrules
from iact.columnrules import ColumnFault


@pytest.mark.parametrize("name", ["a", "A_1", "_x", "obs_publisher_did", "select"])
def test_names_of_ascii_letters_digits_and_underscores_are_plain(name):
    assert columnrules.is_plain(name)


@pytest.mark.parametrize(
    "name", ["", "1a", "a b", "a'", 'a"', "a\n", "a\\", "é", "a%", columnrules.stand_in(3)]
)
def test_other_names_are_not_plain(name):
    assert not columnrules.is_plain(name)


def test_each_column_has_a_stand_in_of_its_own():
    assert len({columnrules.stand_in(number) for number in range(300)}) == 300


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "a\tb", "a\ud800", "a\uffff"])
def test_a_name_that_xml_cannot_have_is_refused_with_its_character(name):
    with pytest.raises(ColumnFault, match=r"U\+[0-9A-F]{4} at position [12]"):
        columnrules.check_name(name)


def test_a_name_is_not_empty():
    with pytest.raises(ColumnFault, match="empty name"):
        columnrules.check_name("")


@pytest.mark.parametrize("name", ["Gr\xc3\xb6\xc3\x9fe", "a\x85b", "a\u2028b", "\x7f"])
def test_names_have_what_xml_can_have(name):
    columnrules.check_name(name)


@pytest.mark.parametrize("text", ["SELECT 'é'\n\t\r", "\U0001f600"])
def test_what_xml_can_have_is_good_for_a_query(text):
    columnrules.check_text(text)


def test_a_query_with_what_xml_cannot_have_is_refused():
    with pytest.raises(ColumnFault, match=r"U\+0001 at position 3"):
        columnrules.check_text("ab\x01")


@pytest.mark.parametrize("size", [None, "", "1", "*", "10*", "2x3", "2x3x*", " 3 "])
def test_array_sizes_of_votable_are_good(size):
    columnrules.check_field("a", "int", size)


@pytest.mark.parametrize(
    "size",
    [
        "x",
        "2x",
        "x2",
        "*x2",
        "**",
        "-1",
        "+1",
        "1.5",
        "1_0",
        "٣",
        "2 x 3",
        "3]",
        "1" * 10,
        "0",
        "2x0",
        "0*",
    ],
)
def test_other_array_sizes_are_refused_with_the_column_s_name(size):
    with pytest.raises(ColumnFault, match="column 'flux' has the arraysize"):
        columnrules.check_field("flux", "int", size)


@pytest.mark.parametrize("datatype", [None, "", "INT", "text", "int[3]"])
def test_other_datatypes_than_votable_s_are_refused_with_the_column_s_name(datatype):
    with pytest.raises(ColumnFault, match="column 'flux' has the datatype"):
        columnrules.check_field("flux", datatype, None)


@pytest.mark.parametrize(
    ("datatype", "null"),
    [("int", "-99"), ("short", "0xFF"), ("double", "NaN"), ("float", "-1.5e-3"), ("int", ""),
     ("floatComplex", "1 2"), ("char", "it's \"n/a\"\\"), ("double", "-Inf"),
     ("boolean", "False"), ("boolean", "?")],
)  # fmt: skip
def test_null_values_that_fit_are_good(datatype, null):
    columnrules.check_field("a", datatype, None, [null])


@pytest.mark.parametrize("null", ['1"', "'", "1\n", "a b c", "__x", "1;2", "\\"])
def test_null_values_of_numbers_that_are_none_are_refused(null):
    with pytest.raises(ColumnFault, match="null value"):
        columnrules.check_field("flux", "int", None, ["-1", null])


def test_null_values_of_booleans_that_are_none_are_refused():
    with pytest.raises(ColumnFault, match="is no boolean"):
        columnrules.check_field("flag", "boolean", None, ["'"])


@pytest.mark.parametrize("text", ["a", "Größe", "it's", "n" * 300, "'" * 80, "''/x", "\\' a'/b"])
def test_fits_has_texts_that_are_read_back(text):
    written = columnrules.for_fits(text)
    assert written.isascii()
    assert Card.fromstring(str(Card("TTYPE1", written, "a comment"))).value == written
