"""draft-ietf-ipsec-isakmp-hybrid-auth-05, hybrid authentication: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import document, must, rule, section, should
from isakmp.spec.requirements.places import GENERIC, HYBRID_CLIENT, USERS

# fmt: off
TRACED = document(
    "HYBRID",
    section("3.2.1", rule("Methods 64221 to 64224 name who is authenticated by XAuth and the signature of the other end.", "registry:AuthMethod")),
    section(
        "4",
        must("The edge device begins the transaction exchange.", "process:xauth", "row:xauth.I.XAUTH_R0.begin"),
        must("A transaction exchange follows phase 1 at once.", "row:xauth.I.XAUTH_R0.begin", "code:machine.xauth.Users.stands", USERS + "both_ends_announce_xauth_and_say_that_it_is_needed"),
        must("The ISAKMP SA protects it.", "guard:PROTECTED_HASH", "message:transaction.TX1"),
        must("The ISAKMP SA serves nothing else before the user is authenticated.", "guard:USER_KNOWN", "row:quick.R.QUICK_R0.QM1!user_known", USERS + "a_quick_mode_that_comes_too_early_is_refused_by_its_row_and_forgotten"),
        must("If the user fails to authenticate, the ISAKMP SA is discarded.", "action:END_SA", "row:xauth.I.XAUTH_R3.acknowledged", USERS + "who_cannot_authenticate_fails_cleanly"),
        rule("Main and aggressive mode can be used, begun by either end.", GENERIC + "hybrid_authentication_comes_to_equal_keys"),
    ),
    section(
        "4.2",
        must("The client's hash is made with the negotiated prf or hash, also where the signature is tied to another.", "formula:HASH_I", "formula:HASH_R", GENERIC + "hybrid_authentication_comes_to_equal_keys"),
        must("A client that is asked for a certificate sends an empty one.", "layout:CERT.data", "layout:CR", "code:machine.presenting.empty_certificate", HYBRID_CLIENT + "a_client_that_is_asked_for_a_certificate_sends_an_empty_one"),
        should("The client's identification is empty.", "layout:ID.data", "code:machine.config.Identity", why="an empty identity can be configured only as one of a type of variable length"),
        rule("The client sends HASH in place of SIG.", "exchange:main-hybrid", "exchange:aggressive-hybrid-responder", GENERIC + "the_client_needs_no_key_pair_and_the_other_end_does"),
    ),
)
# fmt: on
