"""Who is waited for: slow lines are, clients that hold a place are not."""

from __future__ import annotations

import pytest

from iact.access.patience import MIN_RATE, PATIENCE, PATIENCE_WITH_SENDERS, patience


@pytest.mark.parametrize(
    ("sent", "elapsed", "left"),
    [
        (0, 0, PATIENCE),
        (0, 100, PATIENCE - 100),
        # Who was fast may rest, but not for longer than others.
        (10**12, 10, PATIENCE),
        (MIN_RATE * 5000, 5000, PATIENCE),
        (MIN_RATE * 5000, 5200, PATIENCE - 200),
    ],
)
def test_seconds_left_depend_on_what_was_taken(sent, elapsed, left):
    assert patience(sent, elapsed) == pytest.approx(left)


def test_who_takes_a_byte_now_and_then_is_left():
    assert patience(1000, 1000) < 0


def test_who_sends_is_waited_for_less_long_but_as_long_as_it_is_fast_enough():
    assert patience(0, 0, PATIENCE_WITH_SENDERS) == PATIENCE_WITH_SENDERS
    assert patience(MIN_RATE * 500, 500, PATIENCE_WITH_SENDERS) == PATIENCE_WITH_SENDERS
    assert patience(1000, PATIENCE_WITH_SENDERS + 1, PATIENCE_WITH_SENDERS) < 0
