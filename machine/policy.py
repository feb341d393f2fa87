"""A policy: what an end offers and accepts, what is weak in it, and what two of them would agree on.

Two policies are matched by the negotiation that the machine runs, so that the answer is that of a handshake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.errors import IsakmpError
from isakmp.machine.negotiation import IKE_PARTS, IPSEC_PARTS, choose_ike, choose_ipsec, phase_1_offer, phase_2_offer
from isakmp.spec import guidance
from isakmp.spec.algorithms import (
    AH_INTEGRITY,
    AUTHENTICATIONS,
    COMBINED,
    INTEGRITIES,
    EspSuite,
    method_name,
)
from isakmp.spec.exchanges import PHASE_1_NAMES
from isakmp.spec.groups import group_name
from isakmp.spec.guidance import Advice
from isakmp.spec.keying import Auth
from isakmp.spec.limits import IPSEC_SPI_OCTETS
from isakmp.spec.negotiation import FREE_SPIS
from isakmp.spec.registries import AhTransform, EspTransform, Group, ProtocolId

EXCHANGES = PHASE_1_NAMES
"""The exchanges of phase 1 that a policy may name."""


class PolicyError(IsakmpError):
    """A policy that cannot be used; the message names the place (a key, a line) and what is wrong there."""


@dataclass(frozen=True)
class Policy:
    """What one end offers, and accepts, in order of preference. `remarks` are what an import could not take over."""

    exchanges: tuple[str, ...]
    ike: tuple[IkeProposal, ...]
    ipsec: tuple[IpsecProposal, ...]
    remarks: tuple[str, ...] = ()


def ike_name(proposal: IkeProposal) -> str:
    """A phase 1 proposal in short: `aes256-sha256-modp2048 psk`."""
    return f"{proposal.suite} {method_name(proposal.auth)}"


def ipsec_name(proposal: IpsecProposal) -> str:
    """A phase 2 proposal in short: `esp aes256-sha256 tunnel pfs modp2048`."""
    if proposal.protocol is ProtocolId.AH:
        what = INTEGRITIES[AH_INTEGRITY[AhTransform(proposal.transform)]].name
    else:
        what = str(EspSuite(EspTransform(proposal.transform), proposal.key_length, proposal.integrity))
    pfs = f"pfs {group_name(proposal.group)}" if proposal.group is not None else "without pfs"
    return f"{proposal.protocol.name.lower()} {what} {proposal.mode.name.lower()} {pfs}"


# ---- what is weak ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weakness:
    """Something in a policy that guidance speaks against: where it stands, what it is, and what is said."""

    place: str
    what: str
    advice: Advice


def weaknesses(policy: Policy) -> tuple[Weakness, ...]:
    """All that guidance speaks against in a policy, in the order of the policy."""
    return tuple(dict.fromkeys((*_of_exchanges(policy), *_of_ike(policy), *_of_ipsec(policy))))


def _of_exchanges(policy: Policy) -> Iterator[Weakness]:
    psk = any(AUTHENTICATIONS[proposal.auth].kind is Auth.PSK for proposal in policy.ike)
    for name in policy.exchanges:
        advice = guidance.EXCHANGES.get(EXCHANGES[name])
        if advice is not None:
            yield Weakness("exchange", f"{name} mode", advice)
            if psk:
                yield Weakness("exchange", f"{name} mode with a pre-shared key", guidance.GUESSABLE)


def _of_ike(policy: Policy) -> Iterator[Weakness]:
    for number, proposal in enumerate(policy.ike, 1):
        place = f"ike {number}"
        said = (
            (proposal.encryption.label, guidance.CIPHERS.get(proposal.encryption)),
            (proposal.hash.label, guidance.HASHES.get(proposal.hash)),
            (proposal.group.label, guidance.GROUPS.get(proposal.group)),
            (proposal.auth.label, guidance.METHODS.get(proposal.auth)),
        )
        yield from (Weakness(place, what, advice) for what, advice in said if advice is not None)
        if AUTHENTICATIONS[proposal.auth].kind is Auth.PSK:
            yield Weakness(place, proposal.auth.label, guidance.SHARED_KEY)
        if proposal.lifetime > guidance.LONGEST_IKE_LIFETIME:
            yield Weakness(place, f"a lifetime of {proposal.lifetime} s", guidance.LIFETIME)


def _of_ipsec(policy: Policy) -> Iterator[Weakness]:
    for number, proposal in enumerate(policy.ipsec, 1):
        place = f"ipsec {number}"
        yield from _of_protection(place, proposal)
        if proposal.group is None:
            yield Weakness(place, "quick mode without perfect forward secrecy", guidance.NO_FORWARD_SECRECY)
        elif isinstance(proposal.group, Group) and proposal.group in guidance.GROUPS:
            yield Weakness(place, proposal.group.label, guidance.GROUPS[proposal.group])
        if proposal.lifetime > guidance.LONGEST_IPSEC_LIFETIME:
            yield Weakness(place, f"a lifetime of {proposal.lifetime} s", guidance.LIFETIME)


def _of_protection(place: str, proposal: IpsecProposal) -> Iterator[Weakness]:
    integrity = proposal.integrity
    if proposal.protocol is ProtocolId.AH:
        yield Weakness(place, "AH", guidance.AH)
        integrity = AH_INTEGRITY[AhTransform(proposal.transform)]
    else:
        transform = EspTransform(proposal.transform)
        if transform in guidance.ESP:
            yield Weakness(place, transform.label, guidance.ESP[transform])
        if integrity is None and transform not in COMBINED:
            yield Weakness(place, f"{transform.label} without integrity", guidance.NO_INTEGRITY)
    if integrity is not None and integrity in guidance.INTEGRITY:
        yield Weakness(place, integrity.label, guidance.INTEGRITY[integrity])


# ---- what two agree on -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """What an initiator's policy and a responder's come to. `why` says what is missing, one sentence for each gap.

    Lifetimes, in seconds, are the shorter of the two (RFC 2407 section 4.5.4).
    """

    exchange: str | None
    ike: IkeProposal | None
    ike_lifetime: int | None
    ipsec: IpsecProposal | None
    ipsec_lifetime: int | None
    why: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether both phases would succeed."""
        return not self.why


