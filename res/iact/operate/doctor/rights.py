"""What the database's role that runs users' queries could do beside them."""

from __future__ import annotations

from collections.abc import Iterator

from iact.archive import queryrole
from iact.operate.doctor.case import Case
from iact.operate.doctor.finding import Finding, fault, note, psql

_NAMED = 3


def query_role(case: Case) -> Iterator[Finding]:
    """Find what the role may do beside reading what TAP publishes."""
    for what, query in queryrole.EXCESSES.items():
        if found := [name for (name,) in case.rows(query)]:
            yield fault(f"{what}: {_some(found)}.", "bin/cta setup")
    role = queryrole.ROLE
    for (power,) in case.rows(queryrole.POWERS):
        yield fault(
            f"The role {role} has {power}: a query may do more than read.",
            psql(
                f"REVOKE {power.removeprefix('membership in ')} FROM {role}"
                if power.startswith("membership in ")
                else f"ALTER ROLE {role} NO{power}"
            ),
        )
    for table, rights in case.rows(queryrole.WRITABLE):
        yield fault(
            f"The role {role} may do more with {table} than read it: {rights}.",
            psql(f"REVOKE {rights} ON {table} FROM PUBLIC, {role}"),
        )
    for (table,) in case.rows(queryrole.UNPUBLISHED):
        # DaCHS lets it read tables with adql="hidden", and those of profiles of the operator's.
        yield note(
            f'The role {role} may read {table}, which TAP does not publish (adql="hidden"?).',
            "Unless queries need it: " + psql(f"REVOKE ALL ON {table} FROM PUBLIC, {role}"),
        )


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
