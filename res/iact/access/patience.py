"""How long a server waits for those who read what it sends."""

from __future__ import annotations

#: Seconds after which a client that takes nothing any more is left.
PATIENCE = 300.0
#: Bytes per second that a client takes on average, after the first `PATIENCE` seconds.
MIN_RATE = 10_000.0


def patience(sent: int, elapsed: float) -> float:
    """Return for how many seconds a client may take nothing from now on.

    Parameters
    ----------
    sent
        Bytes that it has taken.
    elapsed
        Seconds for which it has been sent to.

    Returns
    -------
    float
        0 or less where it has been too slow to be waited for.
    """
    return min(PATIENCE, PATIENCE + sent / MIN_RATE - elapsed)
