"""Certificates between two peers: chains, requests, revocation, other encodings, keys without certificates."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from isakmp.crypto.certificates import load_private_key
from isakmp.crypto.encodings import unwrap, wrap
from isakmp.crypto.registry import load_backend
from isakmp.machine import presenting
from isakmp.machine.certifying import read_certificates
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Payloads
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.notices import targets
from isakmp.machine.outputs import Taken
from isakmp.machine.peer import Peer
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import CERTIFICATES_KEPT
from isakmp.spec.payloads import CERT, CR, N
from isakmp.spec.registries import CertEncoding, Doi, NotifyType, ProtocolId
from isakmp.spec.registries import CertEncoding as E
from isakmp.spec.terms import Role
from tests.machine.chains import ROOT, SUB, change, configs, dn, issued, listing, refusals, talk
from tests.machine.ends import NOW

I, R = Role.I, Role.R
BACKENDS = ("openssl", "seeded", "symbolic")
EXCHANGES = ("main", "aggressive", "base", "authentication-only")
ROOT_NAME, SUB_NAME = (dn(name).public_bytes() for name in ("root", "sub"))


def chains(run: Handshake, receiver: Role) -> list[Payloads]:
    """The payloads of each message that one end took."""
    return [o.chain for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and d.sender is receiver.other]


def payloads(run: Handshake, receiver: Role) -> list[tuple[Taken, Payload]]:
    """The payloads that one end took, each with the output that tells of it."""
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and d.sender is receiver.other]
    return [(output, payload) for output in taken for payload in output.chain.payloads]


def certificates(run: Handshake, receiver: Role) -> list[tuple[int, bytes]]:
    return [(p.encoding, p.data) for c in chains(run, receiver) for p in c.payloads if isinstance(p, CERT)]


def both_believe(run: Handshake) -> bool:
    return len(run.sas) == len(Role) or run.both_known


# ---- chains ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_chain_is_sent_in_payloads_of_its_own_and_found_to_lead_to_the_root(exchange: str, backend: str) -> None:
    run = talk(configs(), exchange, load_backend(backend))
    assert both_believe(run)
    bob = issued("bob", "sub", "192.0.2.2").certificate
    assert certificates(run, I) == [(4, bob.der), (4, SUB.der)]


def test_without_the_authority_between_there_is_no_path() -> None:
    run = talk(change(configs(), R, chain=()))
    assert not both_believe(run)
    ((guard, detail), *_) = refusals(run)
    assert guard.startswith("certificate:CERT")
    assert "is the issuer of 'CN=bob': 'CN=sub'" in detail


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_peers_own_certificate_is_found_wherever_it_stands(exchange: str, monkeypatch: pytest.MonkeyPatch) -> None:
    send = presenting.certificates_for
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda step, slot: send(step, slot)[::-1])
    assert both_believe(talk(configs(), exchange))


def test_what_cannot_be_read_is_discarded_and_the_rest_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    junk = (CERT(E.X509_SIGNATURE, b"no certificate"), CERT(E.PGP, b"?"), CERT(E.CRL, b"\x30\x80"), CERT(E.SPKI, b""))
    send = presenting.certificates_for
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda step, slot: (*junk, *send(step, slot)))
    assert both_believe(talk(configs()))


def test_only_what_cannot_be_read_is_refused_with_every_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    junk = (CERT(E.X509_SIGNATURE, b"no certificate"), CERT(E.PGP, b"?"))
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda _step, _slot: junk)
    ((guard, detail), *_) = refusals(talk(configs()))
    assert guard.startswith("certificate:CERT")
    assert "certificate cannot be read" in detail
    assert "PGP Certificate" in detail


def test_encodings_that_are_not_supported_are_told_to_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    others = (CERT(E.PGP, b"?"), CERT(E.KERBEROS_TOKENS, b"?"), CERT(E.SPKI, b"?"), CERT(E.X509_ATTRIBUTE, b"?"))
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda _step, _slot: others)
    run = talk(configs())
    ((guard, detail), *_) = refusals(run)
    assert guard.startswith("certificate_encoding:CERT")
    assert "certificates of these encodings only" in detail
    (row,) = [o.row for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.row.unless]
    assert row.notify is NotifyType.INVALID_CERT_ENCODING


def test_a_giant_chain_is_kept_up_to_the_limit() -> None:
    payloads = [CERT(E.X509_SIGNATURE, SUB.der)] * (3 * CERTIFICATES_KEPT)
    read = read_certificates(load_backend("openssl"), payloads)
    assert len(read.own) == CERTIFICATES_KEPT
    wrapped = CERT(E.PKCS7, wrap([SUB] * 3 * CERTIFICATES_KEPT))
    assert len(read_certificates(load_backend("openssl"), [wrapped]).own) <= CERTIFICATES_KEPT


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_certificates_that_came_early_help_to_find_the_path(exchange: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # "The Certificate payload MUST be accepted at any point during an exchange" (RFC 2408 section 3.9).
    ends = change(change(configs(), I, chain=()), R, chain=())
    assert not both_believe(talk(ends, exchange))
    early = (CERT(E.X509_SIGNATURE, SUB.der),)
    monkeypatch.setattr(
        "isakmp.machine.write.requests", lambda run, sent: early if sent in run.table.exchange.messages[:2] else ()
    )
    assert both_believe(talk(ends, exchange))


# ---- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_end_asks_before_the_other_signs_and_is_answered(exchange: str) -> None:
    ends = {role: replace(end, request_certificates=True, send_certificate=False) for role, end in configs().items()}
    run = talk(ends, exchange)
    assert both_believe(run)
    for role in Role:
        asked = [p for c in chains(run, role) for p in c.payloads if isinstance(p, CR)]
        assert asked == [CR(E.X509_SIGNATURE, ROOT_NAME)]
        assert [encoding for encoding, _ in certificates(run, role)] == [4, 4]


def test_unasked_nothing_is_sent_where_policy_says_so() -> None:
    ends = configs()
    run = talk({**ends, R: replace(ends[R], send_certificate=False)})
    assert certificates(run, I) == []
    assert not both_believe(run)


def test_a_request_is_answered_by_its_encoding_and_authority() -> None:
    credentials = replace(configs()[I].credentials, crls=(listing("sub"), listing("root")))
    own = issued("alice", "sub", "192.0.2.1").certificate.der

    def answer(encoding: CertEncoding, authority: bytes = b"") -> object:
        found = presenting.answer_to(CR(encoding, authority), credentials)
        return found if isinstance(found, NotifyType) else [(each.encoding, each.data) for each in found]

    assert answer(E.X509_SIGNATURE) == [(4, own), (4, SUB.der)]
    # The named authority tells how much of the chain is needed (RFC 2408 section 3.10).
    assert answer(E.X509_SIGNATURE, SUB_NAME) == [(4, own)]
    assert answer(E.X509_SIGNATURE, ROOT_NAME) == [(4, own), (4, SUB.der)]
    assert answer(E.X509_KEY_EXCHANGE, SUB_NAME) == [(5, own)]
    assert answer(E.X509_SIGNATURE, dn("ROOT").public_bytes()) == [(4, own), (4, SUB.der)]
    assert answer(E.X509_SIGNATURE, dn("another").public_bytes()) is NotifyType.CERTIFICATE_UNAVAILABLE
    assert answer(E.X509_SIGNATURE, b"no name") is NotifyType.INVALID_CERT_AUTHORITY
    assert answer(E.CRL, SUB_NAME) == [(7, credentials.crls[0].der)]
    assert answer(E.ARL, dn("another").public_bytes()) is NotifyType.CERTIFICATE_UNAVAILABLE
    for unsupported in (E.PGP, E.KERBEROS_TOKENS, E.SPKI, E.X509_ATTRIBUTE, E.NONE):
        assert answer(unsupported) is NotifyType.CERT_TYPE_UNSUPPORTED
    ((encoding, data),) = presenting.answer_to(CR(E.PKCS7, ROOT_NAME), credentials)  # type: ignore[misc]
    assert encoding is E.PKCS7
    assert {each.der for each in unwrap(data)} == {own, SUB.der}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_request_that_cannot_be_met_is_answered_with_the_reason_next_to_what_is_there(
    exchange: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an informational exchange (RFC 2408 section 5.10): an error in a message of phase 1 ends it at some peers."""
    asked = CR(E.X509_SIGNATURE, dn("another").public_bytes())
    monkeypatch.setattr("isakmp.machine.write.requests", lambda _run, _template: (asked,))
    run = talk(configs(), exchange, load_backend(backend))
    assert both_believe(run)
    for role in Role:
        told = [(o.row.exchange, p.type) for o, p in payloads(run, role) if isinstance(p, N)]
        assert {kind for _, kind in told} == {NotifyType.CERTIFICATE_UNAVAILABLE}
        assert all(name.startswith("informational") for name, _ in told)
        assert [encoding for encoding, _ in certificates(run, role)] == [4, 4]
    quiet = {role: replace(end, notify=False) for role, end in configs().items()}
    assert not [p for c in chains(talk(quiet), I) for p in c.payloads if isinstance(p, N)]


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_that_a_request_could_not_be_met_ends_nothing_even_under_protection(exchange: str) -> None:
    ends = {role: Peer(end, load_backend("openssl")) for role, end in configs().items()}
    run = handshake(ends[I], ends[R], exchange, now=NOW, quick=False)
    cookies = decode(run.deliveries[-1].datagram).header
    refused, other = (
        N(Doi.IPSEC, ProtocolId.ISAKMP, kind, cookies.cky_i + cookies.cky_r)
        for kind in (NotifyType.CERTIFICATE_UNAVAILABLE, NotifyType.AUTHENTICATION_FAILED)
    )
    hit = [list(targets(ends[I].database, cookies, R, (n,), protected=True)) for n in (refused, other)]
    assert [len(each) for each in hit] == [0, 1]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_of_several_key_pairs_the_one_under_the_requested_authority_is_shown(exchange: str, backend: str) -> None:
    """And signs: without its lower authority, which is not at hand, the first one leads nowhere."""
    second = issued("alice", "root", "192.0.2.1")
    der = second.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    ends = change(configs(), I, chain=(), other_keys=((load_private_key(der), second.certificate),))
    assert not both_believe(talk(ends, exchange, load_backend(backend)))
    run = talk({**ends, R: replace(ends[R], request_certificates=True)}, exchange, load_backend(backend))
    assert both_believe(run)
    assert certificates(run, R) == [(4, second.certificate.der)]


