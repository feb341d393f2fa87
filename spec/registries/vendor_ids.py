"""Vendor IDs that real peers send (RFC 2408 section 3.16), and how to name one.

A vendor ID is any string of octets; the RFC advises a hash of a text, and most vendors do that.  So this table states
the texts, and computes the octets where they are a digest: what is typed here can then be checked against the octets
that were published elsewhere, which the tests do.  Many peers append a version or capabilities, hence each entry is
matched as a prefix and the longest match wins.
"""

from dataclasses import dataclass
from enum import Enum
from hashlib import md5
from typing import Final

from isakmp.spec.citations import Cite


class Origin(Enum):
    """How the octets of a vendor ID came about."""

    MD5 = "MD5 of the text"
    MD5_HEAD = "first octets of the MD5 of the text, some replaced"
    TEXT = "the text itself"
    PLUTO = "'OE' and ten letters made from the MD5 of the text"
    OPAQUE = "unknown"


@dataclass(frozen=True, slots=True)
class VendorId:
    """One known vendor ID.

    ``octets`` is what the payload starts with; ``text`` what they were made from, as ``origin`` tells; ``note`` what
    follows them, or why there is something to know.
    """

    name: str
    octets: bytes
    origin: Origin
    text: str
    cite: Cite
    note: str = ""


def _digest(text: str) -> bytes:
    return md5(text.encode("ascii"), usedforsecurity=False).digest()


def _md5(text: str, cite: Cite, *, name: str = "", note: str = "") -> VendorId:
    return VendorId(name or text, _digest(text), Origin.MD5, text, cite, note)


def _md5_head(name: str, text: str, length: int, cite: Cite, *, tail: str = "", note: str = "") -> VendorId:
    """Declare a digest cut to ``length`` octets, with the octets ``tail`` (hexadecimal) behind it."""
    return VendorId(name, _digest(text)[:length] + bytes.fromhex(tail), Origin.MD5_HEAD, text, cite, note)


def _text(text: str, cite: Cite, *, name: str = "", note: str = "") -> VendorId:
    return VendorId(name or text, text.encode("ascii"), Origin.TEXT, text, cite, note)


def _pluto(name: str, text: str, cite: Cite) -> VendorId:
    """Declare an ID of FreeS/WAN's kind: 'OE', then ten octets of the digest, each forced to 0x40-0x7f."""
    return VendorId(name, b"OE" + bytes(octet & 0x3F | 0x40 for octet in _digest(text)[:10]), Origin.PLUTO, text, cite)


def _opaque(name: str, octets: str, cite: Cite, note: str = "") -> VendorId:
    return VendorId(name, bytes.fromhex(octets), Origin.OPAQUE, "", cite, note)


_NAT_TRAVERSAL: Final = (
    _md5("RFC 3947", "RFC3947:3.1"),
    *(_md5(f"draft-ietf-ipsec-nat-t-ike-{number}", f"NATT-{number}:3.1") for number in ("00", "02", "03")),
    _md5(
        "draft-ietf-ipsec-nat-t-ike-02\n",
        "NATT-02:3.1",
        name="draft-ietf-ipsec-nat-t-ike-02 (with line end)",
        note="these are the octets that the draft prints, although it gives the text without a line end",
    ),
    *(
        _md5(f"draft-ietf-ipsec-nat-t-ike-{number:02}", "PEERS:NAT-Traversal drafts")
        for number in (1, 4, 5, 6, 7, 8, 9)
    ),
    _md5("draft-ietf-ipsec-nat-t-ike", "PEERS:Apple racoon"),
    _md5("RFC XXXX", "NATT-08:3.1", note="the placeholder of draft 08, taken literally by Solaris"),
    _md5("Testing NAT-T RFC", "PEERS:NAT-Traversal drafts"),
    _md5("draft-stenberg-ipsec-nat-traversal-01", "PEERS:SSH Communications"),
    _md5("draft-stenberg-ipsec-nat-traversal-02", "PEERS:SSH Communications"),
    _md5("draft-huttunen-ipsec-esp-in-udp-00.txt", "PEERS:F-Secure"),
    _md5("ESPThruNAT", "PEERS:F-Secure", note="draft-huttunen-ipsec-esp-in-udp-01"),
)

