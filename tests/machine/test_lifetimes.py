"""Lifetimes in seconds and kilobytes, and what a responder tells of them (RFC 2407 sections 4.5 and 4.6.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto.registry import load_backend
from isakmp.machine.advice import heard
from isakmp.machine.codec_attributes import attribute_octets
from isakmp.machine.config import IpsecProposal, LongerLifetime
from isakmp.machine.lifetimes import Lifetime, lifetime_attributes, read_lifetime
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.negotiation import ipsec_attributes, phase_2_offer, values, was_offered
from isakmp.machine.outputs import Ended, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import Attribute, N, Transform
from isakmp.spec.registries import Doi, EspTransform, NotifyType, ProtocolId
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config

I, R = Role.I, Role.R
ESP = int(ProtocolId.ESP)
OFFERED, OWN = IpsecProposal(lifetime=7200, kilobytes=5000), IpsecProposal(lifetime=3600, kilobytes=1000)


def peers(backend: str = "openssl", mine: IpsecProposal = OFFERED, **of_responder: Any) -> tuple[Peer, Peer]:
    """An initiator that offers `mine`, and a responder that has a policy of its own."""
    suite, shared = "aes128-sha256-modp1024", load_backend(backend)
    alice = replace(config(ALICE, BOB, suite=suite), ipsec=(mine,))
    bob = replace(config(BOB, ALICE, suite=suite), ipsec=(OWN,))
    return Peer(alice, shared), Peer(replace(bob, **of_responder), shared)


def negotiated(backend: str = "openssl", mine: IpsecProposal = OFFERED, **of_responder: Any) -> Handshake:
    """A handshake between the two."""
    return handshake(*peers(backend, mine, **of_responder), "main", now=NOW)


def notifications(run: Handshake) -> list[N]:
    """The notifications in the second message of quick mode, as the initiator read them."""
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.row.event.message == "QM2"]
    return [p for o in taken for p in o.chain.payloads if isinstance(p, N)]


def lives(run: Handshake) -> dict[Role, tuple[int, int | None]]:
    """Seconds, without those of the way, and octets of each end's SAs."""
    return {role: (int(pair.expires - NOW), pair.octets) for role, pair in run.pairs.items()}


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_a_shorter_lifetime_is_told_and_honoured(backend: str) -> None:
    run = negotiated(backend)
    assert run.keys_agree
    assert lives(run) == {I: (3600, 1000 * 1024), R: (3600, 1000 * 1024)}
    # RFC 2407 section 4.6.3.1, field by field; the data are the two pairs of section 4.5.4's kind, written by hand:
    # 80 01 00 01 80 02 0e 10 (seconds, 3600) and 80 01 00 02 80 02 03 e8 (kilobytes, 1000).
    (told,) = notifications(run)
    assert (told.doi, told.protocol, told.type) == (Doi.IPSEC, ProtocolId.ESP, NotifyType.RESPONDER_LIFETIME)
    assert told.spi == run.pairs[R].inbound.spi
    assert told.data == bytes.fromhex("80010001 80020e10 80010002 800203e8")
    # The attributes of the choice stay as offered (RFC 2409 section 5).
    assert run.pairs[I].inbound.suite == OFFERED


def test_a_lifetime_that_is_short_enough_is_not_spoken_of() -> None:
    run = negotiated(mine=IpsecProposal(lifetime=600, kilobytes=10))
    assert notifications(run) == []
    assert lives(run) == {I: (600, 10 * 1024), R: (600, 10 * 1024)}


@pytest.mark.parametrize(
    ("policy", "told", "initiator", "responder"),
    [
        (LongerLifetime.OBEY, 0, 7200, 7200),
        (LongerLifetime.SHORTEN, 0, 7200, 3600),
        (LongerLifetime.TELL, 1, 3600, 3600),
    ],
)
def test_the_choices_of_a_responder(policy: LongerLifetime, told: int, initiator: int, responder: int) -> None:
    run = negotiated(longer_lifetime=policy)
    assert len(notifications(run)) == told
    assert {role: seconds for role, (seconds, _) in lives(run).items()} == {I: initiator, R: responder}


def test_a_responder_may_fail_the_negotiation() -> None:
    run = negotiated(longer_lifetime=LongerLifetime.REFUSE)
    assert run.pairs == {}
    (refusal,) = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem]
    assert refusal.problem is not None
    assert refusal.problem.cite == "RFC2407:4.5.4"


