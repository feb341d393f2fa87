"""Rules for single transforms and SPIs of phase 2: what breaks one is passed over (RFC 2407 sections 4.4 and 4.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import handshake
from isakmp.machine.negotiation import (
    choose_ipsec,
    ipsec_attributes,
)
from isakmp.machine.outputs import Taken
from isakmp.machine.transform_rules import flaw
from isakmp.spec.payloads import SA, Attribute, Proposal, Transform
from isakmp.spec.registries import (
    AhTransform,
    EspTransform,
    IntegrityAlgorithm,
    IpcompTransform,
    IpsecAttribute,
    ProtocolId,
    SaLifeType,
)
from isakmp.spec.terms import Role
from tests.machine.ends import NOW, ends

A = IpsecAttribute
ESP, AH, IPCOMP = ProtocolId.ESP, ProtocolId.AH, ProtocolId.IPCOMP
OURS = {ESP: b"\0\0\x10\1", AH: b"\0\0\x10\2", IPCOMP: b"\x10\3"}
PEERS = {ESP: b"\0\0\x20\1", AH: b"\0\0\x20\2", IPCOMP: b"\x20\3"}

AES = IpsecProposal()
DES3 = IpsecProposal(ESP, EspTransform.TRIPLE_DES, None, IntegrityAlgorithm.HMAC_SHA1)
SHA = IpsecProposal(AH, AhTransform.SHA1, None, IntegrityAlgorithm.HMAC_SHA1)
DEFLATE = IpsecProposal(IPCOMP, IpcompTransform.DEFLATE, None, None)


def bundle(first: IpsecProposal, *others: IpsecProposal) -> IpsecProposal:
    return replace(first, beside=others)


def transforms(*suites: IpsecProposal) -> tuple[Transform, ...]:
    return tuple(Transform(n, s.transform, ipsec_attributes(s)) for n, s in enumerate(suites, 1))


def proposal(number: int, *suites: IpsecProposal) -> Proposal:
    return Proposal(number, suites[0].protocol, PEERS[suites[0].protocol], transforms(*suites))


def offer(*proposals: Proposal) -> SA:
    return SA(proposals=proposals)


def chosen(found: SA, *acceptable: IpsecProposal) -> list[tuple[int, int, int]]:
    """Numbers of proposal, protocol and transform of what is chosen."""
    result = choose_ipsec(found, acceptable, OURS[ESP], {int(protocol): spi for protocol, spi in OURS.items()})
    proposals = result[0].answer.proposals if result is not None else ()
    return [(p.number, p.protocol, p.transforms[0].number) for p in proposals]


# ---- rules for single transforms -------------------------------------------------------------------------------------


def esp(*attributes: Attribute, number: int = EspTransform.AES) -> Transform:
    return Transform(1, number, attributes)


KEY, AUTH = Attribute(A.KEY_LENGTH, 256), Attribute(A.AUTHENTICATION_ALGORITHM, IntegrityAlgorithm.HMAC_SHA1)
SECONDS = Attribute(A.SA_LIFE_TYPE, SaLifeType.SECONDS)


def duration(value: int) -> Attribute:
    return Attribute(A.SA_LIFE_DURATION, value.to_bytes(4))


@pytest.mark.parametrize(
    ("protocol", "transform", "words"),
    [
        (ESP, esp(AUTH), "Key Length attribute is missing"),
        (ESP, esp(KEY, AUTH, number=EspTransform.TRIPLE_DES), "whose key length is fixed"),
        (ESP, esp(Attribute(A.KEY_LENGTH, 255), AUTH), "255 is not allowed"),
        (ESP, esp(number=EspTransform.NULL), "no Authentication Algorithm"),
        (ESP, esp(KEY, AUTH, number=EspTransform.AES_GCM_16), "an Authentication Algorithm with"),
        (AH, esp(number=AhTransform.SHA1), "no Authentication Algorithm"),
        (AH, esp(AUTH, number=AhTransform.MD5), "which goes with"),
        (AH, esp(AUTH, Attribute(A.KEY_ROUNDS, 12), number=AhTransform.SHA1), ""),
        (IPCOMP, esp(AUTH, number=IpcompTransform.DEFLATE), "an Authentication Algorithm"),
        (ESP, esp(duration(60), SECONDS, KEY, AUTH), ""),  # the lifetime cannot be read
        (ESP, esp(SECONDS, duration(60), SECONDS, duration(61), KEY, AUTH), ""),
        (ESP, esp(KEY, Attribute(A.KEY_LENGTH, 128), AUTH), "stands twice"),
    ],
)
def test_a_transform_that_breaks_a_rule_is_skipped_and_only_that_one(
    protocol: ProtocolId, transform: Transform, words: str
) -> None:
    assert words in flaw(protocol, transform)
    assert bool(words) == bool(flaw(protocol, transform))
    good = {ESP: AES, AH: SHA, IPCOMP: DEFLATE}[protocol]
    second = Transform(2, good.transform, ipsec_attributes(good))
    both = offer(Proposal(1, protocol, PEERS[protocol], (transform, second)))
    assert chosen(both, good) == [(1, protocol, 2)]


def test_an_attribute_that_is_not_supported_costs_its_transform_only() -> None:
    rounds = Transform(1, AES.transform, (*ipsec_attributes(AES), Attribute(A.KEY_ROUNDS, 12)))
    plain = Transform(2, AES.transform, ipsec_attributes(AES))
    assert chosen(offer(Proposal(1, ESP, PEERS[ESP], (rounds, plain))), AES) == [(1, ESP, 2)]
    assert chosen(offer(Proposal(1, ESP, PEERS[ESP], (rounds,))), AES) == []


@pytest.mark.parametrize("number", [0, 1, 255])
def test_a_reserved_spi_makes_a_proposal_unusable(number: int) -> None:
    reserved = replace_spi(proposal(1, AES), number.to_bytes(4))
    assert chosen(offer(reserved, proposal(2, DES3)), AES, DES3) == [(2, ESP, 1)]


def replace_spi(one: Proposal, spi: bytes) -> Proposal:
    return Proposal(one.number, one.protocol, spi, one.transforms)


def test_a_compression_index_has_two_octets_or_four() -> None:
    wide = offer(proposal(1, AES), replace_spi(proposal(1, DEFLATE), b"\0\0\x20\3"))
    assert len(chosen(wide, bundle(AES, DEFLATE))) == 2
    outside = offer(proposal(1, AES), replace_spi(proposal(1, DEFLATE), b"\0\1\x20\3"))
    assert chosen(outside, bundle(AES, DEFLATE)) == []


@pytest.mark.parametrize("low", [0, 1, 255])
def test_an_end_draws_no_reserved_spi_and_takes_none(low: int) -> None:
    """The first values that the backend gives are reserved, then come others."""

    class Reserved(type(load_backend("openssl"))):  # type: ignore[misc]
        drawn = 0

        def random(self, size: int, label: str) -> bytes:
            if label == "SPI" and self.drawn < 3:
                self.drawn += 1
                return low.to_bytes(size)
            return bytes(super().random(size, label))

    backend = Reserved()
    told = handshake(*ends(backend=backend), "main", now=NOW)
    assert told.keys_agree
    assert backend.drawn == 3
    pair = told.pairs[Role.I]
    assert min(int.from_bytes(pair.inbound.spi), int.from_bytes(pair.outbound.spi)) > 255


def test_an_answer_with_a_reserved_spi_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = ends()
    shown = iter([b"\0\0\1\0", b"\0\0\0\xff"])  # the initiator's, the responder's
    for reader in ("write", "checks"):
        monkeypatch.setattr(f"isakmp.machine.{reader}.draw_spis", lambda *_: (next(shown), {}))
    told = handshake(alice, bob, "main", now=NOW)
    assert told.pairs == {}
    found = [str(o.problem) for d in told.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem]
    assert any("a reserved one" in text for text in found)


def test_compression_alone_has_its_index_in_four_octets() -> None:
    told = handshake(*ends(ipsec=(AES, DEFLATE)), "main", now=NOW)
    assert told.keys_agree
    alone = handshake(*ends(ipsec=(DEFLATE,)), "main", now=NOW)
    assert alone.keys_agree
    assert int.from_bytes(alone.pairs[Role.I].inbound.spi) in range(256, 61440)


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        (replace(AES, key_length=None), "Key Length"),
        (replace(SHA, integrity=IntegrityAlgorithm.HMAC_MD5), "goes with"),
        (replace(AES, transform=EspTransform.AES_GCM_16), "an Authentication Algorithm with"),
        (replace(AES, transform=EspTransform.RC4, key_length=None), "nobody says how long"),
    ],
)
def test_a_suite_that_nobody_could_choose_is_refused_beforehand(suite: IpsecProposal, words: str) -> None:
    with pytest.raises(LocalMisuse, match=words):
        ends(ipsec=(suite,))