def agreement(initiator: Policy, responder: Policy) -> Agreement:
    """What would be negotiated, by the machine's own negotiation (RFC 2408 section 4.2)."""
    why: list[str] = []
    exchange = next((name for name in initiator.exchanges if name in responder.exchanges), None)
    if exchange is None:
        names = " or ".join(responder.exchanges)
        why.append(f"no exchange in common: {' or '.join(initiator.exchanges)} is begun, {names} is answered")
    chosen = choose_ike(phase_1_offer(initiator.ike), responder.ike)
    ike = chosen[1] if chosen else None
    if ike is None:
        why.append(f"phase 1: {_nearest(initiator.ike, responder.ike)}")
    spi = FREE_SPIS.start.to_bytes(IPSEC_SPI_OCTETS)
    selected = choose_ipsec(phase_2_offer(initiator.ipsec, spi), responder.ipsec, spi)
    ipsec = selected[1] if selected else None
    if ipsec is None:
        why.append(f"phase 2: {_nearest(initiator.ipsec, responder.ipsec)}")
    return Agreement(
        exchange,
        ike,
        _shorter(ike, responder.ike),
        ipsec,
        _shorter(ipsec, responder.ipsec),
        tuple(why),
    )


PART_NAMES = {"auth": "authentication", "key_length": "key length", "transform": "cipher", "extended_sequence": "ESN"}
AnyProposal = IkeProposal | IpsecProposal


def _differences(one: AnyProposal, other: AnyProposal) -> tuple[str, ...]:
    parts = IKE_PARTS if isinstance(one, IkeProposal) else IPSEC_PARTS
    return tuple(part for part in parts if getattr(one, part) != getattr(other, part))


def _nearest(offered: tuple[AnyProposal, ...], accepted: tuple[AnyProposal, ...]) -> str:
    """The two proposals that lack least to be the same, and in what they differ."""
    pairs = [(one, other) for one in offered for other in accepted]
    if not pairs:
        return "one of the two policies has no proposal"
    one, other = min(pairs, key=lambda pair: len(_differences(*pair)))
    parts = ", ".join("pfs" if p == "group" and isinstance(one, IpsecProposal) else PART_NAMES.get(p, p)
                      for p in _differences(one, other))  # fmt: skip
    return f"nothing offered is accepted; nearest are {_name(one)} and {_name(other)}, which differ in {parts}"


def _name(proposal: AnyProposal) -> str:
    return ike_name(proposal) if isinstance(proposal, IkeProposal) else ipsec_name(proposal)


def _shorter(chosen: AnyProposal | None, own: tuple[AnyProposal, ...]) -> int | None:
    if chosen is None:
        return None
    same = next((each for each in own if not _differences(chosen, each)), chosen)
    return min(chosen.lifetime, same.lifetime)
