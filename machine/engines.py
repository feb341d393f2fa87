"""The engine of each table, with the machine's guards and actions; built once, shared by every running exchange."""

from __future__ import annotations

from functools import cache

from isakmp.machine.actions import performer
from isakmp.machine.checks import guard_function
from isakmp.machine.engine import Engine
from isakmp.spec.messages import Exchange
from isakmp.spec.table import table
from isakmp.spec.terms import Role


@cache
def engine_of(exchange: Exchange, role: Role) -> Engine:
    """The engine of one role in one exchange.

    Raises:
        TableError: the exchange's table is not in order.
    """
    return Engine(table(exchange, role), guard_function, performer)