_EXTENSIONS: Final = (
    _md5_head("XAUTH", "draft-ietf-ipsra-isakmp-xauth-06.txt", 8, "XAUTH:4", note="some peers send all 16 octets"),
    _opaque("Dead Peer Detection", "afcad71368a1f1c96b8696fc7757", "RFC3706:5.1", "then major and minor version"),
    _opaque("Dead Peer Detection 1.0", "afcad71368a1f1c96b8696fc77570100", "RFC3706:5.1"),
    _opaque("DPDv1_NG", "3b9031dce4fcf88b489a923963dd0c49", "PEERS:Shrew Soft"),
    _md5(
        "FRAGMENTATION",
        "PEERS:Cisco",
        name="IKE Fragmentation",
        note="then 4 octets of capabilities: 80000000 main and aggressive mode, 40000000 all messages; or nothing",
    ),
    _text("HeartBeat_Notify", "PEERS:heartbeats", note="then some octets"),
    _opaque("draft-ietf-ipsec-heartbeats-00", "8db7a41811221660", "PEERS:heartbeats"),
    _opaque("draft-krywaniuk-ipsec-antireplay-00", "325df29a2319f2dd", "PEERS:antireplay"),
    _opaque("IKE Challenge/Response", "ba290499c24e84e53a1d83a05e5f00c9", "PEERS:challenge-response"),
    _opaque("IKE Challenge/Response (2)", "0d33611a5d521b5e3c9c03d2fc107e12", "PEERS:challenge-response"),
    _opaque("IKE Challenge/Response, revised", "ad3251042cdc4652c9e0734ce5de4c7d", "PEERS:challenge-response"),
    _opaque("IKE Challenge/Response, revised (2)", "013f11823f966fa91900f024ba66a86b", "PEERS:challenge-response"),
    _text("IKEv2", "PEERS:libreswan", name="CAN-IKEv2", note="once used to notice a downgrade"),
    _text("OpenPGP10171", "PEERS:pluto", name="OpenPGP"),
    _text("Opportunistic IPsec", "PEERS:libreswan"),
)

_MICROSOFT: Final = (
    _md5("MS NT5 ISAKMPOAKLEY", "PEERS:Microsoft", note="then 4 octets of version"),
    *(
        _md5_head(name, "MS NT5 ISAKMPOAKLEY", 16, "PEERS:Microsoft", tail=f"{version:08x}")
        for version, name in (
            (2, "Windows 2000"),
            (3, "Windows XP"),
            (4, "Windows Server 2003"),
            (5, "Windows Vista"),
            (6, "Windows Server 2008"),
            (7, "Windows 7"),
            (8, "Windows Server 2008 R2"),
            (9, "Windows 8 or later, Server 2012 or later"),
        )
    ),
    _md5("GSSAPI", "PEERS:Microsoft"),
    _md5("A GSS-API Authentication Method for IKE", "PEERS:Microsoft"),
    _md5(
        "A GSS-API Authentication Method for IKE\n",
        "PEERS:Microsoft",
        name="A GSS-API Authentication Method for IKE (with line end)",
    ),
    _md5("Vid-Initial-Contact", "PEERS:Microsoft"),
    _md5("MS-Negotiation Discovery Capable", "PEERS:Microsoft"),
    _md5("MS-MamieExists", "PEERS:Microsoft", note="AuthIP is supported"),
    _md5("IKE CGA version 1", "PEERS:Microsoft"),
    _md5("NLBS_PRESENT", "PEERS:Microsoft", note="fast failover of network load balancing"),
    _opaque(
        "Windows key modules", "01528bbbc00696121849ab9a1c5b2a51", "PEERS:Microsoft", "then which: IKE, AuthIP, IKEv2"
    ),
    _opaque("AuthIP key exchange", "7bb93867d76c8d80df0f40fae8fc3b19", "PEERS:Microsoft", "then the group"),
    _opaque("IPsec security realm", "686a8cbdfe634b405146fb2baf33e9e8", "PEERS:Microsoft"),
    _opaque("Xbox One 2013", "8aa394cf8a5577dc3110c113b027a4f2", "PEERS:Microsoft"),
    _opaque("Xbox IKEv2 negotiation", "660822b3a73a244149578d62e0eb46a0", "PEERS:Microsoft"),
)

