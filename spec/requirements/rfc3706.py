"""RFC 3706, dead peer detection: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import document, may, must, rule, section, should
from isakmp.spec.requirements.places import UPKEEP, VENDORS

_SEQUENCE = "code:machine.liveness.Liveness"

# fmt: off
TRACED = document(
    "RFC3706",
    section(
        "5",
        rule("Either end asks when it wants to, by its own measure of time; nothing is negotiated.", "process:dpd", "code:machine.config.Dpd", UPKEEP + "a_silent_peer_is_asked_and_answers"),
    ),
    section(
        "5.1",
        must("Both ends have sent the vendor id before a question is asked.", "code:machine.announcing.announcement", "code:machine.announcing.announced_in", UPKEEP + "a_peer_that_did_not_announce_it_is_not_asked"),
        must("Who wants to take part sends the vendor id.", "code:machine.announcing.announcement", "decision:A31"),
        rule("The vendor id is fourteen given octets, followed by the version, 1 and 0.", "code:machine.announcing.announced_in", VENDORS + "published_octets_are_what_we_make_of_the_text"),
    ),
    section(
        "5.2",
        must("Who has sent the vendor id answers a question.", "row:dpd.R.DPD_R0.question", UPKEEP + "a_silent_peer_is_asked_and_answers"),
        must("Questions and answers that are not encrypted are rejected.", "rule:NOTIFY_CLEAR", UPKEEP + "in_the_clear_no_question_is_answered_and_no_contact_honoured"),
        rule("R-U-THERE is Notify type 36136, R-U-THERE-ACK 36137.", "registry:NotifyType.R_U_THERE", "registry:NotifyType.R_U_THERE_ACK"),
        rule("Each is a Notify in an informational exchange.", "exchange:informational", "decision:B36"),
    ),
    section(
        "5.3",
        must("A question has the form that follows.", "layout:N", _SEQUENCE),
        must("Its protocol is ISAKMP.", "layout:N.protocol", _SEQUENCE),
        must("Its type is R-U-THERE.", "registry:NotifyType.R_U_THERE", _SEQUENCE),
        must("Its data is the sequence number, four octets.", "layout:N.data", _SEQUENCE),
        must("An answer's type is R-U-THERE-ACK.", "registry:NotifyType.R_U_THERE_ACK", _SEQUENCE),
        must("An answer's data is the sequence number of the question.", "row:dpd.R.DPD_R0.question", _SEQUENCE),
        should("The DOI is IPsec's.", "layout:N.doi", _SEQUENCE),
        should("The SPI has sixteen octets.", "layout:N.spi_size", _SEQUENCE),
        should("The SPI is the two cookies, the initiator's first.", "layout:N.spi", _SEQUENCE, UPKEEP + "a_question_with_wrong_cookies_or_number_is_not_answered"),
    ),
    section(
        "5.4",
        must("A peer keeps track of the question that it has asked.", "process:dpd", "row:dpd.I.DPD_I1.acknowledged"),
        should("A question is asked only by who is interested in the peer's life.", "code:machine.config.Dpd", "row:dpd.I.DPD_I0.silence"),
        should("Traffic is taken for proof of life.", "row:dpd.I.DPD_I1.heard", UPKEEP + "any_protected_message_is_proof_of_life"),
        should("Where there is traffic, no question is asked.", UPKEEP + "who_has_heard_something_does_not_ask"),
        should("A question without answer is sent again.", "row:dpd.I.DPD_I1.unanswered"),
        should("After some number of questions the peer is taken to be unreachable, and its SAs are deleted.", "row:dpd.I.DPD_I1.given-up", "rule:PEER_DEAD", UPKEEP + "a_peer_that_never_answers_is_dead_and_its_sas_are_gone"),
    ),
    section(
        "5.5",
        rule("A question may be asked after a time of idleness, when there is something to send.", "row:dpd.I.DPD_I0.silence", "code:machine.config.Dpd"),
        rule("The time of idleness is a decision of the implementation.", "code:machine.config.Dpd"),
    ),
    section(
        "6.1",
        must("A question carries a sequence number of 32 bits.", "layout:N.data", _SEQUENCE),
        must("An answer carries the same sequence number.", "row:dpd.R.DPD_R0.question", UPKEEP + "a_silent_peer_is_asked_and_answers"),
        should("Who gets an answer checks its sequence number.", "row:dpd.I.DPD_I1.refused", UPKEEP + "an_answer_with_another_number_leaves_the_question_open"),
        should("An answer with another number is rejected.", "row:dpd.I.DPD_I1.refused", UPKEEP + "a_replayed_answer_proves_nothing"),
        should("Both ends check the cookies in the SPI.", UPKEEP + "a_question_with_wrong_cookies_or_number_is_not_answered"),
    ),
    section(
        "6.2",
        must("Each peer has its own sequence number.", _SEQUENCE),
        must("The first one is random.", "code:machine.liveness.Liveness.beside"),
        must("Each further question increases it by one.", _SEQUENCE),
        should("The high bit of the first one is zero.", "code:machine.liveness.Liveness.beside"),
        should("A peer remembers the sequence number of the other.", _SEQUENCE),
        should("A question with an unexpected number is rejected.", "row:dpd.R.DPD_R0.refused", UPKEEP + "a_question_with_wrong_cookies_or_number_is_not_answered"),
        may("Numbers may begin anew with a new ISAKMP SA.", "code:machine.liveness.Liveness.beside"),
        may("A window of numbers may be accepted.", _SEQUENCE),
    ),
)
# fmt: on
