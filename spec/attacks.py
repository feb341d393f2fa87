"""Known attacks on IKE version 1, each with what this model shows of it and the test that does.

`SHOWN`: the protocol itself gives way, and the test carries the attack out with real octets (over free terms where keys
would have to be broken). `REFUTED`: the test carries it out, and it fails here: it needs a faulty implementation, or a
defence that the table has. `OUT_OF_SCOPE`: nothing in this model could show it; the reason says why.

The numbers are those by which `isakmp.spec.properties` names what breaks a property.
"""

from __future__ import annotations

from enum import Enum

from isakmp.spec.frozen import frozen


class Verdict(Enum):
    """What the model says about an attack."""

    SHOWN = "shown"
    REFUTED = "refuted"
    OUT_OF_SCOPE = "out of scope"


@frozen
class Attack:
    """An attack: where it applies, what it breaks, who described it, and the verdict with its reason and tests.

    `tests` are names as pytest takes them: the file, two colons, the function.
    """

    number: int
    name: str
    applies_to: str
    violates: str
    source: str
    verdict: Verdict
    reason: str
    tests: tuple[str, ...] = ()


_SHOWN, _REFUTED, _OUT = Verdict.SHOWN, Verdict.REFUTED, Verdict.OUT_OF_SCOPE
_WHO, _GUESS, _AGREE, _LIVE, _PROOF, _USERS = (
    f"tests/attacks/test_{name}.py::test_"
    for name in ("intended_peer", "guessing", "agreement", "availability", "proofs", "users")
)
_BEHAVIOUR, _UPKEEP, _GROUPS = (
    f"tests/{name}.py::test_" for name in ("machine/test_behaviour", "machine/test_upkeep", "crypto/test_groups")
)
_TRANSPORT = "tests/machine/test_transport.py::test_"
_ORACLE = "tests/machine/test_encryption.py::test_"
_SEARCH = "tests/properties/test_safety.py::test_no_program_of_the_adversary_breaks_a_property"

