"""Certificates for both ends, made for a test run by the module that makes them for `isakmp run`."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from isakmp.cli import throwaway
from isakmp.crypto.registry import load_backend
from isakmp.spec.registries import AuthMethod
from tests.interop.scenarios import OUR_NAME, THEIR_NAME

METHODS: Final = {
    "rsa": AuthMethod.RSA_SIG,
    "hybrid": AuthMethod.RSA_SIG,
    "ecdsa-256": AuthMethod.ECDSA_256,
    "ecdsa-384": AuthMethod.ECDSA_384,
}
"""The kind of key that an authentication of a scenario takes."""

NAMES: Final = {"ours": OUR_NAME, "theirs": THEIR_NAME}


def write(auth: str, folder: Path) -> None:
    """Write the authority's certificate (ca.crt), and certificate and key of both ends (ours.crt, ours.key, ...)."""
    if auth in METHODS:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _made(METHODS[auth]).items():
            (folder / name).write_text(text)


def bundle(auth: str, end: str) -> bytes:
    """Certificate and key of an end as PKCS #12, under the name of the end."""
    files = _made(METHODS[auth])
    key = serialization.load_pem_private_key(files[f"{end}.key"].encode(), None)
    certificate = x509.load_pem_x509_certificate(files[f"{end}.crt"].encode())
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{auth}: no RSA key")
    return pkcs12.serialize_key_and_certificates(
        NAMES[end].encode(), key, certificate, None, serialization.NoEncryption()
    )


@functools.cache
def _authority() -> throwaway.Authority:
    return throwaway.authority(time.time())


@functools.cache
def _made(method: AuthMethod) -> dict[str, str]:
    backend, issuer = load_backend("openssl"), _authority()
    files: dict[str, str] = {}
    for end, name in NAMES.items():
        found = throwaway.credentials(issuer, name, method, backend)
        if found.certificate is None or found.private_key is None:
            raise TypeError(f"{method.label} takes no certificates")
        files |= {
            "ca.crt": throwaway.pem(found.trusted[0].der),
            f"{end}.crt": throwaway.pem(found.certificate.der),
            f"{end}.key": throwaway.private_pem(found.private_key),
        }
    return files
