"""The checks of `isakmp.crypto.testkit` that know what has to come out, and for which certificates there is no path.

Backends whose octets only stand for formulas (`Backend.computes_octets`) are asked for no such answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isakmp.crypto import ecp, known_answers
from isakmp.crypto.backend import Backend
from isakmp.crypto.errors import UntrustedCertificate
from isakmp.crypto.kit import KitFailure, refuses, require, requirement
from isakmp.spec.groups import GROUPS, EcpGroup, ModpGroup

_KNOWN_EXPONENT: Final = 0xC0FFEE << 100


@requirement
def digests_are_the_published_ones(backend: Backend) -> None:
    """Hash and HMAC of one published message for each algorithm."""
    for algorithm, answer in known_answers.DIGESTS.items() if backend.computes_octets else ():
        if backend.refusal(algorithm) is None:
            hashed = backend.hash(algorithm, known_answers.MESSAGE).hex()
            require(hashed == answer.hash, f"{algorithm.label}: hash is not that of {answer.hash_source}")
            keyed = backend.prf(algorithm, known_answers.KEY, known_answers.DATA).hex()
            require(keyed == answer.prf, f"{algorithm.label}: prf is not the HMAC of {answer.prf_source}")


@requirement
def shared_secrets_are_the_computed_ones(backend: Backend) -> None:
    """Against Python's own powers, and points; with a zero octet in front, which belongs to the secret."""
    for group, facts in GROUPS.items():
        if not backend.computes_octets or backend.refusal(group) is not None:
            continue
        pair = backend.private_from(group, _KNOWN_EXPONENT)
        if isinstance(facts, ModpGroup):
            own = pow(facts.generator, _KNOWN_EXPONENT, facts.prime)
            peer, secret = facts.generator, own
            while secret.bit_length() > 8 * (facts.secret_octets - 1) or peer < _KNOWN_EXPONENT:
                peer, secret = peer * facts.generator % facts.prime, secret * own % facts.prime
            public, expected = (number.to_bytes(facts.public_octets, "big") for number in (own, secret))
            theirs = peer.to_bytes(facts.public_octets, "big")
        elif isinstance(facts, EcpGroup):
            public, theirs = ecp.public_value(facts, _KNOWN_EXPONENT), ecp.public_value(facts, _KNOWN_EXPONENT + 1)
            expected = ecp.shared_secret(facts, _KNOWN_EXPONENT, theirs)
        else:
            continue
        require(pair.public == public, f"{facts.name}: public value is not the generator's power")
        require(backend.agree(group, pair, theirs) == expected, f"{facts.name}: shared secret is not g^xy as octets")


@requirement
def ciphertexts_are_the_published_ones(backend: Backend) -> None:
    """One published encryption in CBC mode for each algorithm that there is one for."""
    for answer in known_answers.CIPHERS if backend.computes_octets else ():
        if backend.refusal(answer.algorithm) is None:
            key, iv, plaintext = (bytes.fromhex(text) for text in (answer.key, answer.iv, answer.plaintext))
            ciphertext = backend.encrypt(answer.algorithm, key, iv, plaintext).hex()
            sentence = f"{answer.algorithm.label}: ciphertext is not that of {answer.source}"
            require(ciphertext == answer.ciphertext, sentence)


# -------------------------------------------------------------------------------------------------------- certificates
_MOMENT = datetime(2027, 1, 1, tzinfo=UTC)
_VALIDITY = timedelta(days=1)


def _certificate(subject: str, issuer: str, secret: int, issuer_secret: int) -> bytes:
    """A certificate in DER, valid around `_MOMENT`; an authority's where subject and issuer are one."""
    keys = [ec.derive_private_key(number, ec.SECP256R1()) for number in (secret, issuer_secret)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    builder = x509.CertificateBuilder(
        subject_name=names[0],
        issuer_name=names[1],
        public_key=keys[0].public_key(),
        serial_number=1,
        not_valid_before=_MOMENT - _VALIDITY,
        not_valid_after=_MOMENT + _VALIDITY,
    ).add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
    return builder.sign(keys[1], hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@requirement
def only_a_sound_path_leads_to_trust(backend: Backend) -> None:
    """Not one to an authority that is not trusted, nor with another's signature, nor outside its time."""
    trusted = backend.load_certificate(_certificate("authority", "authority", 1001, 1001))
    other = backend.load_certificate(_certificate("another", "another", 1002, 1002))
    good = backend.load_certificate(_certificate("host", "authority", 1003, 1001))
    forged = backend.load_certificate(_certificate("host", "authority", 1003, 1002))
    try:
        backend.check_path(good, (), (trusted,), _MOMENT)
    except UntrustedCertificate as error:
        raise KitFailure(f"a sound path is refused: {error}") from error
    for sentence, certificate, anchors, at in (
        ("no authority is trusted", good, (), _MOMENT),
        ("another authority is trusted", good, (other,), _MOMENT),
        ("the signature is another's", forged, (trusted,), _MOMENT),
        ("the certificate has expired", good, (trusted,), _MOMENT + 2 * _VALIDITY),
    ):
        refused = f"{sentence}, and the path is good"
        refuses(
            UntrustedCertificate,
            refused,
            lambda c=certificate, a=anchors, t=at: backend.check_path(c, (), a, t),  # type: ignore[misc]
        )
