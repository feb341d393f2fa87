"""What a completed exchange leaves behind: the ISAKMP SA of phase 1, keying material for each direction of phase 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isakmp.machine.advice import Agreed, lifetime_of
from isakmp.machine.algebra import MissingValueError, expand
from isakmp.machine.clients import clients_of
from isakmp.machine.config import Identity, IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.outputs import Authenticated, KeysDerived
from isakmp.machine.run import Knowledge, Run, Step
from isakmp.machine.sa import IpsecSa, IpsecSaPair, IsakmpSa
from isakmp.machine.write import cipher_key, next_iv
from isakmp.spec import keying as k
from isakmp.spec.algorithms import AH_INTEGRITY, ESP_KEYS, INTEGRITIES
from isakmp.spec.registries import AhTransform, EspTransform, ProtocolId
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role, Term


def isakmp_sa(run: Run, known: Knowledge, now: float) -> IsakmpSa:
    """The ISAKMP SA that a phase 1 run has come to, complete or (to protect a notification) on the way.

    Raises:
        LocalMisuse: no suite is negotiated yet.
        MissingValueError: the public values are not exchanged yet.
    """
    values, auth = known.values, run.table.exchange.auth
    if known.suite is None or auth is None:
        raise LocalMisuse("phase 1 without a negotiated suite")
    return IsakmpSa(
        cky_i=values[k.CKY_I],
        cky_r=values[k.CKY_R],
        role=run.table.role,
        suite=known.suite,
        identity=run.config.identity,
        peer_identity=peer_identity(run, known),
        expires=now + known.suite.lifetime,
        last_block=next_iv(run, known),
        skeyid=values[k.SKEYID[auth]],
        skeyid_d=values[k.skeyid_d(auth)],
        skeyid_a=values[k.skeyid_a(auth)],
        skeyid_e=values[k.skeyid_e(auth)],
        cipher_key=cipher_key(run, known),
    )


def keys_on_the_way(step: Step) -> list[KeysDerived]:
    """The keys that a step of phase 1 has used before its end, also if what it used them for was wrong."""
    run, auth = step.run, step.run.table.exchange.auth
    row = step.row
    if row is None or auth is None or Kind.ESTABLISHED in (row.source.kind, row.destination.kind):
        return []
    if k.SKEYID[auth] not in step.draft.values:
        return []  # nobody needed them yet, and they are not computed for this
    try:
        return [KeysDerived(isakmp_sa(run, step.draft, step.now))]
    except (LocalMisuse, MissingValueError):
        return []


def authenticated(run: Run, known: Knowledge) -> Authenticated:
    """Who has proven what in an exchange that leaves no keys (RFC 2408 section 4.6)."""
    return Authenticated(run.config.identity, peer_identity(run, known))


def peer_identity(run: Run, known: Knowledge) -> Identity | None:
    """The identity that the peer of a phase 1 run has named."""
    return known.identities.get(str(k.IDIR if run.table.role is Role.I else k.IDII))


def seed_of(known: Knowledge, protocol: int, spi: bytes, *, pfs: bool) -> bytes:
    """What keying material is expanded from: the second argument of KEYMAT's formula, for one direction."""
    values = known.values.copy()
    values[k.PROTOCOL] = bytes([protocol])
    values[k.SPI] = spi
    seed: Term = k.keymat(pfs=pfs).term.children[1]
    return values[seed]


def keymat(known: Knowledge, protocol: int, spi: bytes, octets: int, *, pfs: bool) -> bytes:
    """KEYMAT for the SA whose receiver chose that SPI (RFC 2409 section 5.5); `octets` of it."""
    values = known.values
    return expand(values.prf, values[k.LEFT_D], seed_of(known, protocol, spi, pfs=pfs), octets)


def keymat_octets(suite: IpsecProposal) -> int:
    """How many octets of keying material a suite takes: the cipher's key, then the integrity key; compression none."""
    if suite.protocol is ProtocolId.IPCOMP:
        return 0
    if suite.protocol is ProtocolId.AH:
        return INTEGRITIES[AH_INTEGRITY[AhTransform(suite.transform)]].key
    cipher = ESP_KEYS[EspTransform(suite.transform)].octets(suite.key_length)
    return cipher + (INTEGRITIES[suite.integrity].key if suite.integrity is not None else 0)


def sa_pair(step: Step) -> IpsecSaPair:
    """The SAs of a completed quick mode; where it makes several, all end with the one that ends first.

    Raises:
        LocalMisuse: no proposal was chosen.
    """
    known, run = step.draft, step.run
    suite = known.ipsec
    if suite is None:
        raise LocalMisuse("a quick mode without a chosen proposal")
    agreed = known.agreed or Agreed(lifetime_of(suite))
    further = [(each, each.suite) for each in known.further if each.suite is not None]
    lifetimes = [agreed.lifetime.seconds, *(own.lifetime for _, own in further)]
    local, remote = clients_of(known, run.table.role)
    first = IpsecSaPair(
        message_id=run.message_id,
        inbound=_one_way(known, suite, known.spi),
        outbound=_one_way(known, suite, known.peer_spi),
        local=local,
        remote=remote,
        expires=step.now + min(lifetimes),
        octets=agreed.lifetime.octets,
        replay_detection=agreed.replay_detection,
        beside=_beside(known, suite, known.other_spis, known.peer_other_spis),
    )
    others = tuple(
        replace(
            first,
            inbound=_one_way(known, own, each.spi),
            outbound=_one_way(known, own, each.peer_spis[own.protocol]),
            octets=lifetime_of(own).octets,
            beside=_beside(known, own, each.others, each.peer_spis),
        )
        for each, own in further
    )
    return replace(first, further=others)


def _one_way(known: Knowledge, part: IpsecProposal, spi: bytes) -> IpsecSa:
    pfs = known.ipsec is not None and known.ipsec.group is not None
    return IpsecSa(part.protocol, spi, part, keymat(known, part.protocol, spi, keymat_octets(part), pfs=pfs))


def _beside(
    known: Knowledge, suite: IpsecProposal, own: Mapping[int, bytes], other: Mapping[int, bytes]
) -> tuple[tuple[IpsecSa, IpsecSa], ...]:
    """The SAs of a bundle's other protocols, inbound and outbound."""
    return tuple(
        (_one_way(known, part, own[part.protocol]), _one_way(known, part, other[part.protocol]))
        for part in suite.beside
    )
