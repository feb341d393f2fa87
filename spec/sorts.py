"""The sorts of terms, and the function symbols with the sorts that they take and give.

A symbol is applied only to sorts that its row in `SYMBOLS` admits, so an ill-formed formula fails when the module that
writes it is loaded, with the symbol, the argument and the sort that was expected.
"""

from __future__ import annotations

from enum import Enum

from isakmp.spec.frozen import frozen


class Sort(Enum):
    """What kind of value a term is."""

    COOKIE = "cookie"
    NONCE = "nonce"
    EXPONENT = "secret exponent"
    ELEMENT = "group element"
    SECRET = "shared group element"
    IDENTITY = "identity"
    OFFER = "security association"
    KEY = "key"
    DIGEST = "digest"
    SIGNATURE = "signature"
    MESSAGE_ID = "message id"
    PROTOCOL = "protocol number"
    SPI = "SPI"
    OCTET = "octet"
    BLOCK = "cipher block"
    CERTIFICATE = "certificate"
    PRIVATE_KEY = "private key"
    PUBLIC_KEY = "public key"
    CIPHERTEXT = "ciphertext"
    PAYLOAD = "payload with its header"
    ADDRESS = "address and port"
    OCTETS = "octet string"


# What may stand inside a hash or a concatenation: everything that has an octet form and is not a bare long-term or
# ephemeral secret.
VISIBLE = frozenset(Sort) - {Sort.EXPONENT, Sort.PRIVATE_KEY, Sort.PUBLIC_KEY}
# What may key a prf: RFC 2409 section 5 keys it with keys, with digests and with the two nonces.
KEYING = frozenset({Sort.KEY, Sort.DIGEST, Sort.NONCE})


class SortError(TypeError):
    """A formula applies a symbol to a term of the wrong sort."""


@frozen
class Signature:
    """The sorts that a function symbol takes and gives, and where the RFCs define it."""

    arguments: tuple[frozenset[Sort], ...]
    result: Sort
    cite: str
    meaning: str


SYMBOLS: dict[str, Signature] = {
    "prf": Signature(
        (KEYING, VISIBLE),
        Sort.DIGEST,
        "RFC2409:3.2",
        "keyed pseudo-random function: the negotiated one, else HMAC with the negotiated hash",
    ),
    "hash": Signature((VISIBLE,), Sort.DIGEST, "RFC2409:3.2", "the negotiated hash function"),
    "sign": Signature(
        (frozenset({Sort.PRIVATE_KEY}), frozenset({Sort.DIGEST})),
        Sort.SIGNATURE,
        "RFC2409:5.1",
        "the negotiated signature algorithm",
    ),
    "enc": Signature(
        (frozenset({Sort.KEY}), frozenset({Sort.BLOCK}), VISIBLE),
        Sort.CIPHERTEXT,
        "RFC2409:Appendix B",
        "CBC encryption under a key, starting from an initialization vector",
    ),
    "pk_enc": Signature(
        (frozenset({Sort.PUBLIC_KEY}), VISIBLE),
        Sort.CIPHERTEXT,
        "RFC2409:5.2",
        "public key encryption of a payload's body",
    ),
    "body_enc": Signature(
        (frozenset({Sort.KEY}), VISIBLE),
        Sort.CIPHERTEXT,
        "RFC2409:5.3",
        "CBC encryption of a payload's body; the vector is zero, then the last block of the body before",
    ),
    "cipher_key": Signature(
        (frozenset({Sort.KEY, Sort.DIGEST}),),
        Sort.KEY,
        "RFC2409:Appendix B",
        "the first octets of the argument K, or of prf(K, 0) | prf(K, prf(K, 0)) | ... where K is too short",
    ),
    "block": Signature(
        (frozenset({Sort.DIGEST}),),
        Sort.BLOCK,
        "RFC2409:Appendix B",
        "as many of the first octets as the cipher's block has",
    ),
    "expand": Signature(
        (frozenset({Sort.KEY}), VISIBLE),
        Sort.KEY,
        "RFC2409:5.5",
        "K1 | K2 | ... with K1 = prf(key, seed), Kn = prf(key, Kn-1 | seed), as long as the service needs",
    ),
}
