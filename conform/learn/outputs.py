"""The outputs: what comes from a target, in the words of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from isakmp.spec.exchanges import exchanges
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import D, N
from isakmp.spec.registries import ExchangeType, NotifyType, ProtocolId

SILENCE: Final = "-"
"""The output where nothing comes."""

AGAIN: Final = " again"
"""What stands behind the name of a message that came before, octet by octet the same."""

JOINED: Final = " + "
"""What stands between the outputs where several datagrams come."""

UNREAD: Final = "?"
"""What stands behind the name of an exchange where the honest partner does not take its message."""

PROTECTED: Final = "*"
"""What stands behind the name of a payload that came encrypted, as behind HDR in the figures of RFC 2409."""

_EXCHANGES: Final[Mapping[int, str]] = {exchange.type: exchange.name for exchange in exchanges()}


def unread(exchange: int) -> str:
    """The output for a message of an exchange, by its type, that the honest partner does not take: `main ?`."""
    return f"{_EXCHANGES.get(exchange, str(exchange))} {UNREAD}"


def told(payloads: Iterable[Payload], *, protected: bool) -> str:
    """The output for an informational message: `N INVALID-COOKIE`, `D ESP*`; empty where it holds neither."""
    mark = PROTECTED if protected else ""
    return ", ".join(_word(payload) + mark for payload in payloads if isinstance(payload, N | D))


def _word(payload: N | D) -> str:
    if isinstance(payload, N):
        return f"{N.__name__} {NotifyType.describe(payload.type)}"
    return delete_of(payload.protocol)


def delete_of(protocol: int) -> str:
    """The delete of a protocol's SAs, sent or received: `D ESP`; by its number where it is none that is known."""
    return f"{D.__name__} {ProtocolId(protocol).name if protocol in set(ProtocolId) else protocol}"


_TOLD = (f"{N.__name__} ", f"{D.__name__} ", unread(ExchangeType.INFORMATIONAL))


def messages_of(output: str) -> tuple[str, ...]:
    """The messages of exchanges in an output, without notifications and deletes, which nobody has to send."""
    return tuple(each for each in output.split(JOINED) if each != SILENCE and not each.startswith(_TOLD))