@pytest.mark.parametrize(("says", "octets"), [(True, "00000001"), (False, "00000000")])
def test_replay_detection_is_confirmed(says: bool, octets: str) -> None:
    run = negotiated(mine=OWN, replay_detection=says)
    (status,) = notifications(run)
    assert (status.type, status.data.hex()) == (NotifyType.REPLAY_STATUS, octets)
    assert run.pairs[I].replay_detection is says
    assert run.pairs[R].replay_detection is says


def test_an_sa_ends_when_it_has_carried_what_was_agreed_on() -> None:
    alice, bob = peers()
    run = handshake(alice, bob, "main", now=NOW)
    pair = run.pairs[I]
    assert alice.used(pair, 1000 * 1024 - 1, NOW + 1) == ()
    assert [o.state for o in alice.used(pair, 1, NOW + 2) if isinstance(o, Ended)] == ["DELETED"]


lifetimes = st.builds(Lifetime, st.integers(1, 2**32), st.none() | st.integers(1, 2**40))


@given(lifetimes, st.sampled_from([ProtocolId.ISAKMP, ProtocolId.ESP]))
def test_what_is_written_is_read(lifetime: Lifetime, protocol: ProtocolId) -> None:
    assert read_lifetime(protocol, lifetime_attributes(protocol, lifetime)) == lifetime


@given(lifetimes, lifetimes)
def test_advice_only_shortens(offered: Lifetime, told: Lifetime) -> None:
    suite = IpsecProposal(lifetime=offered.seconds, kilobytes=offered.kilobytes)
    data = attribute_octets(lifetime_attributes(ESP, told))
    note = N(Doi.IPSEC, ESP, NotifyType.RESPONDER_LIFETIME, b"any SPI", data)
    assert heard(suite, (note,)).lifetime == offered.shorter(told)


@given(st.binary(max_size=24))
def test_advice_that_cannot_be_read_is_passed_over_or_shortens(data: bytes) -> None:
    note = N(Doi.IPSEC, ESP, NotifyType.RESPONDER_LIFETIME, b"", data)
    lifetime = heard(OFFERED, (note,)).lifetime
    assert 0 < lifetime.seconds <= OFFERED.lifetime
    assert lifetime.kilobytes is not None
    assert 0 < lifetime.kilobytes <= 5000


def test_the_examples_of_the_rfc_are_read() -> None:
    # RFC 2407 section 4.5.4 writes the unit as 80010001 and 80010002 and the durations in either form.
    seconds, kilobytes = Attribute(1, 1), Attribute(1, 2)
    assert read_lifetime(ESP, (seconds, Attribute(2, b"\x00\x01\x51\x80"))) == Lifetime(86400)
    assert read_lifetime(ESP, (kilobytes, Attribute(2, 100), seconds, Attribute(2, 60))) == Lifetime(60, 100)


@pytest.mark.parametrize(
    "attributes",
    [
        (Attribute(2, 60),),
        (Attribute(1, 1), Attribute(2, 60), Attribute(2, 61)),
        (Attribute(1, 1), Attribute(2, 60), Attribute(1, 2), Attribute(2, 9), Attribute(1, 1), Attribute(2, 61)),
    ],
    ids=["no unit", "two durations", "two of one unit"],
)
def test_conflicts_are_no_lifetime(attributes: tuple[Attribute, ...]) -> None:
    assert read_lifetime(ESP, attributes) is None


def test_a_choice_whose_durations_changed_their_units_was_not_offered() -> None:
    offer = phase_2_offer((IpsecProposal(lifetime=3600, kilobytes=60),), b"SPI1")
    swapped = Transform(1, EspTransform.AES, ipsec_attributes(IpsecProposal(lifetime=60, kilobytes=3600)))
    proposal = offer.proposals[0].replace(transforms=(swapped,))
    assert values(ESP, swapped) != values(ESP, offer.proposals[0].transforms[0])
    assert was_offered(offer, offer.replace(proposals=(proposal,))) is None


def test_in_phase_1_the_unit_may_stand_behind() -> None:
    kilobytes, duration = Attribute(11, 2), Attribute(12, 7)
    assert read_lifetime(ProtocolId.ISAKMP, (duration, kilobytes)) == Lifetime(kilobytes=7)
    assert read_lifetime(ProtocolId.ISAKMP, (duration,)) == Lifetime(7)
