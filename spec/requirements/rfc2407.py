"""RFC 2407, the IPsec domain of interpretation: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import Statement, document, may, must, rule, section, should
from isakmp.spec.requirements.places import (
    ALGORITHMS,
    BEHAVIOUR,
    BUNDLES,
    HANDSHAKE,
    LIFETIMES,
    POLICY,
    REFUSALS,
    REGISTRIES,
    ROUND_TRIP,
    SITUATION,
    TRANSFORMS,
    UPKEEP,
)

# Reasons that return.
_ENGINE = "about the IPsec engine, which is outside; here it can be negotiated"
_IANA = "about IANA: what requests for numbers have to contain"
_HOST = "about hosts and their policies, which are outside"
_REFUSED = REFUSALS + "a_bad_security_association_is_refused"


def _numbered(what: str, *registries: str) -> Statement:
    return rule(f"{what} have the numbers listed.", *(f"registry:{name}" for name in registries))


def _octets(text: str) -> Statement:
    return rule(text, "layout:ID.data", REFUSALS + "a_bad_payload_is_refused")


# fmt: off
TRACED = document(
    "RFC2407",
    section(
        "4.1",
        must("Identifiers of the DOI are registered with IANA.", "registry:Doi.IPSEC", REGISTRIES + "names_and_ranges_cover_the_whole_field"),
        rule("Numbers of several octets are in network byte order.", ROUND_TRIP + "a_message_is_read_as_it_was_written"),
    ),
    section("4.2", rule("The situation is a mask of four octets.", "layout:SA.situation", "registry:Situation")),
    section(
        "4.2.1",
        must("Identity alone as a situation is supported, by an identification in phase 1.", "registry:Situation.IDENTITY_ONLY", "guard:IDENTITY"),
        must("An SA without identification is not set up.", "guard:FITS", "message:main.MM5", "message:aggressive.AM1"),
        must("Who supports labels includes the domain of labels in the situation.", "layout:SA.domain", ROUND_TRIP + "labels_are_padded_to_32_bits"),
        rule("Without labels, the situation is its mask alone.", "layout:SA.situation", "layout:SA.domain"),
    ),
    section(
        "4.2.2",
        must("Who does not support secrecy does not set its bit.", "layout:SA.situation", "code:machine.negotiation.phase_1_offer"),
        must("Who does not support secrecy does not set up an SA that asks for it.", "guard:ACCEPTABLE", SITUATION + "an_offer_with_labels_is_refused"),
        should("SITUATION-NOT-SUPPORTED is then returned.", "action:NOTIFY", why="the Notify is NO-PROPOSAL-CHOSEN, as of any offer that is not acceptable"),
        rule("With secrecy, a level and categories follow.", "layout:SA.secrecy"),
    ),
    section(
        "4.2.3",
        must("Who does not support integrity does not set its bit.", "layout:SA.situation", "code:machine.negotiation.phase_1_offer"),
        must("Who does not support integrity does not set up an SA that asks for it.", "guard:ACCEPTABLE", SITUATION + "an_offer_with_labels_is_refused"),
        should("SITUATION-NOT-SUPPORTED is then returned.", "action:NOTIFY", why="the Notify is NO-PROPOSAL-CHOSEN, as of any offer that is not acceptable"),
        rule("With integrity, a level and categories follow, behind those of secrecy.", "layout:SA.integrity"),
    ),
    section("4.3.2", rule("Static keys are protected where they are stored.", why=_HOST)),
    section("4.3.3", rule("Hosts have policies that say with whom they speak securely.", why=_HOST)),
    section("4.3.4", rule("Hosts can import and export certificates.", "code:crypto.certificates.load_certificate", why=_HOST)),
    section("4.4.1", _numbered("Protocols", "ProtocolId")),
    section("4.4.1.1", must("Protocol ISAKMP is supported.", "registry:ProtocolId.ISAKMP", "code:machine.negotiation.choose_ike")),
    section("4.4.1.2", must("No transform of AH gives confidentiality.", "registry:AhTransform", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name")),
    section("4.4.1.3", rule("Authentication of ESP is part of its transform.", "registry:IntegrityAlgorithm", "code:machine.negotiation.read_ipsec")),
    section("4.4.1.4", rule("IPCOMP compresses payloads.", "registry:ProtocolId.IPCOMP", BUNDLES + "a_bundle_has_an_spi_and_keys_for_each_protocol", why=_ENGINE)),
    section("4.4.2", _numbered("Transforms of ISAKMP", "IsakmpTransform")),
    section("4.4.2.1", must("KEY_IKE is supported.", "registry:IsakmpTransform.KEY_IKE", "code:machine.negotiation.read_ike")),
    section(
        "4.4.3",
        must("A transform of AH comes with its authentication algorithm.", "code:machine.negotiation.missing_attributes", "registry:AhTransform", "registry:IpsecAttribute", BUNDLES + "ah_without_its_algorithm_is_passed_over", "code:machine.transform_rules.flaw"),
        must("Algorithms that are mandatory to implement are so marked.", "registry:AhTransform"),
        may("All other algorithms may be implemented.", "registry:AhTransform"),
    ),
    section(
        "4.4.3.1",
        must("AH_MD5 with HMAC-MD5 is supported.", "registry:AhTransform.MD5", "registry:IntegrityAlgorithm.HMAC_MD5", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name"),
        rule("AH_MD5 goes with HMAC-MD5 or KPDK only.", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name", "code:machine.transform_rules.flaw"),
    ),
    section(
        "4.4.3.2",
        must("AH_SHA with HMAC-SHA is supported.", "registry:AhTransform.SHA1", "registry:IntegrityAlgorithm.HMAC_SHA1", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name"),
        rule("AH_SHA goes with HMAC-SHA only.", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name", "code:machine.transform_rules.flaw"),
    ),
    section("4.4.3.3", rule("AH_DES goes with DES-MAC only.", ALGORITHMS + "each_ah_transform_has_the_integrity_algorithm_of_its_name", "code:machine.transform_rules.flaw")),
    section(
        "4.4.4",
        must("Where ESP is to authenticate, the algorithm is named.", "registry:IntegrityAlgorithm", "code:machine.negotiation.ipsec_attributes", "code:machine.transform_rules.flaw"),
        must("Algorithms that are mandatory to implement are so marked.", "registry:EspTransform"),
        may("All other algorithms may be implemented.", "registry:EspTransform"),
    ),
    section("4.4.4.2", must("ESP_DES with HMAC-MD5 is supported.", "registry:EspTransform.DES", "registry:IntegrityAlgorithm.HMAC_MD5", why=_ENGINE)),
    section("4.4.4.3", rule("ESP_3DES with HMAC-MD5 is encouraged.", "registry:EspTransform.TRIPLE_DES", why=_ENGINE)),
    section(
        "4.4.4.11",
        must("ESP_NULL is supported.", "registry:EspTransform.NULL", why=_ENGINE),
        rule("ESP_NULL gives no confidentiality.", "registry:EspTransform.NULL"),
    ),
    section("4.4.5", _numbered("Transforms of IPCOMP", "IpcompTransform")),
    section("4.4.5.1", rule("IPCOMP_OUI comes with an attribute that names the algorithm.", "registry:IpcompTransform", "registry:IpsecAttribute")),
    section(
        "4.5",
        must("Basic attributes are not sent in the long form.", "registry:IpsecAttribute", REGISTRIES + "basic_and_variable_attributes_are_as_the_rfcs_list_them", REFUSALS + "a_bad_security_association_is_refused"),
        must("An SA Life Duration follows its SA Life Type.", "code:machine.negotiation.read_ipsec", "registry:SaLifeType", "code:machine.lifetimes.read_lifetime", LIFETIMES + "conflicts_are_no_lifetime"),
        must("ESP without authentication names no authentication algorithm.", "code:machine.negotiation.ipsec_attributes", "registry:IntegrityAlgorithm", "code:machine.transform_rules.flaw"),
        must("ESP without confidentiality names an authentication algorithm, and its transform is ESP_NULL.", "code:machine.negotiation.missing_attributes", "registry:EspTransform.NULL", "code:machine.transform_rules.flaw", TRANSFORMS + "a_transform_that_breaks_a_rule_is_skipped_and_only_that_one"),
        must("A key length does not go with a cipher of fixed length.", ALGORITHMS + "a_wrong_key_length_attribute_is_an_error_with_its_rule", TRANSFORMS + "a_transform_that_breaks_a_rule_is_skipped_and_only_that_one"),
        may("A variable attribute may be sent in the short form if it fits.", ROUND_TRIP + "a_life_duration_reads_the_same_in_both_forms"),
        rule("Attributes and their values have the numbers listed.", "registry:IpsecAttribute", "registry:SaLifeType", "registry:EncapsulationMode", "registry:IntegrityAlgorithm"),
        rule("Without a lifetime, 28800 seconds hold.", "limit:DEFAULT_LIFETIME"),
        rule("When an SA expires, its keys are negotiated anew.", "rule:EXPIRE", "rule:REKEY", BEHAVIOUR + "an_sa_ends_with_its_lifetime_and_the_peer_is_told", UPKEEP + "sas_are_replaced_before_they_expire_and_one_of_each_stays"),
        rule("A lifetime counts seconds or kilobytes.", "registry:SaLifeType", "decision:A14", LIFETIMES + "an_sa_ends_when_it_has_carried_what_was_agreed_on", LIFETIMES + "what_is_written_is_read"),
        rule("A key length is named where the cipher has several.", "code:machine.negotiation.missing_attributes", ALGORITHMS + "a_wrong_key_length_attribute_is_an_error_with_its_rule"),
        rule("The group of forward secrecy is one of IKE's.", "registry:Group", "guard:PFS_AS_NEGOTIATED"),
    ),
    section("4.5.1", must("Life type, life duration and authentication algorithm can be negotiated.", "code:machine.negotiation.read_ipsec", "code:machine.negotiation.ipsec_attributes", HANDSHAKE + "every_suite_comes_to_the_same_keys")),
    section(
        "4.5.2",
        must("A list with several attributes of one class is read, if they do not conflict.", "code:machine.negotiation.read_ipsec", "registry:IpsecAttribute", "code:machine.lifetimes.read_lifetime", LIFETIMES + "the_examples_of_the_rfc_are_read"),
        must("A negotiation with conflicting attributes is aborted.", "decision:B13", "guard:ACCEPTABLE", LIFETIMES + "conflicts_are_no_lifetime", "code:machine.transform_rules.flaw", TRANSFORMS + "a_transform_that_breaks_a_rule_is_skipped_and_only_that_one"),
        should("ATTRIBUTES-NOT-SUPPORTED is then returned.", "registry:NotifyType.ATTRIBUTES_NOT_SUPPORTED", "action:NOTIFY", why="the Notify is NO-PROPOSAL-CHOSEN: a transform that conflicts is passed over like one that is not supported"),
    ),
    section(
        "4.5.3",
        must("A negotiation with an unsupported attribute is aborted.", "guard:ACCEPTABLE", "code:machine.negotiation.read_ipsec", "decision:B13", BUNDLES + "an_unsupported_attribute_passes_over_its_transform_only"),
        should("ATTRIBUTES-NOT-SUPPORTED is then sent.", "action:NOTIFY", "registry:NotifyType.ATTRIBUTES_NOT_SUPPORTED", why="the Notify is NO-PROPOSAL-CHOSEN where no transform is left"),
        may("A value in the reserved range may be let pass.", "code:machine.negotiation.read_ipsec", why="it is not: a transform whose meaning is not known is passed over"),
    ),
    section(
        "4.5.4",
        must("RESPONDER-LIFETIME has the form of section 4.6.3.1.", "registry:NotifyType.RESPONDER_LIFETIME", "code:machine.advice.advice", LIFETIMES + "a_shorter_lifetime_is_told_and_honoured"),
        should("A responder whose lifetime is shorter says so by a Notify in the exchange.", "registry:NotifyType.RESPONDER_LIFETIME", "decision:B14", "code:machine.config.LongerLifetime", LIFETIMES + "a_shorter_lifetime_is_told_and_honoured"),
        rule("A longer lifetime than wanted may be refused, shortened, or notified.", "decision:B14", POLICY + "the_shorter_lifetime_counts_and_what_is_missing_is_named", LIFETIMES + "the_choices_of_a_responder", LIFETIMES + "a_responder_may_fail_the_negotiation"),
    ),
    section(
        "4.6.1",
        must("A secrecy level is padded with zeros to 32 bits.", "layout:SecurityLabel.level", ROUND_TRIP + "labels_are_padded_to_32_bits"),
        must("Secrecy categories are padded with zeros to 32 bits.", "layout:SecurityLabel.categories", ROUND_TRIP + "labels_are_padded_to_32_bits"),
        must("An integrity level is padded with zeros to 32 bits.", "layout:SecurityLabel.level", ROUND_TRIP + "labels_are_padded_to_32_bits"),
        must("Integrity categories are padded with zeros to 32 bits.", "layout:SecurityLabel.categories", ROUND_TRIP + "labels_are_padded_to_32_bits"),
        rule("The DOI is 1.", "layout:SA.doi", "registry:Doi.IPSEC"),
        rule("Lengths of labels do not count their padding, and reserved fields are zero.", "layout:SecurityLabel.level_length", "layout:SecurityLabel.category_bits", "layout:SecurityLabel.reserved_1"),
    ),
    section("4.6.1.1", _numbered("Domains of labels", "LabeledDomain")),
    section(
        "4.6.2",
        must("In phase 1 port and protocol are zero, or UDP and 500.", "guard:IDENTITY", "code:machine.identities.phase_1_problem", "decision:B12"),
        must("Other values are an error.", "code:machine.identities.phase_1_problem"),
        must("The SA is then not set up.", "guard:IDENTITY", "row:main-psk.R.MAIN_R2.MM5!identity:IDii"),
        should("A responder finds its policy by the initiator's identity.", "guard:IDENTITY", "code:machine.config.Config"),
        should("The error can be audited.", "action:LOG", "guard:IDENTITY"),
        rule("A protocol or port of zero is to be ignored.", "layout:ID.protocol", "layout:ID.port"),
    ),
    section(
        "4.6.2.1",
        should("With certificates, the identity that policy goes by is one that the certificate holds.", "guard:CERTIFICATE", HANDSHAKE + "a_certificate_for_another_name_is_refused"),
        _numbered("Types of identities", "IdType"),
        rule("The size of a variable identity follows from the payload's.", "layout:ID.data"),
    ),
    section("4.6.2.2", _octets("An IPv4 address has four octets.")),
    section("4.6.2.3", rule("A domain name has no terminator.", "code:machine.config.Identity.fqdn")),
    section("4.6.2.4", rule("A user's name has no terminator.", "layout:ID.data")),
    section("4.6.2.5", _octets("An IPv4 network is address and mask, four octets each.")),
    section("4.6.2.6", _octets("An IPv6 address has sixteen octets.")),
    section("4.6.2.7", _octets("An IPv6 network is address and mask, sixteen octets each.")),
    section("4.6.2.8", _octets("An IPv4 range is its first and last address, four octets each.")),
    section("4.6.2.9", _octets("An IPv6 range is its first and last address, sixteen octets each.")),
    section("4.6.2.10", rule("A distinguished name is in DER.", "layout:ID.data", "code:crypto.certificates.Certificate")),
    section("4.6.2.11", rule("A general name is in DER.", "layout:ID.data")),
    section("4.6.2.12", rule("A key id is any octets.", "layout:ID.data")),
    section(
        "4.6.3",
        must("Status messages are sent under protection: in the last exchange of main mode, in quick mode or in an informational exchange of their own.", "code:machine.upkeep.Upkeep", UPKEEP + "initial_contact_is_honoured_in_the_last_exchange_of_main_mode_only"),
        must("Status messages are not sent in aggressive mode.", UPKEEP + "initial_contact_is_honoured_in_the_last_exchange_of_main_mode_only", "decision:B29"),
        should("To be sure of its arrival, a status message is put into main or quick mode.", "code:machine.write.build", "message:main.MM5"),
        _numbered("Status messages", "NotifyType.RESPONDER_LIFETIME", "NotifyType.REPLAY_STATUS", "NotifyType.INITIAL_CONTACT"),
    ),
    section(
        "4.6.3.1",
        must("RESPONDER-LIFETIME has the form listed: IPsec's DOI, the chosen protocol, cookies or inbound SPI, attributes of lifetime.", "registry:NotifyType.RESPONDER_LIFETIME", "layout:N", "code:machine.advice.advice", LIFETIMES + "a_shorter_lifetime_is_told_and_honoured"),
        rule("The data is an attribute list.", "decision:B30"),
    ),
    section(
        "4.6.3.2",
        must("REPLAY-STATUS has the form listed: IPsec's DOI, the chosen protocol, cookies or inbound SPI, four octets of 0 or 1.", "registry:NotifyType.REPLAY_STATUS", "layout:N", "code:machine.advice.advice", LIFETIMES + "replay_detection_is_confirmed"),
    ),
    section(
        "4.6.3.3",
        must("INITIAL-CONTACT has the form listed: IPsec's DOI, the cookies, no data.", "registry:NotifyType.INITIAL_CONTACT", "code:machine.write.build"),
        should("Its data is empty.", "registry:NotifyType.INITIAL_CONTACT", "layout:N.data"),
        rule("A receiver may delete all older SAs with the sender.", "rule:INITIAL_CONTACT", UPKEEP + "initial_contact_ends_what_the_same_identity_had_before", "decision:A30"),
    ),
    section("6.1", rule("New situations come with an RFC; the two upper bits are private.", "registry:Situation", why=_IANA)),
    section("6.2", rule("New protocols come with an RFC; 249 to 255 are private.", "registry:ProtocolId", why=_IANA)),
    section("6.3", rule("New transforms of ISAKMP come with an RFC; 249 to 255 are private.", "registry:IsakmpTransform", why=_IANA)),
    section("6.4", rule("New transforms of AH come with an RFC; 249 to 255 are private.", "registry:AhTransform", why=_IANA)),
    section("6.5", rule("New transforms of ESP come with an RFC; 249 to 255 are private.", "registry:EspTransform", why=_IANA)),
    section("6.6", rule("New transforms of IPCOMP come with an RFC; 48 to 63 are private.", "registry:IpcompTransform", why=_IANA)),
    section("6.7", rule("New attributes come with a draft; 32001 to 32767 are private.", "registry:IpsecAttribute", why=_IANA)),
    section("6.8", rule("Domains of labels are granted on demand.", "registry:LabeledDomain", why=_IANA)),
    section("6.9", rule("New types of identities come with an RFC; 249 to 255 are private.", "registry:IdType", why=_IANA)),
    section("6.10", rule("New types of Notify come with a draft; 16001 to 16383 and 32001 to 32767 are private.", "registry:NotifyType", why=_IANA)),
    section("7.7", note="a change log: words that were added elsewhere"),
)
# fmt: on
