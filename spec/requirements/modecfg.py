"""draft-dukes-ike-mode-cfg-02, mode config: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import Statement, document, may, must, rule, section, should
from isakmp.spec.requirements.places import CHECK, MISUSE, USERS

_POLICY = "policy of the user"
_HAND_OUT = "code:machine.config.Config"
_LENGTHS = "guard:ATTRIBUTES"


def _supported(what: str) -> Statement:
    return must(f"{what} is supported.", f"registry:ConfigAttribute.{what}", _LENGTHS)


def _several(what: str, attribute: str) -> tuple[Statement, Statement]:
    return (
        may(
            f"Several {what} may be asked for.",
            f"registry:ConfigAttribute.{attribute}",
            "code:machine.configuration.values_of",
        ),
        may(
            f"Any number of {what} may be answered.",
            f"registry:ConfigAttribute.{attribute}",
            "code:machine.configuration.reply",
        ),
    )


# fmt: off
TRACED = document(
    "MODECFG",
    section(
        "2",
        must("A request is always answered, if by an empty reply.", "code:machine.xauth.Users.answer", "row:transaction.R.MODE_CFG_R0.TX1", USERS + "unknown_attributes_are_left_out_of_answers"),
        must("An acknowledgement returns the attributes that were accepted, without values.", "code:machine.configuration.acknowledge", "decision:B34", USERS + "what_an_edge_device_pushes_is_acknowledged_without_values"),
        may("A reply may take the values that were suggested, or others.", "code:machine.configuration.reply"),
        may("A reply may add attributes, and leave out such as were asked for.", "code:machine.configuration.reply"),
        may("The first message may be retransmitted.", "row:transaction.I.MODE_CFG_I1.retransmission-timer"),
        rule("A request is answered by a reply, a set by an acknowledgement.", "exchange:transaction", "registry:ConfigType", _LENGTHS, USERS + "an_answer_has_the_identifier_and_the_kind_that_answer"),
        rule("Attributes that were not accepted are not acknowledged.", "code:machine.configuration.acknowledge"),
        rule("One identifier marks all exchanges of a transaction.", "layout:ATTR.identifier", _LENGTHS),
        rule("Initiator and responder need not be those of phase 1.", "code:machine.peer.Peer"),
    ),
    section("3.1", rule("The transaction exchange is exchange type 6.", "registry:ExchangeType.TRANSACTION")),
    section(
        "3.1.1",
        must("The message id is not that of another transaction exchange.", "code:machine.peer.Peer", "guard:FITS"),
        may("Several attribute payloads may not be present, which forbids them.", "guard:FITS", "decision:B33"),
        rule("Once there are keys, both messages are encrypted, with HASH over message id and all payloads behind it.", "message:transaction.TX1", "message:transaction.TX2", "formula:HASH", "guard:PROTECTED_HASH"),
        rule("The first vector is made as for quick mode, and runs on.", "formula:IV(M-ID)", CHECK + "handshakes_of_daemons_are_conformant_and_end_as_they_did"),
    ),
    section(
        "3.1.2",
        may("Before there are keys, what is not sensitive may be exchanged in the clear.", why="it is not: a transaction exchange needs an ISAKMP SA here"),
        may("Several attribute payloads may not be present, which forbids them.", "guard:FITS", "decision:B33"),
    ),
    section(
        "3.2",
        must("A payload in which an attribute is cut is discarded.", "layout:ATTR.attributes", "rule:MALFORMED"),
        rule("The attributes payload is type 14: message type, a reserved octet of zero, identifier, attributes.", "layout:ATTR", "registry:PayloadType.ATTR"),
    ),
    section(
        "3.3",
        should("A message of unknown type is discarded silently.", _LENGTHS, "row:transaction.R.MODE_CFG_R0.TX1!attributes:*", USERS + "a_message_of_an_unknown_type_is_discarded_silently_and_of_a_wrong_one_aloud"),
        rule("Types are REQUEST 1, REPLY 2, SET 3, ACK 4.", "registry:ConfigType"),
    ),
    section(
        "3.4",
        must("A response holds no value of zero length.", _LENGTHS, "decision:B34", USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("Without an ISAKMP SA, a reply with an address has an expiry.", why="a transaction exchange needs an ISAKMP SA here"),
        must("Without either, the address expires after a time of the host's own.", why="a transaction exchange needs an ISAKMP SA here"),
        _supported("INTERNAL_IP4_ADDRESS"),
        must("A netmask goes with an address only.", "registry:ConfigAttribute.INTERNAL_IP4_NETMASK", _HAND_OUT, "code:machine.misuse.problems", MISUSE + "it_is_refused_with_the_reason"),
        _supported("INTERNAL_IP4_NETMASK"),
        must("A host renews its address before it expires.", "registry:ConfigAttribute.INTERNAL_ADDRESS_EXPIRY", why="about the host that uses the address; it is told the expiry"),
        _supported("INTERNAL_ADDRESS_EXPIRY"),
        _supported("APPLICATION_VERSION"),
        _supported("INTERNAL_IP4_SUBNET"),
        _supported("SUPPORTED_ATTRIBUTES"),
        _supported("INTERNAL_IP6_SUBNET"),
        should("Unknown private attributes are discarded silently.", "code:machine.configuration.values_of", USERS + "unknown_attributes_are_left_out_of_answers"),
        may("An address may be a private one.", _HAND_OUT),
        *_several("addresses", "INTERNAL_IP4_ADDRESS"),
        may("An address may expire with an IPsec SA.", why="it does not: it is the ISAKMP SA's"),
        *_several("name servers", "INTERNAL_IP4_DNS"),
        *_several("NetBIOS name servers", "INTERNAL_IP4_NBNS"),
        may("One expiry may be in a reply.", "registry:ConfigAttribute.INTERNAL_ADDRESS_EXPIRY", "code:machine.configuration.reply"),
        *_several("DHCP servers", "INTERNAL_IP4_DHCP"),
        *_several("IPv4 networks", "INTERNAL_IP4_SUBNET"),
        *_several("IPv6 networks", "INTERNAL_IP6_SUBNET"),
        rule("Attributes of IPv6 are mandatory with IPv6 only, and of IPv4 with IPv4.", "registry:ConfigAttribute"),
        rule("Values have the lengths listed.", _LENGTHS),
        rule("An address is valid until its expiry, or as long as the ISAKMP SA.", "code:machine.xauth.Users.forget", USERS + "a_pool_gives_each_address_once_and_takes_it_back_with_the_sa"),
        rule("SUPPORTED_ATTRIBUTES is asked for without value, and answered by numbers of two octets.", "code:machine.configuration.reply", _LENGTHS, USERS + "supported_attributes_are_listed_in_two_octets_each"),
    ),
    section("3.5", should("Retransmission follows ISAKMP's rules.", "row:transaction.I.MODE_CFG_I1.retransmission-timer", "row:transaction.R.MODE_CFG_R1.duplicate", "rule:RETRANSMIT")),
    section(
        "4",
        should("The exchange is protected by an ISAKMP SA.", "message:transaction.TX1", "guard:PROTECTED_HASH"),
        may("The exchange may come at any time.", "row:transaction.R.MODE_CFG_R0.TX1"),
        may("The exchange may depend on a negotiation of phase 1, of phase 2, or on none.", "code:machine.xauth.Users.barred"),
    ),
    section("5", must("The functions that follow are performed as described.", "exchange:transaction", CHECK + "what_was_configured_is_told_and_no_password", USERS + "a_client_is_configured_after_its_user_is_known")),
    section(
        "5.1",
        must("A request for an address names at least one address attribute.", _HAND_OUT, why=_POLICY),
        must("The exchange comes after phase 1 and before phase 2.", "row:transaction.R.MODE_CFG_R0.TX1", "code:machine.peer.Peer", USERS + "an_unauthenticated_client_begins_no_quick_mode_and_no_configuration"),
        may("A request may name further attributes.", _HAND_OUT),
        may("A reply may bring attributes that were not asked for.", "code:machine.configuration.reply", why="such are taken; they are not sent"),
        may("A reply may ignore attributes that are not supported.", "code:machine.configuration.reply"),
    ),
    section(
        "5.2",
        must("A peer's version is asked for by this exchange.", "registry:ConfigAttribute.APPLICATION_VERSION", "code:machine.xauth.Users.request"),
        may("That may be done at any time.", "row:transaction.R.MODE_CFG_R0.TX1"),
        may("That may be done without protection.", why="a transaction exchange needs an ISAKMP SA here"),
    ),
    section(
        "6",
        should("The exchange is not used for management on a wide scale.", why=_POLICY),
        may("The exchange may be useful for a few hosts.", why=_POLICY),
    ),
    section("7", may("The exchange may be protected by other means.", why="about what lies below; octets are passed in and out")),
)
# fmt: on