_CISCO: Final = (
    _md5_head("Cisco Unity", "CISCO-UNITY", 14, "PEERS:Cisco Unity", note="then a version, usually 0100"),
    _md5_head("Cisco VPN 3000", "ALTIGA GATEWAY", 14, "PEERS:Cisco", note="then a version"),
    _opaque("Cisco IOS", "3e984048", "PEERS:Cisco"),
    _opaque("Cisco Unity firewall type", "800100018002000180030002", "PEERS:Cisco Unity"),
    _text("CISCOVPN-REV-02", "PEERS:Cisco"),
    _text("CISCO-DELETE-REASON", "PEERS:Cisco"),
    _text("CISCO-DYNAMIC-ROUTE", "PEERS:Cisco"),
    _text("CISCO-GRE-MODE", "PEERS:Cisco"),
    _text("CISCO(COPYRIGHT)&Copyright (c) 2009 Cisco Systems, Inc.", "PEERS:Cisco", name="Cisco copyright"),
    _text("FLEXVPN-SUPPORTED", "PEERS:Cisco"),
)

_STRONGSWAN_VERSIONS: Final = tuple(
    f"{series}.{patch}"
    for series, last in (
        ("2.2", 2), ("2.3", 2), ("2.4", 4), ("2.5", 7), ("2.6", 4), ("2.7", 3), ("2.8", 8),
        ("4.0", 7), ("4.1", 11), ("4.2", 3),
    )
    for patch in range(last + 1)
)  # fmt: skip

_FREE_SOFTWARE: Final = (
    _md5("strongSwan", "PEERS:strongSwan"),
    *(_md5(f"strongSwan {version}", "PEERS:strongSwan") for version in _STRONGSWAN_VERSIONS),
    _pluto("FreeS/WAN 2.00", "Linux FreeS/WAN 2.00 PLUTO_SENDS_VENDORID", "PEERS:pluto"),
    _pluto("FreeS/WAN 2.00, X.509 1.3.1", "Linux FreeS/WAN 2.00 X.509-1.3.1 PLUTO_SENDS_VENDORID", "PEERS:pluto"),
    _pluto(
        "FreeS/WAN 2.00, X.509 1.3.1, LDAP", "Linux FreeS/WAN 2.00 X.509-1.3.1 LDAP PLUTO_SENDS_VENDORID", "PEERS:pluto"
    ),
    _pluto("Openswan 2.2.0", "Openswan 2.2.0", "PEERS:pluto"),
    _text("OE-Libreswan-", "PEERS:libreswan", name="libreswan 3.6 or later", note="then the version in letters"),
    _text("OEN", "PEERS:libreswan", name="libreswan 3.0 to 3.5", note="then 9 letters"),
    _text("OSW", "PEERS:pluto", name="Openswan (Xelerance)", note="then 9 letters"),
    _text("OE", "PEERS:pluto", name="FreeS/WAN or Openswan", note="then 10 letters"),
    _text("OpenIKED", "PEERS:OpenIKED"),
    _md5("KAME/racoon", "PEERS:racoon"),
    _opaque("IPsec-Tools", "20a3622c1cea7ce37bee3ca484425276", "PEERS:racoon"),
    _opaque("Shrew Soft", "f14b94b7bff1fef02773b8c49feded26", "PEERS:Shrew Soft"),
)

_SSH_EXPRESS: Final = (
    *(f"Ssh Communications Security IPSEC Express version {v}" for v in ("1.1.0", "1.1.1", "1.1.2", "1.2.1", "1.2.2")),
    *(
        f"SSH Communications Security IPSEC Express version {v}"
        for v in (
            "2.0.0", "2.1.0", "2.1.1", "2.1.2", "3.0.0", "3.0.1", "4.0.0", "4.0.1", "4.1.0", "4.1.1", "4.2.0",
            "5.0", "5.0.0", "5.1.0", "5.1.1",
        )
    ),
)  # fmt: skip

