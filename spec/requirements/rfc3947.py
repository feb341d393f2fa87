"""RFC 3947, NAT traversal: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import document, may, must, rule, section, should
from isakmp.spec.requirements.places import (
    CHECK,
    DEVIATIONS,
    ORIGINALS,
    REFUSALS,
    TRANSPORT,
    UDP_TRANSPORT,
    UPKEEP,
    VENDORS,
)

_MOVES = DEVIATIONS + "who_has_moved_to_port_4500_stays_there"
_MOVED = DEVIATIONS + "who_sees_a_nat_sends_its_identity_on_port_4500"
_SEEN = CHECK + "a_nat_is_information_and_moves_to_port_4500"
_BOTH = TRANSPORT + "behind_a_nat_both_ends_move_to_port_4500"
_FOLLOWED = TRANSPORT + "a_peer_that_really_moved_is_followed"
_ON_THE_WIRE = UDP_TRANSPORT + "behind_a_nat_the_initiator_moves_to_the_port_with_markers"
_IN_UDP = TRANSPORT + "behind_a_nat_and_only_there_quick_mode_agrees_on_udp_encapsulation"
_ENGINE = "about the IPsec engine, which is outside; here it can be negotiated"
_OFFER = "what is offered is the user's"

# fmt: off
TRACED = document(
    "RFC3947",
    section(
        "3",
        must("Messages from any source port are processed.", "code:machine.peer.Peer.receive", _BOTH),
        must("An answer goes to the address that the message came from.", "code:machine.natt.address_of", _BOTH),
        must("Later exchanges go to the address and port that were used last.", "code:machine.natt.address_of", _FOLLOWED, _MOVES),
    ),
    section(
        "3.1",
        must("Support is announced by a vendor id in the first two messages of phase 1.", "code:machine.announcing.announcement", VENDORS + "published_octets_are_what_we_make_of_the_text"),
        must("Detection goes on only where both have announced it.", "code:machine.announcing.announced", TRANSPORT + "who_does_not_announce_nat_traversal_gets_none_of_it"),
        rule("The vendor id is the MD5 hash of the document's name.", VENDORS + "published_octets_are_what_we_make_of_the_text"),
    ),
    section(
        "3.2",
        rule("Detection is by hashes of addresses and ports, sent in NAT-D payloads.", "layout:NAT_D", "code:machine.natt.discover", "code:conform.surroundings.nat_discovery", "check:NAT-D"),
        rule("NAT-D is payload 20.", "registry:PayloadType.NAT_D"),
        rule("The hash is of cookies, address and port, by the negotiated hash.", "layout:NAT_D.data", "code:machine.natt.discovery", _SEEN),
        rule("The first NAT-D is of the other end, the rest are of the own one.", "code:machine.natt.discovery", "code:conform.surroundings.nat_discovery"),
        rule("They travel in the third and fourth message of main mode, and in the second and third of aggressive mode.", TRANSPORT + "discovery_travels_where_rfc_3947_has_it"),
        rule("Who is behind the NAT sends keepalives.", "rule:KEEPALIVE", TRANSPORT + "the_end_behind_a_nat_keeps_the_mapping_alive"),
    ),
    section(
        "4",
        must("Who sees a NAT in main mode changes ports with the identity.", "limit:NAT_T_PORT", _BOTH, _MOVED),
        must("Both ports are 4500 then.", "limit:NAT_T_PORT", _BOTH, _ON_THE_WIRE),
        must("All later messages to this peer go to port 4500.", _BOTH, _MOVES),
        must("A non-ESP marker precedes each.", "code:conform.surroundings.ports", "code:machine.udp.Transport", _MOVES, _ON_THE_WIRE),
        must("A responder that has verified the message uses the new address and port from then on.", "code:machine.natt.proves_its_sender", TRANSPORT + "only_what_is_authenticated_moves_a_peer", _BOTH),
        must("A responder answers from port 4500 to the port that it saw.", "code:machine.natt.address_of", _BOTH, _ON_THE_WIRE),
        must("A renewal of phase 1 by the responder begins on these ports.", "code:machine.natt.address_of", "rule:REKEY"),
        must("Negotiations that begin on port 4500 are supported.", "code:machine.peer.Peer.receive", _SEEN, UDP_TRANSPORT + "an_exchange_that_begins_at_the_port_with_markers_finds_no_nat_where_there_is_none"),
        must("In aggressive mode the responder changes after the third message.", _BOTH),
        must("In aggressive mode it answers from port 4500 to the port that it saw.", _BOTH),
        must("With NAT traversal the port of the identification is 0.", "code:machine.identities.phase_1_problem", "code:machine.config.Identity", "decision:B12"),
        should("A message of phase 1 on port 500 after the change is discarded.", _MOVES, "rule:DUPLICATE"),
        may("An informational message on port 500 after the change may be processed.", _MOVES),
        rule("A new exchange on port 500 is processed as usual.", "code:machine.peer.Peer.receive"),
        rule("Keepalives begin after the change, and never go to port 500.", "rule:KEEPALIVE", TRANSPORT + "the_end_behind_a_nat_keeps_the_mapping_alive"),
    ),
    section(
        "5.1",
        should("With a NAT between, UDP encapsulation is used.", "registry:EncapsulationMode", _IN_UDP),
        should("Without a NAT between, it is not used.", _IN_UDP),
        should("A proposal does not hold both encapsulated and plain modes.", "code:machine.config.IpsecProposal", why=_OFFER),
        rule("UDP-encapsulated tunnel is mode 3, transport 4.", "registry:EncapsulationMode"),
    ),
    section(
        "5.2",
        must("In transport mode, both original addresses are sent.", "message:quick.QM1", "layout:NAT_OA", "code:machine.originals.originals", ORIGINALS + "in_transport_mode_both_ends_tell_both_addresses_as_they_see_them"),
        must("An initiator that proposes the encapsulated transport mode sends them.", "layout:NAT_OA", ORIGINALS + "in_transport_mode_both_ends_tell_both_addresses_as_they_see_them"),
        must("A responder sends them only if it has chosen that mode.", "layout:NAT_OA", "message:quick.QM2", ORIGINALS + "a_responder_that_chooses_tunnel_mode_tells_nothing"),
        should("In tunnel mode, original addresses are not sent.", "layout:NAT_OA", "code:machine.write.build", ORIGINALS + "in_other_modes_nobody_tells_addresses"),
        rule("NAT-OA is payload 21, with an IPv4 or IPv6 address; reserved fields are zero.", "registry:PayloadType.NAT_OA", "layout:NAT_OA.type", "layout:NAT_OA.reserved_1", REFUSALS + "a_bad_payload_is_refused"),
        rule("The initiator's address comes first, the responder's next.", "layout:NAT_OA.address", ORIGINALS + "in_transport_mode_both_ends_tell_both_addresses_as_they_see_them"),
    ),
    section(
        "6",
        must("Address and port do not decide what INITIAL-CONTACT removes.", UPKEEP + "initial_contact_of_another_identity_at_the_same_address_ends_nothing"),
        should("The identification decides it.", "decision:A30", UPKEEP + "initial_contact_ends_what_the_same_identity_had_before"),
        should("All SAs of the same identification are removed.", "rule:INITIAL_CONTACT", UPKEEP + "initial_contact_ends_what_the_same_identity_had_before"),
    ),
    section(
        "7",
        must("Who is behind a NAT does not follow changes of the other's address.", "code:machine.natt.may_move"),
        should("Who is not follows the last valid message.", "code:machine.natt.may_move", _FOLLOWED),
        rule("Keepalives tell nothing of addresses.", "code:machine.natt.proves_its_sender", TRANSPORT + "only_what_is_authenticated_moves_a_peer"),
    ),
    section(
        "8",
        should("A key is not shared by a group.", why="policy of the user"),
        should("A change of addresses is audited.", "check:port", "code:machine.outputs.Taken", why="each message that was taken is told to the caller, who knows where it came from"),
    ),
)
# fmt: on