def test_a_chain_in_any_order_is_sent_from_below_and_without_what_does_not_belong_to_it() -> None:
    stranger = issued("bob", "root", "192.0.2.2").certificate
    credentials = replace(configs()[I].credentials, chain=(ROOT, stranger, SUB))
    own = issued("alice", "sub", "192.0.2.1").certificate
    for authority, expected in ((b"", [own, SUB, ROOT]), (SUB_NAME, [own]), (ROOT_NAME, [own, SUB])):
        answer = presenting.answer_to(CR(E.X509_SIGNATURE, authority), credentials)
        assert not isinstance(answer, NotifyType)
        assert [each.data for each in answer] == [each.der for each in expected]


def test_of_many_requests_one_that_is_met_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [CR(E.X509_SIGNATURE, dn(f"ca {n}").public_bytes()) for n in range(CERTIFICATES_KEPT // 2)]
    asked.insert(3, CR(E.X509_SIGNATURE, SUB_NAME))
    monkeypatch.setattr("isakmp.machine.write.requests", lambda run, _: asked if run.table.role is I else ())
    run = talk(change(configs(), I, trusted=(ROOT, SUB)))
    assert both_believe(run)
    assert [encoding for encoding, _ in certificates(run, I)] == [4]
    assert not [p for _, p in payloads(run, I) if isinstance(p, N)]


# ---- revocation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_revoked_certificate_is_refused_with_its_reason(exchange: str, backend: str) -> None:
    run = talk(change(configs(), I, crls=(listing("sub", 12),)), exchange, load_backend(backend))
    assert not both_believe(run)
    ((guard, detail), *_) = refusals(run)
    assert guard.startswith("certificate:CERT")
    assert detail.startswith("'CN=bob' was revoked by 'CN=sub' at ")


def test_an_authority_that_is_revoked_ends_all_below_it() -> None:
    ((_, detail), *_) = refusals(talk(change(configs(), I, crls=(listing("root", 2),))))
    assert "'CN=sub' was revoked by 'CN=root'" in detail


def test_a_list_that_the_peer_sends_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    send = presenting.certificates_for
    own = CERT(E.CRL, listing("sub", 12).der)
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda step, slot: (*send(step, slot), own))
    ((_, detail), *_) = refusals(talk(configs()))
    assert "'CN=bob' was revoked" in detail


def test_strict_policy_asks_for_lists_and_is_content_with_them() -> None:
    ends = {role: replace(end, strict_revocation=True, request_certificates=True) for role, end in configs().items()}
    ((_, detail), *_) = refusals(talk(ends))
    assert "no revocation list of 'CN=sub' is at hand" in detail
    # The peer has the list of the root alone; that of the lower authority is known beforehand.
    with_lists = change(
        change(ends, R, crls=(listing("root"), listing("sub"))), I, crls=(listing("sub"), listing("root"))
    )
    run = talk(with_lists)
    assert both_believe(run)
    assert [encoding for encoding, _ in certificates(run, I)] == [4, 4, 7]


@pytest.mark.parametrize("strict", [False, True])
def test_a_list_out_of_date_is_for_policy_to_judge(*, strict: bool) -> None:
    old = (listing("sub", begin=0), listing("root", begin=0))
    ends = change(change(configs(), I, crls=old), R, crls=old)
    run = talk({role: replace(end, strict_revocation=strict) for role, end in ends.items()})
    assert both_believe(run) is not strict


# ---- other encodings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_certificates_travel_in_a_pkcs7_structure(exchange: str, backend: str) -> None:
    ends = {role: replace(end, certificate_encoding=E.PKCS7) for role, end in configs().items()}
    run = talk(ends, exchange, load_backend(backend))
    assert both_believe(run)
    assert [encoding for encoding, _ in certificates(run, I)] == [1]


def test_a_certificate_for_key_exchange_does_not_vouch_for_a_signature() -> None:
    ends = configs()
    run = talk({**ends, R: replace(ends[R], certificate_encoding=E.X509_KEY_EXCHANGE)})
    assert not both_believe(run)
    ((_, detail), *_) = refusals(run)
    assert "the peer sent no certificate" in detail


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_key_that_is_known_beforehand_needs_no_certificate(exchange: str, backend: str, *, sent: bool) -> None:
    ends = configs()
    keys = {role: end.credentials.private_key for role, end in ends.items()}
    for role in Role:
        known = keys[role.other]
        assert known is not None
        ends = change(ends, role, certificate=None, chain=(), trusted=(), peer_key=known.public)
    encoding = E.DNS_SIGNED_KEY if sent else E.X509_SIGNATURE
    run = talk({r: replace(e, certificate_encoding=encoding) for r, e in ends.items()}, exchange, load_backend(backend))
    assert both_believe(run)
    assert [each for each, _ in certificates(run, I)] == ([3] if sent else [])


def test_a_key_of_somebody_else_is_refused_whether_it_is_sent_or_only_used() -> None:
    ends = configs()
    wrong = ends[I].credentials.private_key
    assert wrong is not None
    known = change(ends, I, peer_key=wrong.public)
    ((guard, _), *_) = refusals(talk(known))
    assert guard.startswith("signature:SIG_R")
    sends = {**known, R: replace(known[R], certificate_encoding=E.DNS_SIGNED_KEY)}
    ((guard, detail), *_) = refusals(talk(sends))
    assert guard.startswith("certificate:CERT")
    assert "not the one that is known for it" in detail


def test_a_bare_key_that_nobody_knows_is_no_certificate() -> None:
    ends = configs()
    run = talk({**ends, R: replace(ends[R], certificate_encoding=E.DNS_SIGNED_KEY)})
    ((_, detail), *_) = refusals(run)
    assert "the peer sent no certificate" in detail


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peer_identity": None}, "a key of the peer without its identity"),
        ({"certificate_encoding": E.PGP}, "no certificate of this end can be sent as PGP"),
    ],
)
def test_what_cannot_work_is_said_before_it_begins(changes: dict[str, object], message: str) -> None:
    key = configs()[R].credentials.private_key
    assert key is not None
    ends = change(configs(), I, peer_key=key.public)
    with pytest.raises(LocalMisuse, match=message):
        Peer(replace(ends[I], **changes), load_backend("openssl"))  # type: ignore[arg-type]
