"""Vectors that are not those of RFC 2409 Appendix B: the message is opened all the same, and the deviation named."""

from __future__ import annotations

from isakmp.conform.check import check_capture
from isakmp.crypto.openssl import OpensslBackend
from isakmp.spec.registries import EncryptionAlgorithm, HashAlgorithm
from tests.conform.checking import BACKEND, capture, changed, check, deviations, keys

DELETE, FRAME, BLOCK = "delete", 11, 16


def with_vector(payload: bytes) -> bytes:
    """A message encrypted again from the hash of its message id alone."""
    sa = keys(DELETE).sas[0]
    key = sa.cipher_key or b""
    vector = next(e.iv for e in sa.iv_chain if e.message_id == int.from_bytes(payload[20:24]))
    plain = BACKEND.decrypt(EncryptionAlgorithm.AES_CBC, key, vector, payload[28:])
    lone = OpensslBackend().hash(HashAlgorithm.SHA1, payload[20:24])[:BLOCK]
    return payload[:28] + BACKEND.encrypt(EncryptionAlgorithm.AES_CBC, key, lone, plain)


def test_a_vector_of_the_message_id_alone_is_a_deviation_and_no_noise() -> None:
    assert deviations(check(DELETE)) == []
    report = check_capture(changed(capture(DELETE), FRAME, with_vector), keys(DELETE), BACKEND)
    ((message, found),) = [entry for exchange in report.exchanges for entry in exchange.deviations]
    assert message.frame == FRAME
    assert message.decrypted
    assert (found.cite, found.detail) == (
        "RFC2409:Appendix B", "the vector is hash(M-ID), without the last block of phase 1",
    )  # fmt: skip
