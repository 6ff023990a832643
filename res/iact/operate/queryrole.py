"""The role of users' queries is kept to what it needs, in this data centre's own PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from iact.archive import queryrole
from iact.operate import cluster
from iact.operate.layout import Layout


def confine(layout: Layout, say: Callable[[str], None]) -> None:
    """Take from the role what it need not have; what is right already costs milliseconds.

    Parameters
    ----------
    layout
        The data centre; its PostgreSQL must be running and have DaCHS's roles.
    say
        Takes progress lines.

    Raises
    ------
    CtaError
        The database does not answer.
    """
    with contextlib.closing(cluster.connect(layout)) as db, db.cursor() as cursor:
        if queryrole.confine(cursor):
            say(
                f"The role {queryrole.ROLE}, which runs users' queries, gets no more than it needs."
            )
        db.commit()
