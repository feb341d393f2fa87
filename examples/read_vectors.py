"""A second opinion on the files of `isakmp vectors`, by the standard library alone: without ciphers and signatures."""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]
octets = bytes.fromhex
LAST = "last phase 1 CBC output block"
UNSENT = ("in place of", "PKCS #1", "identifier", "DPD", "CPI")  # fresh values that need not be in what is sent next
# Name = key : data, or : data for the bare hash (RFC 2409 section 5, RFC 2408 sections 4.4, 4.6, RFC 3947 section 3.2).
RULES = """\
psk SKEYID = pre-shared-key : Ni_b | Nr_b; enc SKEYID = hash(Ni_b | Nr_b) : CKY-I | CKY-R; SKEYID = nonces : g^xy
SKEYID_d = SKEYID : g^xy | CKY-I | CKY-R | 0; SKEYID_a = SKEYID : SKEYID_d | g^xy | CKY-I | CKY-R | 1
SKEYID_e = SKEYID : SKEYID_a | g^xy | CKY-I | CKY-R | 2; hash(g^xi | g^xr) =  : g^xi | g^xr; Ka = SKEYID_e : long
HASH_I = SKEYID : g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b; K_auth = nonces : CKY-I | CKY-R
HASH_R = SKEYID : g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b; Ne_i = Ni_b : CKY-I; Ne_r = Nr_b : CKY-R
base HASH_I = early key : g^xi | CKY-I | CKY-R | SAi_b | IDii_b; hash(Ni_b | Nr_b) =  : Ni_b | Nr_b
authentication-only HASH_I = early key : CKY-I | CKY-R | SAi_b | IDii_b; IV = hash(g^xi | g^xr) : long
authentication-only HASH_R = early key : CKY-R | CKY-I | SAi_b | IDir_b; NAT-D =  : CKY-I | CKY-R | IP and port
quick HASH(2) = SKEYID_a : M-ID | Ni_b | payloads after HASH; HASH(3) = SKEYID_a : 0 | M-ID | Ni_b | Nr_b
HASH = SKEYID_a : M-ID | payloads after HASH; KEYMAT = SKEYID_d : g(qm)^xy | protocol | SPI | Ni_b | Nr_b
hash(last phase 1 CBC output block | M-ID) =  : last phase 1 CBC output block | M-ID
IV(M-ID) = hash(last phase 1 CBC output block | M-ID) : long; Ke_i = Ne_i : long; Ke_r = Ne_r : long"""
FORMULAS = dict(rule.split(" = ") for rule in RULES.replace("\n", "; ").split("; "))


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
    datagram, sealed = octets(message["datagram"]), message.get("encryption", {"padding": 0})
    plain = octets(sealed["plaintext"]) if "iv" in sealed else datagram[28:]
    ids, flags = (exchange["message_id"] << 32 | len(datagram)).to_bytes(8), datagram[19] & ~2  # but the commit bit
    same("header", (datagram[17], flags, len(datagram), datagram[20:28]), (16, "iv" in sealed, 28 + len(plain), ids))
    same("cookies", datagram[: len(v["cookies"])], v["cookies"])
    v |= {"CKY-I": datagram[:8], "CKY-R": datagram[8:16], "M-ID": datagram[20:24], "heard": v["heard"] + plain}
    v["cookies"] = datagram[: 16 if any(datagram[8:16]) else 8]
    v["addresses"] = str(message.get("addresses")).encode()
    pieces = [octets(piece) for piece in message.get("fragments", [message["datagram"]])]
    same("fragments", b"".join(piece[36 * (len(pieces) > 1) :] for piece in pieces), datagram)
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
        v |= {name: value, f"all {name} {fresh['by']}": v.get(f"all {name} {fresh['by']}", b"") + value}
    for one in message["computes"]:
        check_computed(doc["suite"], exchange, one, v, proofs)
    same("proofs", proofs, {name: v[name] for name in proofs})
    if "iv" in sealed:
        vector, v["next"] = v.get("next", v.get("IV(M-ID)", v.get("IV"))), datagram[-doc["suite"]["block"] :]
        same("chain of vectors", (octets(sealed["iv"]), octets(sealed["next_iv"])), (vector, v["next"]))


def check_computed(suite: Json, exchange: Json, one: Json, v: dict[str, bytes], proofs: dict[str, bytes]) -> None:
    """Check a computed value by what is known, and know it from now on."""
    name, value, given = one["name"], octets(one["value"]), [part for each in one["arguments"] for part in each]
    v["nonces"], v["early key"] = v.get("Ni_b", b"") + v.get("Nr_b", b""), v.get("K_auth") or v.get("SKEYID", b"")
    if (
        "direction" in one
    ):  # KEYMAT, of the next SPI of who receives under it; in its SA payload a protocol is before it
        own = "all SPI " + one["direction"].rpartition(" ")[2]
        v["SPI"], v[own] = v[own][:4], v[own][4:]
        v["protocol"] = v["heard"][v["heard"].index(v["SPI"]) - 3 :][:1]
    if name == "NAT-D":  # of where the message goes to, or comes from, in one of its payloads
        v["IP and port"] = v["IP | Port"] = raw = octets(given[-1]["value"])
        address = f"'{raw[0]}.{raw[1]}.{raw[2]}.{raw[3]}:{int.from_bytes(raw[4:])}'".encode()
        same(name, address in v["addresses"] and value in v["heard"], 1)
    kinds = (exchange["exchange"], *(form for form in ("psk", "enc") if form in suite["authentication"].lower()))
    keys = (*(f"{kind} {name}" for kind in kinds), name, name[:4])  # HASH(1), where no rule of its own stands
    rule = next((FORMULAS[key] for key in keys if key in FORMULAS), "")
    shared = name.endswith("^xy") and power(exchange["group"], v[name.replace("xy", "xr")], v["xi"])[: len(value)]
    made = computed(rule, len(value), v, one.get("hash") or suite["hash"]) if rule else shared or proofs[name]
    same(name, value, made)
    v[name] = value
    for part in given:
        same(f"{part['name']} in {name}", octets(part["value"]), v[part["name"]])


def check(doc: Json) -> None:
    """Check a file; what phase 1 leaves behind is known in what comes under it."""
    known = {"0": b"\0", "1": b"\1", "2": b"\2", "cookies": b"", "heard": b""}
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
