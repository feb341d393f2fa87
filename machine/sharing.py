"""Which pre-shared key is meant, where this end shares several: by who the peer says it is, if it says so in time.

Where an identity travels before anything rests on the key, it chooses: that of the initiator in aggressive and base
mode, that of the responder in aggressive mode. In main mode both travel under keys that depend on the shared one, so
that "the key can only be identified by the IP address of the peers" (RFC 2409 section 5.4): the one key of the
credentials is for whoever is at the address.

An identity without a key is refused, so that anybody can ask which identities have one. They are no secret in these
exchanges: whoever has one sends it in the clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isakmp.machine.config import Config, Credentials, Identity
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.run import Step
from isakmp.spec.exchanges import PHASE_1_NAMES, phase_1_forms
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange
from isakmp.spec.terms import Psk, Role

SECTION = "RFC2409:5.4"
_PSK = Psk()


def take_shared_key(step: Step, peer: Identity) -> str:
    """Take the key that is shared with who names itself so; says what is wrong where there is none."""
    exchange, credentials = step.run.table.exchange, step.run.config.credentials
    if exchange.auth is not Auth.PSK or not credentials.psk_of or not exchange.names_early(step.run.table.role.other):
        return ""
    key = credentials.psk_of.get(replace(peer, protocol=0, port=0), credentials.psk)
    if key is None:
        return "no key is shared with who names itself so"
    step.draft.values[_PSK] = key
    return ""


def keyless(config: Config) -> Iterator[str]:
    """The exchanges by shared keys that are answered, and in which none of the keys could be found, by their names."""
    for name in PHASE_1_NAMES if config.exchanges is None else sorted(config.exchanges):
        exchange = phase_1_forms(name).get(Auth.PSK)
        if exchange is not None and not _can_find(config.credentials, exchange, Role.R):
            yield name


def refuse_keyless(config: Config, exchange: Exchange) -> None:
    """Refuse to begin what could not be carried on.

    Raises:
        LocalMisuse: the peer's identity comes too late to choose a key by it, and there is no other.
    """
    if exchange.auth is Auth.PSK and not _can_find(config.credentials, exchange, Role.I):
        raise LocalMisuse(too_late(exchange.name))


def too_late(name: str) -> str:
    """Why keys by identity are not enough for an exchange."""
    return (
        f"{name} mode with pre-shared keys by identity alone: the peer's is not known before the keys are, so that its "
        "address has to choose one (RFC 2409 section 5.4)"
    )


def _can_find(credentials: Credentials, exchange: Exchange, role: Role) -> bool:
    return credentials.psk is not None or (bool(credentials.psk_of) and exchange.names_early(role.other))
