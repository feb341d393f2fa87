"""A second opinion on the files of `isakmp vectors`: RFC 2409 once more, with nothing but the standard library.

There are no ciphers in it: of encryption, lengths, padding and the chain of vectors are checked; signatures are not.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]
octets = bytes.fromhex
LAST = "last phase 1 CBC output block"
UNSENT = ("in place of", "PKCS #1", "identifier", "DPD")  # fresh values that need not be in what is sent next
RULES = """\
psk SKEYID = pre-shared-key : Ni_b | Nr_b
enc SKEYID = hash(Ni_b | Nr_b) : CKY-I | CKY-R
SKEYID = nonces : g^xy
SKEYID_d = SKEYID : g^xy | CKY-I | CKY-R | 0
SKEYID_a = SKEYID : SKEYID_d | g^xy | CKY-I | CKY-R | 1
SKEYID_e = SKEYID : SKEYID_a | g^xy | CKY-I | CKY-R | 2
HASH_I = SKEYID : g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b
HASH_R = SKEYID : g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b
K_auth = nonces : CKY-I | CKY-R
base HASH_I = early key : g^xi | CKY-I | CKY-R | SAi_b | IDii_b
authentication-only HASH_I = early key : CKY-I | CKY-R | SAi_b | IDii_b
authentication-only HASH_R = early key : CKY-R | CKY-I | SAi_b | IDir_b
quick HASH(2) = SKEYID_a : M-ID | Ni_b | payloads after HASH
HASH(3) = SKEYID_a : 0 | M-ID | Ni_b | Nr_b
HASH = SKEYID_a : M-ID | payloads after HASH
KEYMAT = SKEYID_d : g(qm)^xy | protocol | SPI | Ni_b | Nr_b
hash(g^xi | g^xr) =  : g^xi | g^xr
hash(last phase 1 CBC output block | M-ID) =  : last phase 1 CBC output block | M-ID
hash(Ni_b | Nr_b) =  : Ni_b | Nr_b
IV = hash(g^xi | g^xr) : long
IV(M-ID) = hash(last phase 1 CBC output block | M-ID) : long
Ne_i = Ni_b : CKY-I
Ne_r = Nr_b : CKY-R
Ka = SKEYID_e : long
Ke_i = Ne_i : long
Ke_r = Ne_r : long"""  # key : data, or : data for the bare hash (RFC 2409 section 5, RFC 2408 sections 4.4 and 4.6)
FORMULAS = dict(line.split(" = ") for line in RULES.splitlines())


def same(what: str, found: object, wanted: object) -> None:
    """Refuse a value that is not what it has to be."""
    if found != wanted:
        raise ValueError(f"{what} is wrong")


def power(group: Json, base: bytes, n: bytes) -> bytes:
    """g^n in the integers modulo a prime, or the n-fold of a point x | y of a curve."""
    p, size = int(group["prime"], 16), len(octets(group["prime"]))
    if group["kind"] == "modp":
        return pow(int.from_bytes(base), int.from_bytes(n), p).to_bytes(size)
    a, b, point = int(group["a"], 16), int(group["b"], 16), (int.from_bytes(base[:size]), int.from_bytes(base[size:]))
    same("point", (point[1] ** 2 - point[0] ** 3 - a * point[0] - b) % p, 0)

    def add(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
        if not one or not two:
            return one or two
        (x1, y1), (x2, y2) = one, two
        s = (3 * x1 * x1 + a) * pow(2 * y1, -1, p) if one == two else (y2 - y1) * pow(x2 - x1, -1, p)
        x = (s * s - x1 - x2) % p
        return x, (s * (x1 - x) - y1) % p

    total: tuple[int, ...] = ()
    for bit in f"{int.from_bytes(n):b}":
        total = add(add(total, total), point) if bit == "1" else add(total, total)
    return b"".join(c.to_bytes(size) for c in total)


def computed(rule: str, size: int, v: dict[str, bytes], hashed: str) -> bytes:
    """So many octets by a rule; what is too short goes on as RFC 2409 section 5.5 and Appendix B say."""
    key, names = rule.split(" : ")
    data = b"".join(v.get(name, b"") for name in names.split(" | "))
    if not key or (names == "long" and len(v[key]) >= size):
        return (v[key] if key else hashlib.new(hashed, data).digest())[:size]
    made = last = hmac.digest(v[key], data or b"\0", hashed)
    while len(made) < size:
        made += (last := hmac.digest(v[key], last + data, hashed))
    return made[:size]


def check_message(doc: Json, exchange: Json, message: Json, v: dict[str, bytes]) -> None:
    """Check one message, knowing what came before it, and add what is known with it."""
    suite, datagram, sealed = doc["suite"], octets(message["datagram"]), message.get("encryption", {"padding": 0})
    plain = octets(sealed["plaintext"]) if "iv" in sealed else datagram[28:]
    ids = (exchange["message_id"] << 32 | len(datagram)).to_bytes(8)
    same("header", (*datagram[17:20:2], len(datagram), datagram[20:28]), (0x10, "iv" in sealed, 28 + len(plain), ids))
    same("cookies", datagram[: len(v["cookies"])], v["cookies"])
    v |= {"CKY-I": datagram[:8], "CKY-R": datagram[8:16], "M-ID": datagram[20:24], "protocol": b"\3"}
    v["cookies"] = datagram[: 16 if any(datagram[8:16]) else 8]
    kind, at, proofs = datagram[16], 0, dict[str, bytes]()
    for payload in message["payloads"]:
        end = at + (plain[at + 2] << 8) + plain[at + 3]
        inside = octets(payload.get("sealed", payload["body"]))
        same("payload", (payload["type"], 0, inside), (kind, plain[at + 1], plain[at + 4 : end]))
        (proofs if kind in (8, 9) else v)[payload.get("carries", "")] = octets(payload["body"])
        v["payloads after HASH"] = v["payloads after HASH"] if at else plain[end : len(plain) - sealed["padding"]]
        kind, at = plain[at], end
    same("padding", (kind, plain[at:]), (0, bytes(sealed["padding"])))
    for fresh in (fresh for fresh in doc["random"] if fresh["message"] == message["number"]):
        name, value, group = fresh["name"], octets(fresh["value"]), exchange.get("group", {})
        if name in ("xi", "xr"):
            base = octets(group.get("generator") or group["x"] + group["y"])
            same(name, power(group, base, value), v[("g(qm)^" if exchange["message_id"] else "g^") + name])
        elif not name.startswith(UNSENT):
            same(name, max(value in each for each in (datagram[:28], plain, v.get(name, b""))), 1)
        v[f"SPI of the {fresh['by']}" if name == "SPI" else name] = value
    kinds = (exchange["exchange"], next(form for form in ("psk", "enc", "") if form in suite["authentication"].lower()))
    for one in message["computes"]:
        name, value = one["name"], octets(one["value"])
        v["nonces"], v["early key"] = v.get("Ni_b", b"") + v.get("Nr_b", b""), v.get("K_auth") or v.get("SKEYID", b"")
        v["SPI"] = v.get("SPI of the " + one.get("direction", "").rpartition(" ")[2], b"")
        keys = (*(f"{kind} {name}" for kind in kinds), name, name[:4])  # HASH(1), where no rule of its own stands
        rule = next((FORMULAS[key] for key in keys if key in FORMULAS), "")
        shared = name.endswith("^xy") and power(exchange["group"], v[name.replace("xy", "xr")], v["xi"])[: len(value)]
        made = computed(rule, len(value), v, one.get("hash", suite["hash"])) if rule else shared or proofs[name]
        same(name, value, made)
        v[name] = value
        for part in (part for argument in one["arguments"] for part in argument):
            same(f"{part['name']} in {name}", octets(part["value"]), v[part["name"]])
    same("proofs", proofs, {name: v[name] for name in proofs})
    if "iv" in sealed:
        same("vector", octets(sealed["iv"]), v.get("next", v.get("IV(M-ID)", v.get("IV"))))
        v["next"] = datagram[-suite["block"] :]
        same("next vector", octets(sealed["next_iv"]), v["next"])


def check(doc: Json) -> None:
    """Check a file; what phase 1 leaves behind is known in what comes under it."""
    known = {"0": b"\0", "1": b"\1", "2": b"\2", "cookies": b""}
    known["pre-shared-key"] = octets(doc["credentials"].get("psk", ""))
    for exchange in doc["exchanges"]:
        v = dict(known)
        for message in exchange["messages"]:
            check_message(doc, exchange, message, v)
        if exchange["message_id"] == 0:
            v[LAST] = v.get("next", v.get("IV", b""))
            known |= {name: v.get(name, b"") for name in ("cookies", "SKEYID_d", "SKEYID_a", LAST)}


if __name__ == "__main__":
    for path in sys.argv[1:]:
        check(json.loads(Path(path).read_text()))
        print(f"{path}: every value is right")
