"""RFC 3948, ESP in UDP: what it prescribes, in our words, and what covers it. Most of it is the IPsec engine's."""

from __future__ import annotations

from isakmp.spec.requirements.model import document, may, must, rule, section, should
from isakmp.spec.requirements.places import CAPTURE, TRANSFORMS, TRANSPORT, UDP_TRANSPORT

_ENGINE = "about the IPsec engine, which is outside"
_MOVED = UDP_TRANSPORT + "behind_a_nat_the_initiator_moves_to_the_port_with_markers"
_SOCKET = "about whoever owns the socket and writes UDP headers"

# fmt: off
TRACED = document(
    "RFC3948",
    section(
        "1",
        must("Clients of L2TP support the modes of RFC 3193.", why=_ENGINE),
        must("Clients of tunnel mode support tunnel mode.", "registry:EncapsulationMode.UDP_TUNNEL", why=_ENGINE),
        must("No SPI of ESP is zero, so that a non-ESP marker is none.", "code:machine.peer.Peer", TRANSFORMS + "an_end_draws_no_reserved_spi_and_takes_none"),
    ),
    section(
        "2.1",
        must("ESP has the ports of IKE.", why=_ENGINE),
        must("A receiver does not rely on a checksum of zero.", CAPTURE + "no_udp_checksum_is_fine_in_ipv4_only", why=_SOCKET),
        must("The SPI in ESP's header is not zero.", why=_ENGINE),
        should("The checksum is sent as zero.", why=_SOCKET),
    ),
    section("2.2", rule("A non-ESP marker is four octets of zero before an IKE message on port 4500.", "limit:NAT_T_PORT", CAPTURE + "ports_and_marker_tell_isakmp", "check:port", "code:machine.udp.Transport", _MOVED)),
    section(
        "2.3",
        must("A keepalive has the ports of ESP in UDP.", "code:machine.udp.Transport", _MOVED),
        must("A receiver does not rely on a checksum of zero.", CAPTURE + "no_udp_checksum_is_fine_in_ipv4_only", why=_SOCKET),
        must("A keepalive is one octet, 0xFF.", "action:SEND_KEEPALIVE", TRANSPORT + "the_end_behind_a_nat_keeps_the_mapping_alive", CAPTURE + "what_shares_the_port_is_counted_by_kind"),
        should("The checksum is sent as zero.", why=_SOCKET),
        should("A receiver ignores a keepalive.", CAPTURE + "what_shares_the_port_is_counted_by_kind", UDP_TRANSPORT + "on_the_port_with_markers_all_else_is_left_to_esp"),
    ),
    section("3.1.1", must("In tunnel mode, inner addresses are checked or translated.", why=_ENGINE)),
    section(
        "3.1.2",
        must("In transport mode, checksums are mended or not checked.", why=_ENGINE),
        must("In tunnel mode, TCP's checksum is verified.", why=_ENGINE),
        should("A checksum is left out in transport mode with integrity only.", why=_ENGINE),
        may("A flag may tell TCP that its checksum need not be computed.", why=_ENGINE),
        may("Protocols that a NAT has broken may be mended.", why=_ENGINE),
    ),
    section("3.2", rule("In transport mode, a UDP header is put before ESP's.", why=_ENGINE)),
    section("3.3", rule("In transport mode, the UDP header is removed before ESP is processed.", why=_ENGINE)),
    section("3.4", rule("In tunnel mode, a UDP header is put before ESP's.", why=_ENGINE)),
    section("3.5", rule("In tunnel mode, the UDP header is removed before ESP is processed.", why=_ENGINE)),
    section(
        "4",
        must("A keepalive is no proof of life.", CAPTURE + "what_shares_the_port_is_counted_by_kind", "row:dpd.I.DPD_I1.heard"),
        should("A keepalive is sent where it is needed and nothing else was for a time, 20 seconds by default.", "rule:KEEPALIVE", TRANSPORT + "the_end_behind_a_nat_keeps_the_mapping_alive"),
        may("A keepalive may be sent as long as there are SAs, and some minutes after.", "rule:KEEPALIVE"),
    ),
    section(
        "5.1",
        must("Conflicts of peers with equal inner addresses are prevented.", why=_ENGINE),
        should("Such peers get addresses of their own, or are translated.", "code:machine.config.Config", why="an address can be handed out by mode config; translation is the engine's"),
    ),
    section(
        "5.2",
        must("Conflicts of peers behind one NAT in transport mode are handled.", why=_ENGINE),
        must("Where security is to be guaranteed, clear and protected traffic of one address are not allowed.", why=_ENGINE),
        may("Where effort is enough, they may be.", why=_ENGINE),
    ),
    section("Appendix A", must("Several clients behind one NAT are told apart, by one of the ways listed.", why=_ENGINE)),
)
# fmt: on
