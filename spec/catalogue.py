"""Everything that has a table: the exchanges in all their forms, and the processes beside them."""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.spec.exchanges import exchanges
from isakmp.spec.keying import Auth
from isakmp.spec.liveness import DPD
from isakmp.spec.processes import Process, process_table
from isakmp.spec.table import Table, table
from isakmp.spec.terms import Role
from isakmp.spec.xauth import XAUTH

PROCESSES: tuple[Process, ...] = (XAUTH, DPD)
"""The processes, in the order in which an ISAKMP SA meets them."""


def tables(name: str | None = None, auth: Auth | None = None, role: Role | None = None) -> Iterator[Table]:
    """Every table, or those of one name, form of authentication, role: exchanges first, then processes."""
    roles = [each for each in Role if role in (None, each)]
    for exchange in exchanges():
        if name in (None, exchange.name) and (auth is None or exchange.auth in (None, auth)):
            for each in roles:
                yield table(exchange, each)
    for process in PROCESSES:
        if name in (None, process.name):
            for each in roles:
                yield process_table(process, each)


def table_names() -> tuple[str, ...]:
    """The names by which `tables` finds something, each once."""
    return tuple(dict.fromkeys([*(exchange.name for exchange in exchanges()), *(each.name for each in PROCESSES)]))
