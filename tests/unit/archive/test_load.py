"""Text for COPY: every character comes back as it was."""

import numpy as np
import pytest

from iact.archive.load import copy_text, merge


def test_none_numbers_and_texts_have_their_forms():
    text = copy_text([{"a": None, "b": 1, "c": 0.1, "d": "x", "e": True, "f": np.float64(2.5)}])
    assert text == "\\N\t1\t0.1\tx\tTrue\t2.5\n"


def test_characters_with_a_meaning_are_escaped():
    assert copy_text([{"a": "a\tb\\N\r\n"}]) == "a\\tb\\\\N\\r\\n\n"


def test_nul_is_refused_with_the_text_that_holds_it():
    with pytest.raises(ValueError, match=r"NUL.*'x"):
        copy_text([{"a": "x\0"}])


def test_rows_must_agree_in_their_columns():
    with pytest.raises(ValueError, match="differ"):
        copy_text([{"a": 1}, {"b": 1}])


def test_double_precision_survives():
    value = 53343.92234009260
    assert float(copy_text([{"a": value}])) == value


def test_rows_of_several_files_are_put_together_by_table():
    assert merge([{"t": [{"a": 1}]}, {"t": [{"a": 2}], "u": [{"b": 3}]}]) == {
        "t": [{"a": 1}, {"a": 2}],
        "u": [{"b": 3}],
    }
