"""Every argument of every formula, and what is said of it: the verdict that changes without it, or why none does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from isakmp.spec.terms import Role
from tests.verify.reasons import Changes, Covered, Fixed, Outside, Said, Separates, Several, Vector
from tests.verify.scenes import Scene

I, R = Role.I, Role.R

AGGRESSIVE_ENCRYPTION = Scene("aggressive-encryption")
AGGRESSIVE_PSK = Scene("aggressive-psk")
AGGRESSIVE_REVISED = Scene("aggressive-revised")
AGGRESSIVE_SIGNATURE = Scene("aggressive-signature")
AUTH_ONLY_PSK = Scene("authentication-only-psk")
AUTH_ONLY_SIGNATURE = Scene("authentication-only-signature")
AUTH_ONLY_SIGNATURE_PEERS_NAMED = Scene("authentication-only-signature", "peers-named")
BASE_PSK = Scene("base-psk")
BASE_SIGNATURE = Scene("base-signature")
BASE_SIGNATURE_PEERS_NAMED = Scene("base-signature", "peers-named")
INFORMATIONAL_IDS_REMEMBERED_CLEAR = Scene("informational", "ids-remembered", clear=True)
MAIN_PSK = Scene("main-psk")
MAIN_PSK_CLEAR = Scene("main-psk", clear=True)
NEW_GROUP_IDS_REMEMBERED = Scene("new-group", "ids-remembered")
NEW_GROUP_IDS_REMEMBERED_CLEAR = Scene("new-group", "ids-remembered", clear=True)
QUICK = Scene("quick")
QUICK_CLEAR = Scene("quick", clear=True)
QUICK_ON_MAIN_PSK_CLEAR = Scene("quick", below="main-psk", clear=True)
QUICK_PFS = Scene("quick-pfs")
QUICK_PFS_CLEAR = Scene("quick-pfs", clear=True)
QUICK_PFS_CLEAR_3 = Scene("quick-pfs", clear=True, sessions=3)
QUICK_PFS_IDS_REMEMBERED_CLEAR_3 = Scene("quick-pfs", "ids-remembered", clear=True, sessions=3)
TRANSACTION_IDS_REMEMBERED_CLEAR = Scene("transaction", "ids-remembered", clear=True)

TABLE: Final[Mapping[str, Mapping[str, Said]]] = {
    "SKEYID = prf(pre-shared-key, Ni_b | Nr_b)": {
        "pre-shared-key": Changes(AGGRESSIVE_PSK, I, "secrecy"),
        "Ni_b": Changes(AGGRESSIVE_PSK, I, "agreement-nonces"),
        "Nr_b": Changes(AGGRESSIVE_PSK, I, "agreement-nonces"),
    },
    "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": {
        "SKEYID": Changes(AGGRESSIVE_PSK, R, "aliveness"),
        "g^xi": Changes(MAIN_PSK_CLEAR, R, "agreement-dh"),
        "g^xr": Changes(MAIN_PSK_CLEAR, R, "agreement-dh"),
        "CKY-I": Changes(MAIN_PSK_CLEAR, R, "agreement-cookies"),
        "CKY-R": Changes(MAIN_PSK_CLEAR, R, "agreement-cookies"),
        "SAi_b": Changes(MAIN_PSK, R, "agreement-offer"),
        "IDii_b": Changes(AGGRESSIVE_ENCRYPTION, I, "unknown-key-share"),
    },
    "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": {
        "SKEYID": Changes(AGGRESSIVE_PSK, I, "aliveness"),
        "g^xr": Changes(AGGRESSIVE_PSK, I, "agreement-dh"),
        "g^xi": Changes(AGGRESSIVE_PSK, I, "agreement-dh"),
        "CKY-R": Changes(AGGRESSIVE_PSK, I, "agreement-cookies"),
        "CKY-I": Changes(AGGRESSIVE_PSK, I, "agreement-cookies"),
        "SAi_b": Changes(AGGRESSIVE_PSK, I, "agreement-offer"),
        "IDir_b": Changes(AGGRESSIVE_PSK, I, "aliveness"),
    },
    "SKEYID = prf(Ni_b | Nr_b, g^xy)": {
        "Ni_b": Changes(AGGRESSIVE_SIGNATURE, R, "agreement-nonces"),
        "Nr_b": Changes(AGGRESSIVE_SIGNATURE, R, "agreement-nonces"),
        "g^xy": Changes(AGGRESSIVE_SIGNATURE, R, "weak-agreement"),
    },
    "SIG_I = sign(PrivKey_i, HASH_I)": {
        "PrivKey_i": Changes(AGGRESSIVE_SIGNATURE, R, "secrecy"),
        "HASH_I": Changes(AGGRESSIVE_SIGNATURE, R, "secrecy"),
    },
    "SIG_R = sign(PrivKey_r, HASH_R)": {
        "PrivKey_r": Changes(AGGRESSIVE_SIGNATURE, I, "secrecy"),
        "HASH_R": Changes(AGGRESSIVE_SIGNATURE, I, "secrecy"),
    },
    "HASH(1) = hash(certificate)": {
        "certificate": Outside("names the key that was encrypted to, and proves nothing"),
    },
    "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)": {
        "Ni_b": Changes(AGGRESSIVE_ENCRYPTION, I, "secrecy"),
        "Nr_b": Changes(AGGRESSIVE_ENCRYPTION, R, "secrecy"),
        "CKY-I": Covered(
            AGGRESSIVE_ENCRYPTION,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-I",),
                "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-I",),
            },
        ),
        "CKY-R": Covered(
            AGGRESSIVE_ENCRYPTION,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-R",),
                "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-R",),
            },
        ),
    },
    "Ne_i = prf(Ni_b, CKY-I)": {
        "Ni_b": Changes(AGGRESSIVE_REVISED, I, "weak-agreement"),
        "CKY-I": Covered(
            AGGRESSIVE_REVISED,
            I,
            "agreement-cookies",
            {
                "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-I",),
                "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)": ("CKY-I",),
            },
        ),
    },
    "Ke_i = cipher_key(Ne_i)": {
        "Ne_i": Changes(AGGRESSIVE_REVISED, I, "weak-agreement"),
    },
    "Ne_r = prf(Nr_b, CKY-R)": {
        "Nr_b": Changes(AGGRESSIVE_REVISED, R, "identity-passive"),
        "CKY-R": Covered(
            AGGRESSIVE_REVISED,
            I,
            "agreement-cookies",
            {
                "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-R",),
                "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)": ("CKY-R",),
            },
        ),
    },
    "Ke_r = cipher_key(Ne_r)": {
        "Ne_r": Changes(AGGRESSIVE_REVISED, R, "identity-passive"),
    },
    "HASH_I = prf(SKEYID, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)": {
        "SKEYID": Changes(BASE_PSK, R, "aliveness"),
        "g^xi": Changes(BASE_PSK, R, "agreement-dh"),
        "CKY-I": Changes(BASE_PSK, R, "agreement-cookies"),
        "CKY-R": Changes(BASE_PSK, R, "agreement-cookies"),
        "SAi_b": Changes(BASE_PSK, R, "agreement-offer"),
        "IDii_b": Changes(BASE_PSK, R, "aliveness"),
    },
    "K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": {
        "Ni_b": Changes(BASE_SIGNATURE_PEERS_NAMED, R, "agreement-nonces"),
        "Nr_b": Changes(BASE_SIGNATURE_PEERS_NAMED, R, "agreement-nonces"),
        "CKY-I": Covered(
            BASE_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-cookies",
            {"HASH_I = prf(K_auth, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-I",)},
        ),
        "CKY-R": Covered(
            BASE_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-cookies",
            {"HASH_I = prf(K_auth, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-R",)},
        ),
    },
    "HASH_I = prf(K_auth, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)": {
        "K_auth": Changes(BASE_SIGNATURE_PEERS_NAMED, R, "agreement-nonces"),
        "g^xi": Changes(BASE_SIGNATURE, R, "secrecy"),
        "CKY-I": Covered(
            BASE_SIGNATURE_PEERS_NAMED, R, "agreement-cookies", {"K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-I",)}
        ),
        "CKY-R": Covered(
            BASE_SIGNATURE_PEERS_NAMED, R, "agreement-cookies", {"K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-R",)}
        ),
        "SAi_b": Changes(BASE_SIGNATURE_PEERS_NAMED, R, "agreement-offer"),
        "IDii_b": Fixed(BASE_SIGNATURE),
    },
    "HASH_R = prf(SKEYID, CKY-R | CKY-I | SAi_b | IDir_b)": {
        "SKEYID": Changes(AUTH_ONLY_PSK, I, "aliveness"),
        "CKY-R": Changes(AUTH_ONLY_PSK, I, "agreement-cookies"),
        "CKY-I": Changes(AUTH_ONLY_PSK, I, "agreement-cookies"),
        "SAi_b": Changes(AUTH_ONLY_PSK, I, "agreement-offer"),
        "IDir_b": Changes(AUTH_ONLY_PSK, I, "aliveness"),
    },
    "HASH_I = prf(SKEYID, CKY-I | CKY-R | SAi_b | IDii_b)": {
        "SKEYID": Changes(AUTH_ONLY_PSK, R, "aliveness"),
        "CKY-I": Covered(
            AUTH_ONLY_PSK, R, "agreement-cookies", {"HASH_R = prf(SKEYID, CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-I",)}
        ),
        "CKY-R": Covered(
            AUTH_ONLY_PSK, R, "agreement-cookies", {"HASH_R = prf(SKEYID, CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-R",)}
        ),
        "SAi_b": Covered(
            AUTH_ONLY_PSK, R, "agreement-offer", {"HASH_R = prf(SKEYID, CKY-R | CKY-I | SAi_b | IDir_b)": ("SAi_b",)}
        ),
        "IDii_b": Fixed(AUTH_ONLY_PSK),
    },
    "HASH_R = prf(K_auth, CKY-R | CKY-I | SAi_b | IDir_b)": {
        "K_auth": Changes(AUTH_ONLY_SIGNATURE_PEERS_NAMED, I, "agreement-nonces"),
        "CKY-R": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            I,
            "agreement-cookies",
            {"K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-R",)},
        ),
        "CKY-I": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            I,
            "agreement-cookies",
            {"K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-I",)},
        ),
        "SAi_b": Changes(AUTH_ONLY_SIGNATURE_PEERS_NAMED, I, "agreement-offer"),
        "IDir_b": Fixed(AUTH_ONLY_SIGNATURE),
    },
    "HASH_I = prf(K_auth, CKY-I | CKY-R | SAi_b | IDii_b)": {
        "K_auth": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-nonces",
            {"HASH_R = prf(K_auth, CKY-R | CKY-I | SAi_b | IDir_b)": ("K_auth",)},
        ),
        "CKY-I": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-cookies",
            {
                "K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-I",),
                "HASH_R = prf(K_auth, CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-I",),
            },
        ),
        "CKY-R": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-cookies",
            {
                "K_auth = prf(Ni_b | Nr_b, CKY-I | CKY-R)": ("CKY-R",),
                "HASH_R = prf(K_auth, CKY-R | CKY-I | SAi_b | IDir_b)": ("CKY-R",),
            },
        ),
        "SAi_b": Covered(
            AUTH_ONLY_SIGNATURE_PEERS_NAMED,
            R,
            "agreement-offer",
            {"HASH_R = prf(K_auth, CKY-R | CKY-I | SAi_b | IDir_b)": ("SAi_b",)},
        ),
        "IDii_b": Fixed(AUTH_ONLY_SIGNATURE),
    },
    "HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)": {
        "SKEYID_a": Changes(QUICK_CLEAR, R, "agreement-identities"),
        "0": Covered(
            QUICK_PFS_CLEAR,
            R,
            "agreement-identities",
            {"HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": ("SA", "KE", "IDci", "IDcr")},
        ),
        "M-ID": Covered(
            QUICK_PFS_IDS_REMEMBERED_CLEAR_3,
            R,
            "agreement-nonces",
            {
                "HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)": ("Ni_b", "Nr_b"),
                "HASH(1) = prf(SKEYID_a, M-ID | SA | Ni | KE | IDci | IDcr)": ("M-ID",),
            },
        ),
        "Ni_b": Covered(
            QUICK_PFS_CLEAR,
            R,
            "agreement-nonces",
            {
                "HASH(1) = prf(SKEYID_a, M-ID | SA | Ni | KE | IDci | IDcr)": ("Ni",),
                "HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": ("Ni_b",),
            },
        ),
        "Nr_b": Covered(
            QUICK_PFS_CLEAR,
            R,
            "agreement-nonces",
            {"HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": ("Nr",)},
        ),
    },
    "HASH = prf(SKEYID_a, M-ID | ATTR)": {
        "SKEYID_a": Changes(TRANSACTION_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "M-ID": Changes(TRANSACTION_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "ATTR": Changes(TRANSACTION_IDS_REMEMBERED_CLEAR, R, "agreement-information"),
    },
    "HASH(1) = prf(SKEYID_a, M-ID | SA)": {
        "SKEYID_a": Changes(NEW_GROUP_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "M-ID": Changes(NEW_GROUP_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "SA": Changes(NEW_GROUP_IDS_REMEMBERED_CLEAR, I, "agreement-offer"),
    },
    "HASH(2) = prf(SKEYID_a, M-ID | SA)": {
        "SKEYID_a": Changes(NEW_GROUP_IDS_REMEMBERED_CLEAR, I, "aliveness"),
        "M-ID": Covered(
            NEW_GROUP_IDS_REMEMBERED,
            I,
            "aliveness",
            {
                "HASH(1) = prf(SKEYID_a, M-ID | SA)": ("M-ID",),
                "IV(M-ID) = block(hash(last phase 1 CBC output block | M-ID))": ("M-ID",),
            },
        ),
        "SA": Changes(NEW_GROUP_IDS_REMEMBERED_CLEAR, I, "agreement-transform"),
    },
    "HASH(1) = prf(SKEYID_a, M-ID | N/D)": {
        "SKEYID_a": Changes(INFORMATIONAL_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "M-ID": Changes(INFORMATIONAL_IDS_REMEMBERED_CLEAR, R, "aliveness"),
        "N/D": Changes(INFORMATIONAL_IDS_REMEMBERED_CLEAR, R, "agreement-information"),
    },
    "HASH(1) = prf(SKEYID_a, M-ID | SA | Ni | KE | IDci | IDcr)": {
        "SKEYID_a": Changes(QUICK_PFS_CLEAR, I, "agreement-dh"),
        "M-ID": Covered(
            QUICK_PFS_IDS_REMEMBERED_CLEAR_3,
            R,
            "agreement-nonces",
            {"HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)": ("M-ID", "Ni_b", "Nr_b")},
        ),
        "SA": Changes(QUICK_PFS_CLEAR, I, "agreement-offer"),
        "Ni": Covered(
            QUICK_PFS_CLEAR,
            I,
            "agreement-nonces",
            {"HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": ("Ni_b",)},
        ),
        "KE": Changes(QUICK_PFS_CLEAR, I, "agreement-dh"),
        "IDci": Fixed(QUICK_PFS_CLEAR),
        "IDcr": Fixed(QUICK_PFS_CLEAR),
    },
    "HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": {
        "SKEYID_a": Changes(QUICK_PFS_CLEAR, I, "aliveness"),
        "M-ID": Covered(
            QUICK_PFS_CLEAR_3,
            I,
            "agreement-nonces",
            {"HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr | KE | IDci | IDcr)": ("Ni_b",)},
        ),
        "Ni_b": Covered(
            QUICK_PFS_CLEAR,
            I,
            "agreement-nonces",
            {"HASH(1) = prf(SKEYID_a, M-ID | SA | Ni | KE | IDci | IDcr)": ("Ni",)},
        ),
        "SA": Changes(QUICK_PFS_CLEAR, I, "agreement-transform"),
        "Nr": Changes(QUICK_PFS_CLEAR, I, "agreement-nonces"),
        "KE": Changes(QUICK_PFS_CLEAR, I, "agreement-dh"),
        "IDci": Fixed(QUICK_PFS_CLEAR),
        "IDcr": Fixed(QUICK_PFS_CLEAR),
    },
    "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)": {
        "SKEYID": Covered(
            AGGRESSIVE_PSK,
            I,
            "secrecy",
            {"HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)": ("SKEYID",)},
        ),
        "g^xy": Changes(AGGRESSIVE_PSK, I, "forward-secrecy"),
        "CKY-I": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-I",),
                "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("CKY-I",),
                "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("CKY-I",),
            },
        ),
        "CKY-R": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-R",),
                "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("CKY-R",),
                "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("CKY-R",),
            },
        ),
        "0": Separates(MAIN_PSK, "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)", ("SKEYID_d", "1")),
    },
    "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": {
        "SKEYID": Covered(
            QUICK_ON_MAIN_PSK_CLEAR,
            R,
            "agreement",
            {"SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("SKEYID_d", "g^xy")},
        ),
        "SKEYID_d": Covered(
            AGGRESSIVE_PSK,
            I,
            "forward-secrecy",
            {"SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("g^xy",)},
        ),
        "g^xy": Covered(
            AGGRESSIVE_PSK,
            I,
            "forward-secrecy",
            {"SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("SKEYID_d",)},
        ),
        "CKY-I": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-I",),
                "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)": ("CKY-I",),
                "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("CKY-I",),
            },
        ),
        "CKY-R": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-R",),
                "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)": ("CKY-R",),
                "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("CKY-R",),
            },
        ),
        "1": Separates(MAIN_PSK, "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)", ("0",), ("SKEYID_d",)),
    },
    "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": {
        "SKEYID": Covered(
            MAIN_PSK,
            I,
            "identity-active",
            {"SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("SKEYID_a", "g^xy")},
        ),
        "SKEYID_a": Covered(
            MAIN_PSK,
            I,
            "identity-active",
            {"SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("SKEYID", "g^xy")},
        ),
        "g^xy": Covered(
            AGGRESSIVE_PSK,
            I,
            "forward-secrecy",
            {"SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)": ("SKEYID_a",)},
        ),
        "CKY-I": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-I",),
                "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)": ("CKY-I",),
                "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("CKY-I",),
            },
        ),
        "CKY-R": Covered(
            MAIN_PSK,
            R,
            "agreement-cookies",
            {
                "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)": ("CKY-R",),
                "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)": ("CKY-R",),
                "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)": ("CKY-R",),
            },
        ),
        "2": Separates(
            MAIN_PSK, "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)", ("SKEYID_d", "1"), ("SKEYID_a",)
        ),
    },
    "Ka = cipher_key(SKEYID_e)": {
        "SKEYID_e": Changes(MAIN_PSK, I, "identity-passive"),
    },
    "KEYMAT = expand(SKEYID_d, protocol | SPI | Ni_b | Nr_b)": {
        "SKEYID_d": Changes(QUICK_CLEAR, I, "secrecy"),
        "protocol": Several(QUICK_CLEAR),
        "SPI": Several(QUICK_CLEAR),
        "Ni_b": Covered(
            QUICK, I, "secrecy", {"KEYMAT = expand(SKEYID_d, protocol | SPI | Ni_b | Nr_b)": ("SKEYID_d", "Nr_b")}
        ),
        "Nr_b": Covered(
            QUICK, I, "secrecy", {"KEYMAT = expand(SKEYID_d, protocol | SPI | Ni_b | Nr_b)": ("SKEYID_d", "Ni_b")}
        ),
    },
    "KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)": {
        "SKEYID_d": Covered(
            QUICK_PFS_CLEAR,
            I,
            "secrecy",
            {"KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)": ("g(qm)^xy",)},
        ),
        "g(qm)^xy": Covered(
            QUICK_PFS_CLEAR,
            I,
            "secrecy",
            {"KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)": ("SKEYID_d",)},
        ),
        "protocol": Several(QUICK_PFS_CLEAR),
        "SPI": Several(QUICK_PFS_CLEAR),
        "Ni_b": Covered(
            QUICK_PFS,
            I,
            "secrecy",
            {"KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)": ("SKEYID_d", "g(qm)^xy", "Nr_b")},
        ),
        "Nr_b": Covered(
            QUICK_PFS,
            I,
            "secrecy",
            {"KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)": ("SKEYID_d", "g(qm)^xy", "Ni_b")},
        ),
    },
    "IV = block(hash(g^xi | g^xr))": {
        "g^xi": Vector(MAIN_PSK),
        "g^xr": Vector(MAIN_PSK),
    },
    "IV(M-ID) = block(hash(last phase 1 CBC output block | M-ID))": {
        "last phase 1 CBC output block": Vector(QUICK),
        "M-ID": Vector(QUICK),
    },
    "NAT-D = hash(CKY-I | CKY-R | IP | Port)": {
        "CKY-I": Outside("finds a NAT on the way, and proves nothing"),
        "CKY-R": Outside("finds a NAT on the way, and proves nothing"),
        "IP | Port": Outside("finds a NAT on the way, and proves nothing"),
    },
}
"""By the equations of the formulas, and the names of their arguments."""
