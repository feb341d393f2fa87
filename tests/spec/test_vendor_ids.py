"""Vendor IDs: what is computed from a text equals what was published, and what daemons send is known by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.spec.registries import VENDOR_IDS, ExchangeType, Flag, Origin, PayloadType, VendorId, identify_vendor
from tests.citing import unresolved

CAPTURES = sorted((Path(__file__).parents[1] / "captures").glob("*.pcap"))

PUBLISHED = {
    # Printed in the documents themselves.
    "4a131c81070358455c5728f20e95452f": "RFC 3947",
    "4485152d18b6bbcd0be8a8469579ddcc": "draft-ietf-ipsec-nat-t-ike-00",
    "90cb80913ebb696e086381b5ec427b1f": "draft-ietf-ipsec-nat-t-ike-02 (with line end)",
    "7d9419a65310ca6f2c179d9215529d56": "draft-ietf-ipsec-nat-t-ike-03",
    "09002689dfd6b712": "XAUTH",
    # Listed by the authors of ike-scan, strongSwan, libreswan, nmap and Wireshark.
    "16f6ca16e4a4066d83821a0f0aeaa862": "draft-ietf-ipsec-nat-t-ike-01",
    "cd60464335df21f87cfdb2fc68b6a448": "draft-ietf-ipsec-nat-t-ike-02",
    "9909b64eed937c6573de52ace952fa6b": "draft-ietf-ipsec-nat-t-ike-04",
    "80d0bb3def54565ee84645d4c85ce3ee": "draft-ietf-ipsec-nat-t-ike-05",
    "4d1e0e136deafa34c4f3ea9f02ec7285": "draft-ietf-ipsec-nat-t-ike-06",
    "439b59f8ba676c4c7737ae22eab8f582": "draft-ietf-ipsec-nat-t-ike-07",
    "8f8d83826d246b6fc7a8a6a428c11de8": "draft-ietf-ipsec-nat-t-ike-08",
    "42ea5b6f898d9773a575df26e7dd19e1": "draft-ietf-ipsec-nat-t-ike-09",
    "4df37928e9fc4fd1b3262170d515c662": "draft-ietf-ipsec-nat-t-ike",
    "810fa565f8ab14369105d706fbd57279": "RFC XXXX",
    "c40fee00d5d39ddb1fc762e09b7cfea7": "Testing NAT-T RFC",
    "27bab5dc01ea0760ea4e3190ac27c0d0": "draft-stenberg-ipsec-nat-traversal-01",
    "6105c422e76847e43f9684801292aecd": "draft-stenberg-ipsec-nat-traversal-02",
    "6a7434c19d7e36348090a02334c9c805": "draft-huttunen-ipsec-esp-in-udp-00.txt",
    "50760f624c63e5c53eea386c685ca083": "ESPThruNAT",
    "4048b7d56ebce88525e7de7f00d6c2d3": "IKE Fragmentation",
    "4865617274426561745f4e6f74696679": "HeartBeat_Notify",
    "1e2b516905991c7d7c96fcbfb587e461": "MS NT5 ISAKMPOAKLEY",
    "621b04bb09882ac1e15935fefa24aeee": "GSSAPI",
    "ad2c0dd0b9c32083ccba25b8861ec455": "A GSS-API Authentication Method for IKE",
    "b46d8914f3aaa3f2fedeb7c7db2943ca": "A GSS-API Authentication Method for IKE (with line end)",
    "26244d38eddb61b3172a36e3d0cfb819": "Vid-Initial-Contact",
    "fb1de3cdf341b7ea16b7e5be0855f120": "MS-Negotiation Discovery Capable",
    "214ca4faffa7f32d6748e5303395ae83": "MS-MamieExists",
    "e3a5966a76379fe707228231e5ce8652": "IKE CGA version 1",
    "72872b95fcda2eb708efe322119b4971": "NLBS_PRESENT",
    "12f5f28c457168a9702d9fe274cc": "Cisco Unity",
    "1f07f70eaa6514d3b0fa96542a50": "Cisco VPN 3000",
    "434953434f56504e2d5245562d3032": "CISCOVPN-REV-02",
    "434953434f2d44454c4554452d524541534f4e": "CISCO-DELETE-REASON",
    "434953434f2d44594e414d49432d524f555445": "CISCO-DYNAMIC-ROUTE",
    "434953434f2d4752452d4d4f4445": "CISCO-GRE-MODE",
    "464c455856504e2d535550504f52544544": "FLEXVPN-SUPPORTED",
    "882fe56d6fd20dbc2251613b2ebe5beb": "strongSwan",
    "7003cbc1097dbe9c2600ba6983bc8b35": "KAME/racoon",
    "4f70656e5047503130313731": "OpenPGP",
    "4c5647392e322e3234353a425249434b3a392e322e323435": "Lucent VPN Gateway 9",
    "4c5643372e312e323a5850": "Lucent VPN Client 7",
    "54494d4553544550": "TimeStep",
    "4f452d4c696272657377616e2d": "libreswan 3.6 or later",
    "fbf47614984031fa8e3bb6198089b223": "Ssh Communications Security IPSEC Express version 1.1.0",
    "1952dc91ac20f646fb01cf42a33aee30": "Ssh Communications Security IPSEC Express version 1.1.1",
    "e8bffa643e5c8f2cd10fda7370b6ebe5": "Ssh Communications Security IPSEC Express version 1.1.2",
    "c1111b2dee8cbc3d620573ec57aab9cb": "Ssh Communications Security IPSEC Express version 1.2.1",
    "09ec27bfbc09c75823cfecbffe565a2e": "Ssh Communications Security IPSEC Express version 1.2.2",
    "7f21a596e4e318f0b2f4944c2384cb84": "SSH Communications Security IPSEC Express version 2.0.0",
    "2836d1fd2807bc9e5ae30786320451ec": "SSH Communications Security IPSEC Express version 2.1.0",
    "a68de756a9c5229bae66498040951ad5": "SSH Communications Security IPSEC Express version 2.1.1",
    "3f2372867e237c1cd8250a75559cae20": "SSH Communications Security IPSEC Express version 2.1.2",
    "0e58d5774df602007d0b02443660f7eb": "SSH Communications Security IPSEC Express version 3.0.0",
    "f5ce31ebc210f44350cf71265b57380f": "SSH Communications Security IPSEC Express version 3.0.1",
    "f64260af2e2742daddd56987068a99a0": "SSH Communications Security IPSEC Express version 4.0.0",
    "7a54d3bdb3b1e6d923892064be2d981c": "SSH Communications Security IPSEC Express version 4.0.1",
    "9aa1f3b43472a45d5f506aeb260cf214": "SSH Communications Security IPSEC Express version 4.1.0",
    "89f7b760d86b012acf263382394d962f": "SSH Communications Security IPSEC Express version 4.1.1",
    "6880c7d026099114e486c55430e7abee": "SSH Communications Security IPSEC Express version 4.2.0",
    "b037a21aceccb5570f602546f97bde8c": "SSH Communications Security IPSEC Express version 5.0",
    "2b2dad97c4d140930053287f996850b0": "SSH Communications Security IPSEC Express version 5.0.0",
    "45e17f3abe93944cb202910c59ef806b": "SSH Communications Security IPSEC Express version 5.1.0",
    "5925859f7377ed7816d2fb81c01fa551": "SSH Communications Security IPSEC Express version 5.1.1",
    "054182a07c7ae206f9d2cf9d2432c482": "SSH Sentinel",
    "b91623e693ca18a54c6a2778552305e8": "SSH Sentinel 1.1",
    "5430888de01a31a6fa8f60224e449958": "SSH Sentinel 1.2",
    "7ee5cb85f71ce259c94a5c731ee4e752": "SSH Sentinel 1.3",
    "63d9a1a7009491b5a0a6fdeb2a8284f0": "SSH Sentinel 1.4",
    "eb4b0d96276b4e220ad16221a7b2a5e6": "SSH Sentinel 1.4.1",
    "37eba0c4136184e7daf8562a77060b4a": "SSH Communications Security QuickSec 0.9.0",
    "5d72925e55948a9661a7fc48fdec7ff9": "SSH Communications Security QuickSec 1.1.0",
    "777fbf4c5af6d1cdd4b895a05bf82594": "SSH Communications Security QuickSec 1.1.1",
    "2cdf08e712ede8a5978761267cd19b91": "SSH Communications Security QuickSec 1.1.2",
    "59e454a8c2cf02a34959121f1890bc87": "SSH Communications Security QuickSec 1.1.3",
}
"""Octets as others have published them, none from our own output, with the name that we have for them."""

UNPUBLISHED = ("strongSwan ", "FreeS/WAN 2.00", "Openswan 2.2.0", "Fortinet", "forticlient", "Cisco copyright")
"""For these only the text was found, with the rule that makes octets of it; the rule is checked by the others."""


@pytest.mark.parametrize(("octets", "name"), PUBLISHED.items())
def test_published_octets_are_what_we_make_of_the_text(octets: str, name: str) -> None:
    found = identify_vendor(bytes.fromhex(octets))
    assert found is not None
    assert found.name == name
    assert found.octets == bytes.fromhex(octets)


def test_every_digest_is_confirmed_by_somebody_else() -> None:
    unconfirmed = {v.name for v in VENDOR_IDS if v.origin in {Origin.MD5, Origin.PLUTO}} - set(PUBLISHED.values())
    assert {name for name in unconfirmed if not name.startswith(UNPUBLISHED)} == set()


def test_no_two_vendors_have_the_same_octets_or_name() -> None:
    assert len({vendor.octets for vendor in VENDOR_IDS}) == len(VENDOR_IDS)
    assert len({vendor.name for vendor in VENDOR_IDS}) == len(VENDOR_IDS)


def test_every_name_can_be_printed_and_every_source_is_known() -> None:
    assert all(vendor.name.isprintable() for vendor in VENDOR_IDS)
    assert unresolved(vendor.cite for vendor in VENDOR_IDS) == []


def test_a_text_is_given_unless_nobody_knows_the_origin() -> None:
    assert all(bool(vendor.text) == (vendor.origin is not Origin.OPAQUE) for vendor in VENDOR_IDS)


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        ("4048b7d56ebce88525e7de7f00d6c2d380000000", "IKE Fragmentation"),
        ("4048b7d56ebce88525e7de7f00d6c2d3c0000000", "IKE Fragmentation"),
        ("12f5f28c457168a9702d9fe274cc0100", "Cisco Unity"),
        ("1f07f70eaa6514d3b0fa96542a500407", "Cisco VPN 3000"),
        ("1e2b516905991c7d7c96fcbfb587e46100000007", "Windows 7"),
        ("1e2b516905991c7d7c96fcbfb587e4610000000300000000", "Windows XP"),
        ("1e2b516905991c7d7c96fcbfb587e461000000ff", "MS NT5 ISAKMPOAKLEY"),
        ("afcad71368a1f1c96b8696fc77570100", "Dead Peer Detection 1.0"),
        ("afcad71368a1f1c96b8696fc77570200", "Dead Peer Detection"),
        ("09002689dfd6b71280a224dec33b81e5", "XAUTH"),
        ("4f452d4c696272657377616e2d342e313200", "libreswan 3.6 or later"),
        ("4f4561626364656667686970", "FreeS/WAN or Openswan"),
        ("f4ed19e0c114eb516faaac0ee37daf2807b4381f0000000100001388000000000000000018000000", "Check Point"),
        ("299ee8289f40a8973bc78687e2e7226b532c3b760000000f00000614", "NetScreen 1"),
    ],
)
def test_the_longest_entry_counts_and_what_follows_it_does_not_matter(octets: str, name: str) -> None:
    found = identify_vendor(bytes.fromhex(octets))
    assert found is not None
    assert found.name == name


def test_ids_of_freeswan_are_printable_letters() -> None:
    for vendor in VENDOR_IDS:
        if vendor.origin is Origin.PLUTO:
            assert len(vendor.octets) == 12
            assert vendor.octets.startswith(b"OE")
            assert all(0x40 <= octet < 0x80 for octet in vendor.octets)


@pytest.mark.parametrize("octets", ["", "4a", "4a131c81070358455c5728f20e9545", "00" * 20, "ff" * 4096])
def test_unknown_octets_are_nobodys(octets: str) -> None:
    assert identify_vendor(bytes.fromhex(octets)) is None


@given(st.sampled_from(VENDOR_IDS), st.binary(max_size=8))
def test_each_entry_is_found_with_anything_behind_it(vendor: VendorId, rest: bytes) -> None:
    found = identify_vendor(vendor.octets + rest)
    assert found is not None
    assert len(found.octets) >= len(vendor.octets)
    assert (vendor.octets + rest).startswith(found.octets)


# ------------------------------------------------------------------------------------------------ real peers' messages
def messages(capture: Path) -> Iterator[bytes]:
    """Yield the IKE messages of a capture (Ethernet, UDP); on port 4500 they stand behind four zero octets."""
    with capture.open("rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            udp = dpkt.ethernet.Ethernet(frame).data.data
            if not isinstance(udp, dpkt.udp.UDP):
                continue
            if 500 in {udp.sport, udp.dport}:
                yield udp.data
            elif 4500 in {udp.sport, udp.dport} and udp.data.startswith(bytes(4)):
                yield udp.data[4:]


def clear_payloads(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of the payloads of a message that is not encrypted."""
    kind, place = message[16], 28
    while kind and not message[19] & Flag.ENCRYPTION:
        length = int.from_bytes(message[place + 2 : place + 4])
        yield kind, message[place + 4 : place + length]
        if kind == PayloadType.FRAGMENT or length < 4:
            return
        kind, place = message[place], place + length


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.stem)
def test_what_daemons_sent_is_known_by_name(capture: Path) -> None:
    sent = list(messages(capture))
    assert sent
    for message in sent:
        assert ExchangeType.find(message[18])
        for kind, body in clear_payloads(message):
            assert PayloadType.find(kind) or (kind == 99 and "bad_nextpayload" in capture.stem)
            assert kind != PayloadType.VID or identify_vendor(body), body.hex()