ATTACKS: tuple[Attack, ...] = (
    Attack(1, "reflection in quick mode without client identities", "quick mode", "authenticated-peer",
           "Meadows 1999; Cremers 2011", _SHOWN,
           "an end that keeps what it began apart from what it answers takes its own QM1; here a message id that is in "
           "use by oneself is refused",
           (f"{_WHO}a_reflected_quick_mode_gives_an_sa_with_oneself_where_own_message_ids_are_taken",
            f"{_WHO}a_reflected_quick_mode_is_refused_as_its_message_id_is_in_use")),
    Attack(2, "responder believes in an initiator that meant another", "main mode, signatures", "authenticated-peer",
           "Meadows 1999; Perlman and Kaufman 2001", _SHOWN,
           "HASH_I covers no identity of the responder; the SA is of use to nobody, as the initiator refuses MM6",
           (f"{_WHO}the_responder_of_main_mode_believes_in_an_initiator_that_meant_another",)),
    Attack(3, "initiator believes in a responder that was asked by another", "aggressive mode, signatures",
           "authenticated-peer", "Cremers 2011", _SHOWN, "HASH_R covers no identity of the initiator",
           (f"{_WHO}the_initiator_of_aggressive_mode_believes_in_a_responder_that_was_asked_by_another",)),
    Attack(4, "main mode with oneself", "main mode, pre-shared key", "authenticated-peer",
           "Ferguson and Schneier 1999; Cremers 2011", _REFUTED,
           "the hashes would be equal, but MM6 continues from the last block of MM5, which the copy does not",
           (f"{_WHO}a_fifth_message_that_comes_back_as_the_sixth_does_not_decrypt",)),
    Attack(5, "dictionary attack on aggressive mode", "aggressive mode, pre-shared key", "secrecy",
           "Pliam 1999; CVE-2002-1623; US-CERT VU#886601", _SHOWN, "HASH_R travels in the clear",
           (f"{_GUESS}who_sees_aggressive_mode_finds_a_weak_key",)),
    Attack(6, "dictionary attack on main mode", "main mode, pre-shared key", "secrecy",
           "Felsch, Grothe, Schwenk, Czubak, Szymanek 2018; CVE-2018-5389", _SHOWN,
           "who answers holds its own exponent and gets MM5; who begins gets nothing",
           (f"{_GUESS}who_answers_main_mode_finds_a_weak_key",
            f"{_GUESS}who_begins_main_mode_gets_nothing_to_guess_against")),
    Attack(7, "passwords given to an insider that poses as the gateway", "pre-shared key of a group, XAuth",
           "authenticated-peer", "Pliam 1999; draft-beaulieu-ike-xauth-02 section 10", _SHOWN,
           "whoever holds the key of the group asks as the gateway would, and can read the answer",
           (f"{_USERS}an_insider_that_poses_as_the_gateway_is_given_the_password",)),
    Attack(8, "Bleichenbacher oracle on encrypted nonces", "public key encryption, both forms", "authenticated-peer",
           "Felsch et al. 2018", _REFUTED, "a ciphertext without padding is answered as a wrong nonce is",
           (f"{_ORACLE}a_ciphertext_without_padding_is_answered_as_a_wrong_nonce_is",
            f"{_ORACLE}octets_that_nobody_encrypted_are_answered_as_a_wrong_nonce_is")),
    Attack(9, "answer to the offer is not authenticated", "phase 1", "agreement",
           "RFC 2409 section 5; Ferguson and Schneier 1999; Zhou 1999", _SHOWN,
           "no hash covers SAr_b: the network can choose between transforms that were offered, if the keys come "
           "out equal; what was not offered is refused",
           (f"{_AGREE}an_answer_that_is_changed_to_another_offered_lifetime_goes_unseen",
            f"{_AGREE}an_answer_with_what_was_not_offered_is_refused")),
    Attack(10, "offer without its strong transforms", "phase 1", "agreement", "RFC 2409 section 5", _REFUTED,
           "HASH_I and HASH_R cover SAi_b",
           (f"{_AGREE}an_offer_whose_strong_transforms_were_taken_out_fails_at_the_proof",)),
    Attack(11, "weak group that both offer", "phase 1", "secrecy", "Adrian et al. 2015 (Logjam)", _SHOWN,
           "who takes logarithms in the group has all keys with signatures, none with a shared key; over free terms",
           (f"{_AGREE}who_can_take_logarithms_in_the_group_has_the_keys_unless_a_shared_key_is_in_them",)),
    Attack(12, "commit bit set on the way", "quick mode", "agreement", "RFC 2408 section 3.1; Kivinen's drafts", _SHOWN,
           "no hash covers the flags of the header",
           (f"{_AGREE}a_commit_bit_that_was_set_on_the_way_is_not_noticed",)),
    Attack(13, "CONNECTED in the clear", "quick mode", "unauthenticated-harmless", "RFC 2408 section 3.1", _REFUTED,
           "what is not protected is a line in the log",
           (f"{_LIVE}a_connected_notification_in_the_clear_puts_nothing_in_use",)),
    Attack(14, "error notification in the clear", "phase 1", "unauthenticated-harmless",
           "RFC 2408 sections 4.8 and 5.14", _REFUTED, "a hint for the log; only timers end what is under way",
           (f"{_LIVE}an_error_notification_in_the_clear_ends_nothing",
            f"{_BEHAVIOUR}a_clear_error_notify_does_not_end_an_exchange")),
    Attack(15, "delete that nobody proved", "informational exchange", "unauthenticated-harmless",
           "CVE-2004-0164 (racoon); RFC 2408 section 5.15", _REFUTED, "a delete counts under the SA's protection only",
           (f"{_LIVE}a_forged_delete_removes_nothing",
            f"{_BEHAVIOUR}a_clear_delete_with_the_right_cookies_does_nothing")),
    Attack(16, "forged INITIAL-CONTACT", "informational exchange, phase 1", "unauthenticated-harmless",
           "CVE-2004-0164 (racoon); RFC 2407 section 4.6.3.3", _REFUTED,
           "it counts under protection, and for SAs of the same authenticated identity",
           (f"{_LIVE}a_forged_initial_contact_removes_nothing",
            f"{_UPKEEP}initial_contact_of_another_identity_at_the_same_address_ends_nothing")),
    Attack(17, "informational exchange without a check of its hash", "informational exchange",
           "unauthenticated-harmless", "CVE-2019-10155 (libreswan)", _REFUTED, "HASH(1) is checked before all else",
           (f"{_LIVE}octets_that_nobody_encrypted_are_no_notification",
            f"{_BEHAVIOUR}a_delete_with_a_broken_hash_does_nothing")),
    Attack(18, "HASH(1) over the first payload only", "informational exchange", "unauthenticated-harmless",
           "as racoon's source reads", _REFUTED, "the hash covers all that follows it",
           (f"{_AGREE}a_hash_over_the_first_payload_only_is_refused",)),
    Attack(19, "notifications beside the proof of phase 1", "main mode", "agreement",
           "RFC 2407 section 4.6.3; RFC 2409 section 10", _SHOWN,
           "HASH_I and HASH_R cover no payload beside the identity; CBC lets bits be flipped",
           (f"{_AGREE}a_notification_behind_the_hash_of_main_mode_can_be_altered",)),
    Attack(20, "vendor IDs taken out", "phase 1", "agreement", "RFC 3947 section 8; draft-beaulieu-ike-xauth-02",
           _SHOWN, "no hash covers them", (f"{_AGREE}vendor_ids_are_taken_out_and_nobody_sees_it",)),
    Attack(21, "changed NAT-D payloads", "NAT traversal", "agreement", "RFC 3947 section 8", _SHOWN,
           "no hash of phase 1 covers them: encapsulation can be forced, and nobody sees it",
           (f"{_TRANSPORT}discovery_can_be_tampered_with_and_authentication_succeeds",)),
    Attack(22, "mapping of a NAT taken over", "NAT traversal", "unauthenticated-harmless",
           "RFC 3947 sections 7 and 8", _REFUTED,
           "only what is authenticated moves a peer; a true datagram that is copied and overtaken is beyond this test",
           (f"{_TRANSPORT}only_what_is_authenticated_moves_a_peer",
            f"{_TRANSPORT}a_peer_that_really_moved_is_followed")),
    Attack(23, "addresses found from NAT-D payloads", "NAT traversal", "identities-hidden", "RFC 3947 section 8",
           _SHOWN, "a hash over few unknown bits: all else that it covers is seen",
           ("tests/attacks/test_guessing.py::test_an_address_behind_a_nat_is_found_from_its_hash",)),
    Attack(24, "state exhaustion by first messages", "phase 1", "bounded-work",
           "Simpson 1999; CVE-2006-3906", _SHOWN,
           "each first message takes a place; it costs no power, places are limited, and time gives them back",
           (f"{_LIVE}first_messages_from_nowhere_each_take_a_place_that_time_gives_back",
            f"{_TRANSPORT}one_host_cannot_take_all_the_room",
            f"{_TRANSPORT}the_oldest_half_open_exchange_makes_room")),
    Attack(25, "work for first messages of aggressive mode", "aggressive mode", "bounded-work", "Simpson 1999", _SHOWN,
           "with signatures HASH_R needs g^xy and is signed, before the initiator has shown that it is where it says",
           (f"{_LIVE}a_first_message_of_aggressive_mode_costs_powers_and_signatures_before_anything_is_proven",
            f"{_TRANSPORT}under_load_no_exchange_is_answered_that_costs_at_once")),
    Attack(26, "cookies used twice", "main mode", "freshness", "Simpson 1999; CVE-2006-7155", _REFUTED,
           "each exchange has a cookie of its own",
           (f"{_LIVE}the_cookie_of_the_responder_is_another_each_time_and_an_old_third_message_finds_nothing",)),
    Attack(27, "amplification by retransmission", "phase 1", "bounded-work", "CVE-2016-5361", _REFUTED,
           "who answers a first message repeats the answer on request only",
           (f"{_LIVE}one_first_message_is_answered_once_however_long_one_waits",
            f"{_BEHAVIOUR}who_answers_a_first_message_sends_nothing_by_timer",
            f"{_TRANSPORT}repeats_in_quick_succession_are_answered_once")),
    Attack(28, "notifications that answer each other", "informational exchange", "exchanges-end",
           "RFC 2409 section 9", _REFUTED, "an informational message is answered by none",
           (f"{_LIVE}a_notification_in_the_clear_is_answered_by_none",)),
    Attack(29, "replay of QM1", "quick mode", "replay", "RFC 2409 section 7.2", _REFUTED,
           "message ids are remembered for as long as the ISAKMP SA lives",
           (f"{_LIVE}an_old_first_message_of_quick_mode_makes_no_state_after_its_pair_is_gone",
            f"{_BEHAVIOUR}a_replayed_quick_mode_creates_nothing")),
    Attack(30, "replay of informational messages", "informational exchange", "replay",
           "RFC 3706 section 7; draft-spencer-ipsec-ike-implementation", _REFUTED,
           "message ids are remembered; questions and answers of dead peer detection are numbered",
           (f"{_LIVE}an_old_notification_is_not_taken_again", f"{_BEHAVIOUR}a_replayed_delete_does_nothing",
            f"{_UPKEEP}a_replayed_answer_proves_nothing")),
    Attack(31, "vectors used twice", "phase 2", "freshness", "RFC 2409 Appendix B", _SHOWN,
           "a message id that is used twice shows equal beginnings; no end here does so",
           (f"{_LIVE}two_messages_with_one_message_id_show_what_they_have_in_common",)),
    Attack(32, "vectors out of step", "all that is encrypted", "iv-chain", "RFC 2409 section 10", _REFUTED,
           "a rejected message leaves no trace, and so does not move the vector",
           (f"{_LIVE}junk_marked_as_encrypted_does_not_move_the_vector",
            f"{_BEHAVIOUR}a_mutated_message_changes_nothing_and_the_true_one_is_still_taken")),
    Attack(33, "initiator's identity to who answers", "main mode, signatures", "identities-hidden",
           "Perlman and Kaufman 2000", _SHOWN, "the responder proves itself after the initiator",
           (f"{_PROOF}who_answers_main_mode_with_signatures_reads_who_began_it",)),
    Attack(34, "identities in the clear", "aggressive mode, base exchange", "identities-hidden",
           "RFC 2409 section 4; CVE-2002-1623", _SHOWN, "AM1 and AM2 carry them",
           (f"{_PROOF}who_watches_aggressive_mode_reads_both_identities",
            f"{_PROOF}who_watches_main_mode_reads_no_identity")),
    Attack(35, "names of users and groups found by trying", "aggressive mode, XAuth", "identities-hidden",
           "CVE-2002-1623 (Check Point)", _SHOWN, "an unknown identity is refused, a known one answered",
           (f"{_PROOF}the_answer_to_aggressive_mode_tells_whether_an_identity_is_known",)),
    Attack(36, "implementations told by their timers and vendor IDs", "first messages", "identities-hidden",
           "Hills 2003 (ike-scan)", _SHOWN,
           "repeats and vendor IDs are seen by whoever asks",
           (f"{_LIVE}the_times_of_repeats_and_the_vendor_ids_tell_one_implementation_from_another",)),
    Attack(37, "shared key of a group", "pre-shared key", "authenticated-peer",
           "RFC 2409 section 5.4; RFC 3947 section 8; Perlman and Kaufman 2001", _SHOWN,
           "whoever has the key is taken for any of those who have it",
           (f"{_PROOF}a_member_of_a_group_with_one_key_is_taken_for_any_other",)),
    Attack(38, "hybrid authentication without a look at the certificate", "hybrid authentication",
           "authenticated-peer", "draft-ietf-ipsec-isakmp-hybrid-auth-05 section 6", _REFUTED,
           "a client that does not trust the gateway's certificate ends the exchange before any password",
           ("tests/machine/test_generic_exchanges.py::test_a_client_that_does_not_trust_the_gateway_ends_it",
            f"{_USERS}hybrid_authentication_keeps_the_password_only_if_the_client_looks_at_the_certificate")),
    Attack(39, "certificate checked, signature forgotten", "signatures", "authenticated-peer",
           "CVE-2004-0155 and CVE-2004-0607 (racoon)", _REFUTED, "two guards, of which a row needs both",
           (f"{_PROOF}the_right_certificate_with_a_signature_that_is_none_proves_nothing",)),
    Attack(40, "signature under exponent three", "RSA signatures", "authenticated-peer",
           "Bleichenbacher 2006; CVE-2018-16151, CVE-2018-16152 (strongSwan)", _REFUTED,
           "padding and length are compared as a whole",
           (f"{_PROOF}a_signature_with_short_padding_under_exponent_three_is_refused",)),
    Attack(41, "empty signature", "ECDSA signatures", "authenticated-peer", "CVE-2013-2944 (strongSwan)", _REFUTED,
           "what cannot be verified is not verified",
           (f"{_PROOF}the_right_certificate_with_a_signature_that_is_none_proves_nothing",)),
    Attack(42, "public values 0, 1, p-1", "phase 1, quick mode with PFS", "secrecy", "CVE-2015-3240 (libreswan)",
           _REFUTED, "values are checked before they are used",
           (f"{_PROOF}public_values_that_fix_the_shared_one_are_refused",)),
    Attack(43, "small subgroups", "groups 22 to 24", "secrecy", "Valenta et al. 2017", _REFUTED,
           "the order is checked, and exponents are new each time",
           (f"{_PROOF}elements_of_small_subgroups_are_refused", f"{_PROOF}no_exponent_serves_twice",
            f"{_GROUPS}a_value_outside_the_short_subgroup_is_refused")),
    Attack(44, "points that are on no curve", "groups on curves", "secrecy", "Valenta et al. 2018", _REFUTED,
           "points are checked",
           (f"{_PROOF}points_that_are_not_on_the_curve_are_refused",
            f"{_GROUPS}public_values_on_curves_have_to_be_points_also_where_the_library_computes")),
    Attack(45, "weak group of one's own", "new group mode", "secrecy", "RFC 2409 section 10", _REFUTED,
           "primality, size and the order of the generator are tested before a group is taken",
           ("tests/machine/test_new_group.py::test_a_bad_group_is_refused_with_attributes_not_supported",
            "tests/machine/test_new_group.py::test_policy_sets_the_least_length")),
    Attack(46, "no forward secrecy without KE", "quick mode", "forward-secrecy", "RFC 2409 section 5.5", _SHOWN,
           "KEYMAT follows from SKEYID_d and the nonces; with KE it does not",
           (f"{_PROOF}keys_of_quick_mode_follow_from_those_of_phase_1_unless_it_has_an_exchange_of_its_own",)),
    Attack(47, "collisions of the transcript's hash (SLOTH)", "signatures with MD5 or SHA-1", "authenticated-peer",
           "Bhargavan and Leurent 2016", _OUT,
           "needs collisions of real hash functions, which neither octets nor free terms give in a test"),
    Attack(48, "misprinted list of weak DES keys", "DES", "secrecy", "RFC 2409 Appendix A, by computation", _REFUTED,
           "keys are compared with the true list; those that the RFC misprints are not weak",
           ("tests/spec/test_algorithms.py::test_the_keys_that_rfc_2409_misprints_are_not_weak",)),
    Attack(49, "ESP without integrity", "quick mode", "secrecy",
           "Bellovin 1996; Paterson and Yau 2006; Degabriele and Paterson 2007", _SHOWN,
           "it is agreed on where both want it; what ESP makes of that is beyond this model",
           (f"{_PROOF}a_pair_without_integrity_is_agreed_on_where_both_want_it",)),
    Attack(50, "XAuth left out", "XAuth", "user-known", "draft-beaulieu-ike-xauth-02 section 6", _REFUTED,
           "a guard of every row that begins a quick mode",
           (f"{_USERS}a_quick_mode_before_the_user_is_known_is_refused",
            f"{_USERS}with_the_right_password_the_user_is_admitted")),
    Attack(51, "passwords tried one after the other", "XAuth", "user-known", "IKEForce", _REFUTED,
           "tries are counted, and the SA is deleted after the last",
           (f"{_USERS}passwords_are_tried_a_few_times_only_and_then_the_sa_is_gone",)),
    Attack(52, "configuration asked for in the clear", "transaction exchange", "user-known",
           "draft-dukes-ike-mode-cfg-02 section 3.1.2", _REFUTED,
           "there is no transaction exchange without an ISAKMP SA",
           (f"{_USERS}a_question_in_the_clear_is_not_answered",)),
    Attack(53, "memory in answers (BENIGNCERTAIN)", "first messages", "bounded-work", "CVE-2016-6415 (Cisco)", _REFUTED,
           "lengths inside the SA are compared with what there is",
           (f"{_LIVE}an_sa_payload_whose_lengths_disagree_gets_no_answer_that_holds_more_than_was_sent",)),
    Attack(54, "length beyond the datagram", "any message", "bounded-work", "CVE-2004-0403 (racoon)", _REFUTED,
           "the length is the datagram's, or the message is refused",
           (f"{_LIVE}a_length_that_is_not_the_datagrams_is_refused_before_anything_is_kept",)),
    Attack(55, "crashes of parsers and states", "any message", "table-followed",
           "CVE-2005-3732, CVE-2009-0790, CVE-2013-6076, CVE-2015-3204, CVE-2016-10396, CVE-2020-1763, CVE-2022-23094, "
           "CVE-2023-30570, CVE-2023-38711, CVE-2023-38712, CVE-2024-3652", _REFUTED,
           "the table is total, and nothing that arrives raises an exception",
           (f"{_LIVE}each_message_cut_at_each_place_raises_nothing_and_keeps_what_stood", _SEARCH)),
    Attack(56, "certificates that break their reader", "signatures", "bounded-work", "CVE-2018-17540 (strongSwan)",
           _REFUTED, "what cannot be read is refused, and signatures are verified up to a limit; the tiny modulus "
           "itself is the library's to refuse",
           (f"{_PROOF}a_certificate_that_cannot_be_read_ends_in_a_refusal",
            "tests/crypto/test_certificates.py::test_the_signatures_that_a_peer_can_have_verified_are_counted")),
    Attack(57, "impersonation to who lost a key", "all methods", "authenticated-peer", "Kyburz 2010", _SHOWN,
           "who knows a shared key is anybody to its owner; a private key makes nobody else of the thief, and opens no "
           "recorded session",
           (f"{_PROOF}who_knows_a_shared_key_is_anybody_to_its_owner",
            f"{_PROOF}who_knows_a_private_key_is_nobody_else_to_its_owner",
            f"{_PROOF}a_shared_key_that_came_to_be_known_opens_no_recorded_session")),
    Attack(58, "hashes that lack elements", "phase 1", "agreement", "Zhou 1999, 2000", _SHOWN,
           "the peer's identity (2, 3) and the answer (9) are in none of them",
           (f"{_WHO}the_responder_of_main_mode_believes_in_an_initiator_that_meant_another",
            f"{_AGREE}an_answer_that_is_changed_to_another_offered_lifetime_goes_unseen")),
)  # fmt: skip
"""All of them, by number."""