_PRODUCTS: Final = (
    *(_md5(text, "PEERS:SSH Communications") for text in _SSH_EXPRESS),
    _md5("SSH Sentinel", "PEERS:SSH Communications"),
    *(_md5(f"SSH Sentinel {v}", "PEERS:SSH Communications") for v in ("1.1", "1.2", "1.3", "1.4", "1.4.1")),
    *(
        _md5(f"SSH Communications Security QuickSec {v}", "PEERS:SSH Communications")
        for v in ("0.9.0", "1.1.0", "1.1.1", "1.1.2", "1.1.3")
    ),
    _opaque("Check Point", "f4ed19e0c114eb516faaac0ee37daf2807b4381f", "PEERS:Check Point", "then product and version"),
    _opaque("CryptoPro/GOST 1.0", "031017e07f7a82e3aa6950c999990100", "PEERS:Check Point", "also Check Point R71"),
    _opaque("CryptoPro/GOST 1.1", "031017e07f7a82e3aa6950c999990101", "PEERS:Check Point"),
    _opaque("CyberGuard", "9aa1f3b43472a45d5f506aeb26c0f214", "PEERS:CyberGuard"),
    _opaque("ELVIS-PLUS Zastava", "08db45e6cb01f80bb576e9a78c0f54e1300b8881", "PEERS:ELVIS-PLUS", "then the version"),
    _md5("Fortinet Endpoint Control", "PEERS:Fortinet"),
    _md5("forticlient connect license", "PEERS:Fortinet"),
    _text("LVG9.2.245:BRICK:9.2.245", "PEERS:Lucent", name="Lucent VPN Gateway 9"),
    _text("LVC7.1.2:XP", "PEERS:Lucent", name="Lucent VPN Client 7"),
    _opaque("NCP client", "101fb0b35c5a4f4c08b919f1cb9777b0", "PEERS:NCP"),
    *(
        _opaque(f"NetScreen {number}", octets, "PEERS:Juniper NetScreen", "then 8 octets")
        for number, octets in enumerate(
            (
                "299ee8289f40a8973bc78687e2e7226b532c3b76",
                "3a15e1f3cf2a63582e3ac82d1c64cbe3b6d779e7",
                "47d2b126bfcd83489760e2cf8c5d4d5a03497c15",
                "4a4340b543e02b84c88a8b96a8af9ebe77d9accc",
                "64405f46f03b7660a23be116a1975058e69e8387",
                "699369228741c6d4ca094c93e242c9de19e7b7c6",
                "8c0dc6cf62a0ef1b5c6eabd1b67ba69866adf16a",
                "92d27a9ecb31d99246986d3453d0c3d57a222a61",
                "9b096d9ac3275a7d6fe8b91c583111b09efed1a0",
                "bf03746108d746c904f1f3547de24f78479fed12",
                "c2e80500f4cc5fbf5daaeed3bb59abaeee56c652",
                "c8660a62b03b1b6130bf781608d32a6a8d0fb89f",
                "f885da40b1e7a9abd17655ec5bbec0f21f0ed52e",
                "2a2bcac19b8e91b426107807e02e7249569d6fd3",
                "166f932d55eb64d8e4df4fd37e2313f0d0fd8451",
                "a35bfd05ca1ac0b3d2f24e9e82bfcbff9c9e52b5",
            ),
            start=1,
        )
    ),
    _opaque("Nortel Contivity", "424e4553000000", "PEERS:Nortel", "BNES, then a version"),
    _opaque("SafeNet SoftRemote", "47bbe7c993f1fc13b4e6d0db565c68e5", "PEERS:SafeNet", "then the version in letters"),
    _opaque("SafeNet or SonicWall", "da8e9378", "PEERS:SafeNet", "then a version; WatchGuard and 3COM too"),
    _opaque("Sidewinder", "8404adf9cda05760b2ca292e4bff537b", "PEERS:Sidewinder"),
    _opaque("SonicWall", "404bf439522ca3f6", "PEERS:SonicWall"),
    _text("TIMESTEP", "PEERS:TimeStep", name="TimeStep", note="then product and version in letters"),
    _opaque("ZyXEL ZyWALL", "625027749d5ab97f5616c1602765cf480a3b7d0b", "PEERS:ZyXEL"),
    _opaque("ZyXEL ZyWALL router", "b858d1addd08c1e8adafea150608aa4497aa6cc8", "PEERS:ZyXEL"),
    _opaque("ZyXEL ZyWALL USG", "f758f22668750f03b08df6ebe1d0", "PEERS:ZyXEL"),
)

VENDOR_IDS: Final[tuple[VendorId, ...]] = (
    *_NAT_TRAVERSAL,
    *_EXTENSIONS,
    *_MICROSOFT,
    *_CISCO,
    *_FREE_SOFTWARE,
    *_PRODUCTS,
)
"""All known vendor IDs; no two have the same octets."""

_BY_OCTETS: Final = {vendor.octets: vendor for vendor in VENDOR_IDS}
_BY_NAME: Final = {vendor.name: vendor for vendor in VENDOR_IDS}
_LENGTHS: Final = tuple(sorted({len(octets) for octets in _BY_OCTETS}, reverse=True))


def vendor_octets(name: str) -> bytes:
    """The octets of the vendor ID of that name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name].octets


def identify_vendor(octets: bytes) -> VendorId | None:
    """Name the body of a Vendor ID payload (without its generic header), or None where nobody knows it.

    Of several entries that the octets start with, the longest one counts.
    """
    for length in _LENGTHS:
        vendor = _BY_OCTETS.get(octets[:length])
        if vendor is not None:
            return vendor
    return None
