"""Each rule has a message that violates it, and is then named with its section: faults seeded into real handshakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from isakmp.conform.capture import Capture, Endpoint
from isakmp.conform.check import check_capture
from isakmp.conform.verdicts import Outcome, Report, Verdict
from isakmp.machine.codec import decode, encode, encode_payloads
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.negotiation import was_offered
from isakmp.spec.payloads import HASH, KE, NONCE, SA, N, Proposal, Transform
from isakmp.spec.registries import Doi, ExchangeType, Flag, Group, IkeAttribute, NotifyType, ProtocolId
from tests.conform.checking import (
    BACKEND,
    capture,
    changed,
    deviations,
    exchange,
    inside,
    keys,
    message,
    octets,
    one_sa,
    sections,
)

MAIN = "quick_esp_transport"  # MM1..MM6, QM1..QM3, nothing repeated
AGGRESSIVE = "aggressive_psk_aes128_sha1_modp1024"


def judged(found: Capture, name: str = MAIN, *, known: bool = True) -> Report:
    return check_capture(found, keys(name) if known else None, BACKEND)


def rewritten(frame: int, change: Callable[[Message], Message], name: str = MAIN) -> Report:
    """Judge the capture with one message in the clear decoded, changed, and encoded again."""
    return judged(changed(capture(name), frame, lambda payload: encode(change(decode(payload)))), name)


def with_payloads(change: Callable[[tuple[object, ...]], tuple[object, ...]]) -> Callable[[Message], Message]:
    return lambda wire: wire._replace(chain=Payloads(change(wire.payloads)))  # type: ignore[arg-type]


# ---- header and payloads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "check", "section"),
    [
        ([(offset, 0) for offset in range(8)], "cookies", "RFC2408:5.2"),
        ([(17, 0x20)], "version", "RFC2408:3.1"),
        ([(17, 0x11)], "version", "RFC2408:3.1"),
        ([(18, 0)], "exchange type", "RFC2408:5.2"),
        ([(19, 0x08)], "flags", "RFC2408:3.1"),
        ([(23, 1)], "message id", "RFC2408:5.2"),
        ([(27, 0)], "length", "RFC2408:5.1"),
        ([(16, 99)], "payload chain", "RFC2408:5.2"),
        ([(29, 1)], "reserved fields", "RFC2408:5.3"),
        ([(41, 1)], "reserved fields", "RFC2408:5.3"),
        ([(35, 9)], "SA structure", "RFC2408:5.4"),
        ([(47, 9)], "SA structure", "RFC2408:3.5"),
    ],
)
def test_a_fault_of_the_first_message_is_named_with_its_section(
    places: list[tuple[int, int]], check: str, section: str
) -> None:
    report = judged(changed(capture(MAIN), 1, octets(*places)))
    assert report.verdict is Verdict.DEVIATIONS
    found = message(report, 1)
    assert any(c.ok is False and c.check == check and c.section == section for c in found.checks), found.checks


def test_a_datagram_that_is_shorter_than_a_header_is_a_deviation() -> None:
    report = judged(changed(capture(MAIN), 9, lambda payload: payload[:20]))
    assert "RFC2408:5.1" in sections(report)
    assert exchange(report, "unknown").messages[0].frame == 9


@pytest.mark.parametrize("frame", [2, 3])
def test_a_responders_cookie_of_zero_behind_the_first_message_is_a_deviation(frame: int) -> None:
    report = judged(changed(capture(MAIN), frame, octets(*((offset, 0) for offset in range(8, 16)))))
    found = {c.check: c for c in message(report, frame).checks if c.ok is False}
    assert found["cookies"].section == "RFC2408:2.4"


def test_a_cookie_that_changes_on_the_way_belongs_to_no_exchange() -> None:
    report = judged(changed(capture(MAIN), 3, octets((15, 0))))
    assert "RFC2408:5.2" in sections(report)
    assert "differs in the responder's only" in " ".join(deviations(report))


def test_an_exchange_type_may_not_change_in_the_middle() -> None:
    report = judged(changed(capture(MAIN), 4, octets((18, ExchangeType.AGGRESSIVE))))
    assert any("in the middle of Main Mode" in text for text in deviations(report))


def test_a_message_id_is_not_used_for_two_informational_exchanges() -> None:
    source = capture("dpd")
    same = next(d.payload[20:24] for d in source.datagrams if d.frame == 10)
    report = judged(changed(source, 11, lambda payload: payload[:20] + same + payload[24:]), "dpd")
    assert any("the message id was used before" in text for text in deviations(report))


def test_a_message_that_should_be_encrypted_and_is_not_is_a_deviation() -> None:
    report = judged(changed(capture(MAIN), 5, octets((19, 0))))
    assert "RFC2409:5.4" in sections(report)


# ---- what is negotiated ----------------------------------------------------------------------------------------------


def _attribute(kind: IkeAttribute, value: int) -> Callable[[tuple[object, ...]], tuple[object, ...]]:
    def change(payloads: tuple[object, ...]) -> tuple[object, ...]:
        sa, *rest = payloads
        assert isinstance(sa, SA)
        transform = sa.proposals[0].transforms[0]
        attributes = tuple(a.replace(value=value) if a.type == kind else a for a in transform.attributes)
        proposal = sa.proposals[0].replace(transforms=(transform.replace(attributes=attributes),))
        return (sa.replace(proposals=(proposal,)), *rest)

    return change


def test_a_choice_whose_attributes_were_changed_is_a_deviation() -> None:
    report = rewritten(2, with_payloads(_attribute(IkeAttribute.LIFE_DURATION, 1)))
    assert message(report, 2).row == "main-psk.I.MAIN_I1.MM2!offered:SA"
    assert "RFC2409:5" in sections(report)


def test_a_choice_with_reordered_attributes_is_none() -> None:
    def reorder(payloads: tuple[object, ...]) -> tuple[object, ...]:
        sa, *rest = payloads
        assert isinstance(sa, SA)
        transform = sa.proposals[0].transforms[0]
        turned = transform.replace(attributes=transform.attributes[::-1])
        return (sa.replace(proposals=(sa.proposals[0].replace(transforms=(turned,)),)), *rest)

    report = rewritten(2, with_payloads(reorder))
    assert (report.verdict, deviations(report)) == (Verdict.CONFORMANT, [])


def test_an_answer_with_the_numbers_of_another_transform_is_noted() -> None:
    name = "quick_multiple_proposals"  # whose third transform is chosen

    def renumber(payloads: tuple[object, ...]) -> tuple[object, ...]:
        sa, *rest = payloads
        assert isinstance(sa, SA)
        (transform,) = sa.proposals[0].transforms
        assert transform.number == 3
        return (sa.replace(proposals=(sa.proposals[0].replace(transforms=(transform.replace(number=1),)),)), *rest)

    report = rewritten(2, with_payloads(renumber), name)
    assert any("does not keep the numbers" in note for note in message(report, 2).notes)
    assert deviations(report) == []


def test_an_answer_in_another_doi_is_a_deviation() -> None:
    report = judged(changed(capture(MAIN), 2, octets((35, Doi.ISAKMP))))
    assert message(report, 2).row == "main-psk.I.MAIN_I1.MM2!offered:SA"


def test_a_second_proposal_in_phase_1_is_a_deviation() -> None:
    def double(payloads: tuple[object, ...]) -> tuple[object, ...]:
        sa, *rest = payloads
        assert isinstance(sa, SA)
        return (sa.replace(proposals=(sa.proposals[0], sa.proposals[0].replace(number=2))), *rest)

    report = rewritten(1, with_payloads(double))
    assert any("2 proposals in phase 1" in text for text in deviations(report))


@pytest.mark.parametrize("data", [bytes(128), b"\1".rjust(128, b"\0"), b"\xff" * 128, b"\2" * 127, b"\2" * 129])
def test_a_public_value_outside_of_the_group_is_a_deviation(data: bytes) -> None:
    def change(payloads: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(KE(data) if isinstance(p, KE) else p for p in payloads)

    report = rewritten(3, with_payloads(change))
    assert message(report, 3).result("KE").ok is False  # type: ignore[union-attr]
    assert message(report, 3).row == "main-psk.R.MAIN_R1.MM3!ke_valid:KE"


@pytest.mark.parametrize("length", [0, 7, 257])
def test_a_nonce_outside_of_8_to_256_octets_is_a_deviation(length: int) -> None:
    def change(payloads: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(NONCE(bytes(length)) if isinstance(p, NONCE) else p for p in payloads)

    report = rewritten(3, with_payloads(change))
    assert "RFC2409:5" in {d.cite for d in message(report, 3).deviations}


def test_payloads_that_are_missing_or_too_many_are_a_deviation() -> None:
    missing = rewritten(3, with_payloads(lambda payloads: tuple(p for p in payloads if not isinstance(p, NONCE))))
    twice = rewritten(3, with_payloads(lambda payloads: (*payloads, payloads[0])))
    for report in (missing, twice):
        assert message(report, 3).row == "main-psk.R.MAIN_R1.MM3!fits"
        assert "RFC2409:5.4" in sections(report)


def test_the_first_payload_has_to_be_the_sa() -> None:
    report = rewritten(1, with_payloads(lambda payloads: payloads[::-1]))
    assert any("payload 1 of MM1 has to be SA" in text for text in deviations(report))


def test_an_aggressive_offer_with_a_value_of_another_group_is_a_deviation() -> None:
    report = rewritten(1, with_payloads(_attribute(IkeAttribute.GROUP_DESCRIPTION, Group.MODP_2048)), AGGRESSIVE)
    assert any("KE" in text and "octets" in text for text in deviations(report))


def test_a_bundle_is_chosen_as_it_was_offered_or_not_at_all() -> None:
    def proposal(number: int, protocol: ProtocolId, transform: int, spi: bytes) -> Proposal:
        return Proposal(number, protocol, spi, (Transform(1, transform, ()),))

    esp, ipcomp = proposal(1, ProtocolId.ESP, 12, b"aaaa"), proposal(1, ProtocolId.IPCOMP, 2, b"bb")
    alone = proposal(2, ProtocolId.ESP, 3, b"aaaa")
    offer = SA(proposals=(esp, ipcomp, alone))
    answers = [esp.replace(spi=b"cccc"), ipcomp.replace(spi=b"dd")]
    both = was_offered(offer, SA(proposals=tuple(answers)))
    assert both is not None
    assert both.proposal is answers[0]
    assert was_offered(offer, SA(proposals=tuple(answers[::-1]))) is not None
    assert was_offered(offer, SA(proposals=(answers[0], answers[1].replace(number=2)))) is None
    assert was_offered(offer, SA(proposals=(answers[0], proposal(1, ProtocolId.IPCOMP, 3, b"dd")))) is None
    assert was_offered(offer, SA(proposals=(alone.replace(number=1), answers[1]))) is None


def test_who_goes_on_has_accepted_whatever_its_certificate_is_worth_to_us() -> None:
    known = keys("main_rsasig_aes128_sha256_modp2048")
    other = keys("cert_untrusted").sas[0].certificate_i
    assert other is not None
    sa = replace(known.sas[0], trusted_certificates=(other,))
    report = check_capture(capture("main_rsasig_aes128_sha256_modp2048"), replace(known, sas=(sa,)), BACKEND)
    assert {each.outcome for each in report.exchanges} == {Outcome.ESTABLISHED}
    assert message(report, 5).result("certificate").ok is False  # type: ignore[union-attr]
    assert deviations(report) == []


# ---- what is encrypted -----------------------------------------------------------------------------------------------


def _qm3(change: Callable[[bytes], bytes]) -> Report:
    vectors = [entry.iv for entry in keys(MAIN).sas[0].iv_chain if entry.message_id]
    return judged(changed(capture(MAIN), 9, inside(MAIN, vectors[2], change)))


def test_a_hash_that_is_not_the_formulas_is_a_deviation_with_the_formulas_section() -> None:
    report = _qm3(lambda plain: plain[:5] + bytes([plain[5] ^ 1]) + plain[6:])
    assert message(report, 9).row == "quick.R.QUICK_R1.QM3!protected_hash:HASH(3)"
    assert sections(report) == {"RFC2409:5.5"}
    assert exchange(report, "quick").outcome is not Outcome.ESTABLISHED


@pytest.mark.parametrize("octet", [b"\x55", b"\xff"])
def test_padding_that_is_not_zero_is_a_note(octet: bytes) -> None:
    # "Each message should be padded ... using bytes containing 0x00", in small letters: deployed peers pad otherwise.
    report = _qm3(lambda plain: plain[:-2] + octet + plain[-1:])
    assert deviations(report) == []
    assert any("not zero" in note for note in message(report, 9).notes)


def test_padding_that_ends_with_its_length_is_a_note() -> None:
    report = _qm3(lambda plain: plain[:-1] + bytes([len(plain) - 24]))
    assert deviations(report) == []
    assert any("ends with its length" in note for note in message(report, 9).notes)


def test_more_than_a_block_of_padding_is_a_deviation() -> None:
    report = _qm3(lambda plain: plain + bytes(16))
    assert sections(report) == {"RFC2409:Appendix B"}


def test_a_body_that_is_no_multiple_of_the_block_is_a_deviation_even_without_keys() -> None:
    found = changed(capture(MAIN), 9, lambda payload: payload[:24] + (len(payload) - 1).to_bytes(4) + payload[28:-1])
    assert "RFC2409:Appendix B" in sections(judged(found, known=False))


def test_a_payload_too_many_in_quick_mode_is_a_deviation() -> None:
    def change(plain: bytes) -> bytes:
        body = encode_payloads((HASH(plain[4:24]), KE(bytes(8))))
        return body + bytes(-len(body) % 16)

    assert message(_qm3(change), 9).row == "quick.R.QUICK_R1.QM3!fits"


def test_a_message_under_another_key_is_the_messages_fault_if_others_open() -> None:
    report = judged(changed(capture(MAIN), 9, lambda payload: payload[:28] + bytes(len(payload) - 28)))
    assert report.findings == []
    assert sections(report) == {"RFC2409:Appendix B"}
    assert message(report, 9).row == "quick.R.QUICK_R1.malformed"


# ---- order, repetition, ports ----------------------------------------------------------------------------------------


def test_a_repetition_that_is_not_octet_for_octet_is_a_deviation() -> None:
    report = judged(changed(capture("retransmission_lost_mm3"), 4, octets((60, 0))), "retransmission_lost_mm3")
    repeated = [m for each in report.exchanges for m in each.messages if m.retransmission]
    assert repeated == []
    assert any("again, but not octet for octet" in text for text in deviations(report))


def test_who_has_moved_to_port_4500_stays_there() -> None:
    source = capture("nat_t_4500")
    found = [
        replace(
            d,
            source=Endpoint(d.source.address, 500),
            destination=Endpoint(d.destination.address, 500),
            non_esp_marker=False,
        )
        if d.frame == 8
        else d
        for d in source.datagrams
    ]
    report = judged(replace(source, datagrams=tuple(found)), "nat_t_4500")
    assert sections(report) == {"RFC3947:4"}


def test_who_sees_a_nat_sends_its_identity_on_port_4500() -> None:
    report = judged(changed(capture(MAIN), 4, octets((243, 0))))
    assert any("a NAT was seen" in text for text in deviations(report))


# ---- notifications ---------------------------------------------------------------------------------------------------


def test_an_error_in_the_clear_ends_no_exchange_that_goes_on() -> None:
    source = capture(MAIN)
    first = source.datagrams[1]
    header = decode(first.payload).header
    spi = header.cky_i + header.cky_r
    notify = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.AUTHENTICATION_FAILED, spi)
    forged = encode(Message(header.replace(exchange=ExchangeType.INFORMATIONAL, message_id=5), Payloads((notify,))))
    datagrams = (*source.datagrams[:4], replace(first, payload=forged), *source.datagrams[4:])
    report = judged(replace(source, datagrams=datagrams))
    assert exchange(report, "main").outcome is Outcome.ESTABLISHED
    (said,) = exchange(report, "informational").messages
    assert any("AUTHENTICATION-FAILED" in note for note in said.notes)
    assert said.effects == ["main-psk.I.MAIN_I3.error-notify-in-the-clear"]


def test_the_commit_bit_in_phase_1_is_noted() -> None:
    report = rewritten(3, lambda wire: wire._replace(header=wire.header.replace(flags=Flag.COMMIT)))
    assert any("commit bit" in note for note in message(report, 3).notes)


def test_without_the_keys_that_matter_nothing_is_held_against_anybody() -> None:
    known = one_sa(MAIN, skeyid_a=bytes(20))
    assert deviations(check_capture(capture(MAIN), known, BACKEND)) == []
