"""How long a server waits for those who read what it sends, or send what it reads."""

from __future__ import annotations

#: Seconds after which a client that takes nothing any more is left.
PATIENCE = 300.0
#: Seconds after which a client that has begun with a request and sends nothing any more is left:
#: what it holds is wanted by others.
PATIENCE_WITH_SENDERS = 30.0
#: Bytes per second that a client takes or sends on average, after the first of these seconds.
MIN_RATE = 10_000.0


def patience(sent: int, elapsed: float, first: float | None = None) -> float:
    """Return for how many seconds a client may take, or send, nothing from now on.

    Parameters
    ----------
    sent
        Bytes that it has taken or sent.
    elapsed
        Seconds for which it has been sent to, or has sent.
    first
        Seconds for which it may do nothing at all; `PATIENCE` unless it is given.

    Returns
    -------
    float
        0 or less where it has been too slow to be waited for.
    """
    seconds = PATIENCE if first is None else first
    return min(seconds, seconds + sent / MIN_RATE - elapsed)
