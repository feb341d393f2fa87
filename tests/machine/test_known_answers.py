"""The formulas against values that others computed: NIST's vectors for the IKEv1 KDF, and what strongSwan logged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.algebra import Values, expand, feedback
from isakmp.machine.checks import negotiate
from isakmp.machine.config import IkeProposal
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm
from isakmp.spec.terms import Role

CAPTURES = Path(__file__).parent.parent / "captures"
NIST = json.loads((CAPTURES / "nist-ikev1-kdf.json").read_text())
octets = bytes.fromhex

LOGGED = [
    pytest.param(sa, path.stem.removesuffix(".keys"), id=f"{path.stem.removesuffix('.keys')}-{number}")
    for path in sorted(CAPTURES.glob("*.keys.json"))
    for number, sa in enumerate(json.loads(path.read_text())["ike_sas"])
    if sa.get("skeyid") and sa.get("dh_shared_secret")
]

# strongSwan's names of algorithms, as its logs have them.
CIPHERS = {
    "AES_CBC": EncryptionAlgorithm.AES_CBC,
    "3DES_CBC": EncryptionAlgorithm.TRIPLE_DES_CBC,
    "BLOWFISH_CBC": EncryptionAlgorithm.BLOWFISH_CBC,
}
PRFS = {
    "PRF_HMAC_MD5": HashAlgorithm.MD5,
    "PRF_HMAC_SHA1": HashAlgorithm.SHA1,
    "PRF_HMAC_SHA2_256": HashAlgorithm.SHA2_256,
    "PRF_HMAC_SHA2_512": HashAlgorithm.SHA2_512,
}


def knowledge(encryption: EncryptionAlgorithm, hash_: HashAlgorithm, bits: int | None) -> Knowledge:
    known = Knowledge(Role.I, load_backend("openssl"))
    negotiate(known, IkeProposal(encryption, hash_, AuthMethod.PSK, Group.MODP_2048, bits))
    return known


def phase_1(values: Values, psk: bytes, vector: dict[str, Any], names: tuple[str, ...]) -> None:
    nonce_i, nonce_r, cky_i, cky_r, shared = names
    values.store.update(
        {
            "pre-shared-key": psk,
            "Ni_b": octets(vector[nonce_i]),
            "Nr_b": octets(vector[nonce_r]),
            "CKY-I": octets(vector[cky_i]) if cky_i in vector else octets(vector["cookies"][0]),
            "CKY-R": octets(vector[cky_r]) if cky_r in vector else octets(vector["cookies"][1]),
            "g^xy": octets(vector[shared]),
        },
    )


@pytest.mark.parametrize("vector", NIST, ids=lambda v: v["method"])
def test_keys_equal_the_vectors_of_nist(vector: dict[str, Any]) -> None:
    values = knowledge(EncryptionAlgorithm.AES_CBC, HashAlgorithm.SHA1, 128).values
    phase_1(values, octets(vector.get("psk", "")), vector, ("ni", "nr", "cky_i", "cky_r", "g_xy"))
    auth = Auth(vector["method"])
    for name, definition in (
        ("skeyid", k.SKEYID[auth]),
        ("skeyid_d", k.skeyid_d(auth)),
        ("skeyid_a", k.skeyid_a(auth)),
        ("skeyid_e", k.skeyid_e(auth)),
    ):
        assert values[definition].hex() == vector[name], name


@pytest.mark.parametrize(("sa", "name"), LOGGED)
def test_keys_and_hashes_equal_what_the_daemons_logged(sa: dict[str, Any], name: str) -> None:
    document = json.loads((CAPTURES / f"{name}.keys.json").read_text())
    cipher, _, prf, _ = sa["selected_proposal"].removeprefix("IKE:").split("/")
    base, _, bits = cipher.rpartition("_")
    encryption = CIPHERS.get(base) or CIPHERS[cipher]
    values = knowledge(encryption, PRFS[prf], int(bits) if base in CIPHERS else None).values
    sender = document["config"][sa["values_from"]]
    phase_1(values, sender["psk"].encode(), sa, ("nonce_i", "nonce_r", "", "", "dh_shared_secret"))
    values.store["g^xi"], values.store["g^xr"] = octets(sa["ke_i"]), octets(sa["ke_r"])
    auth = Auth.PSK if sa["skeyid_rule"].startswith("prf(psk") else Auth.SIGNATURE
    for logged, definition in (
        ("skeyid", k.SKEYID[auth]),
        ("skeyid_d", k.skeyid_d(auth)),
        ("skeyid_a", k.skeyid_a(auth)),
        ("skeyid_e", k.skeyid_e(auth)),
        ("ka", k.cipher_key(auth)),
        ("initial_iv", k.IV_PHASE_1),
    ):
        assert values[definition].hex() == sa[logged], logged


def test_a_short_skeyid_e_is_expanded_as_appendix_b_says() -> None:
    # 3DES takes 24 octets and MD5 gives 16: K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1), written out with the
    # library.
    import hmac  # noqa: PLC0415

    key = b"k" * 16
    first = hmac.digest(key, b"\0", "md5")
    second = hmac.digest(key, first, "md5")
    assert feedback(lambda a, b: hmac.digest(a, b, "md5"), key, 24) == (first + second)[:24]


def test_long_keymat_is_expanded_as_section_5_5_says() -> None:
    import hmac  # noqa: PLC0415

    key, seed = b"k" * 20, b"\3seed"
    first = hmac.digest(key, seed, "sha1")
    second = hmac.digest(key, first + seed, "sha1")
    third = hmac.digest(key, second + seed, "sha1")
    assert expand(lambda a, b: hmac.digest(a, b, "sha1"), key, seed, 52) == (first + second + third)[:52]


@pytest.mark.parametrize("weak", ["1f1f1f1f0e0e0e0e", "01fe01fe01fe01fe"])
def test_a_weak_des_key_is_skipped(weak: str) -> None:
    values = knowledge(EncryptionAlgorithm.DES_CBC, HashAlgorithm.SHA1, None).values
    values.store["SKEYID_e"] = octets(weak) + b"eightoctmore"
    assert values[k.cipher_key(Auth.PSK)] == b"eightoct"
