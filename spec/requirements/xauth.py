"""draft-beaulieu-ike-xauth-02, extended authentication: what it prescribes, in our words, and what covers it."""

from __future__ import annotations

from isakmp.spec.requirements.model import document, may, must, rule, section, should
from isakmp.spec.requirements.places import AUTHENTICATORS, CHECK, ENCRYPTION, USERS, VENDORS

_POLICY = "policy of the user"
_ALONE = "guard:ATTRIBUTES"
_PLUGIN = "code:machine.authenticators.Authenticator"

# fmt: off
TRACED = document(
    "XAUTH",
    section(
        "4",
        should("The vendor id is authenticated where possible.", why="vendor ids of phase 1 are in no hash of RFC 2409; the draft that would change it was never deployed"),
        rule("The vendor id has the eight octets given, and who receives it may rely on the private numbers.", VENDORS + "what_daemons_sent_is_known_by_name", USERS + "both_ends_announce_xauth_and_say_that_it_is_needed"),
    ),
    section(
        "5",
        must("Both ends authenticate each other in phase 1 as well.", "guard:HASH", "guard:SIGNATURE", ENCRYPTION + "the_methods_of_xauth_have_the_messages_of_their_base_form"),
        may("The request may name what it needs for authentication.", _PLUGIN),
        may("The request may bring what the answer needs, such as a challenge.", _PLUGIN),
        may("There may be several rounds of request and reply.", "row:xauth.I.XAUTH_R1.ask-again", "row:xauth.R.XAUTH_I1.asked", USERS + "a_new_pin_is_a_round_of_its_own"),
        may("Each round may be of another type.", "registry:XauthType", _PLUGIN, USERS + "each_type_of_the_draft_works"),
        rule("The edge device asks, the client answers, the edge device tells the result.", "process:xauth", "row:xauth.I.XAUTH_R0.begin", "row:xauth.R.XAUTH_I0.asked", USERS + "a_user_is_authenticated_before_quick_mode_in_each_method"),
        rule("A SET with a status ends it, or a reply with the status FAIL.", "row:xauth.I.XAUTH_R1.accepted", "row:xauth.I.XAUTH_R1.refused"),
        rule("A client cannot say OK.", "code:machine.xauth.Users", "row:xauth.I.XAUTH_R1.refused", USERS + "a_client_cannot_admit_itself", USERS + "a_reply_with_status_ok_is_no_answer"),
        rule("A client that does not support what is asked replies FAIL.", "code:machine.xauth.Users.answer", USERS + "who_cannot_authenticate_fails_cleanly"),
    ),
    section("5.1", rule("A name and a password are asked for and sent; the password may be hidden by a challenge.", "registry:ConfigAttribute.XAUTH_USER_NAME", "registry:ConfigAttribute.XAUTH_USER_PASSWORD", CHECK + "what_was_configured_is_told_and_no_password", AUTHENTICATORS + "the_answer_of_chap_is_md5_over_identifier_secret_and_challenge")),
    section("5.2", rule("A challenge is part of a further request.", "row:xauth.I.XAUTH_R1.ask-again", "registry:ConfigAttribute.XAUTH_CHALLENGE")),
    section("5.3", rule("A passcode of a token is asked for beside the password.", "registry:ConfigAttribute.XAUTH_PASSCODE", _PLUGIN)),
    section("5.4", rule("A one-time password answers a challenge.", "registry:XauthType.OTP", _PLUGIN, USERS + "a_code_is_taken_once_over_two_handshakes", AUTHENTICATORS + "chains_are_those_of_rfc_2289")),
    section("5.5", rule("Where the user is known to be authenticated, the status is set without questions.", "row:xauth.I.XAUTH_R0.accepted", "row:xauth.R.XAUTH_I0.status-ok")),
    section(
        "6",
        must("All messages of one authentication have the same identifier.", "layout:ATTR.identifier", "code:machine.xauth.Dialogue", _ALONE, USERS + "an_answer_has_the_identifier_and_the_kind_that_answer"),
        must("It comes after phase 1 and before any other exchange but informational ones.", "guard:USER_KNOWN", "row:quick.R.QUICK_R0.QM1!user_known", USERS + "an_unauthenticated_client_begins_no_quick_mode_and_no_configuration", USERS + "a_quick_mode_that_comes_too_early_is_refused_by_its_row_and_forgotten"),
        must("If it fails, the ISAKMP SA is deleted at once.", "action:END_SA", "row:xauth.I.XAUTH_R3.acknowledged", "row:xauth.I.XAUTH_R3.no-answer", USERS + "who_cannot_authenticate_fails_cleanly"),
        must("The edge device sends no status before it is done with trying.", "row:xauth.I.XAUTH_R1.ask-again", "action:TELL_STATUS", USERS + "a_wrong_password_is_asked_for_again_and_the_tries_are_counted"),
        must("If a later authentication fails, all SAs with the user are ended.", "action:END_SA", why="an authentication is made once for each ISAKMP SA; a caller who wants another one renews that SA"),
        may("A failed answer may be followed by another try.", "row:xauth.I.XAUTH_R1.ask-again", "code:machine.config.Config", USERS + "a_right_password_after_wrong_ones_is_taken"),
        may("An authentication may be begun at any time after the first.", why="it is made once for each ISAKMP SA"),
        rule("Message ids follow the rules of mode config.", "exchange:transaction"),
    ),
    section(
        "6.1",
        must("What is to be sent back is in the request without value.", "code:machine.xauth.Users", _PLUGIN),
        must("What the answer needs is in the request with its value.", _PLUGIN),
        must("The reply holds what was asked for.", "code:machine.authenticators.User", _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("Where it cannot, the reply holds the status FAIL.", "code:machine.xauth.Users.answer", USERS + "who_cannot_authenticate_fails_cleanly"),
        must("A SET holds the status only.", "action:TELL_STATUS", "code:machine.xauth.Users", _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        should("An acknowledgement holds no attributes.", "code:machine.configuration.acknowledge", "decision:B35", "code:machine.xauth.Users.answer"),
        may("A SET may hold some text.", "registry:ConfigAttribute.XAUTH_MESSAGE", why="such is taken; none is sent"),
        may("The attributes of an acknowledgement may be skipped.", "row:xauth.I.XAUTH_R2.acknowledged", "decision:B35"),
    ),
    section(
        "6.2",
        must("The type in a reply is that of the request.", "registry:ConfigAttribute.XAUTH_TYPE", "code:machine.authenticators.User", _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("Without a type in the request there is none in the reply.", "registry:ConfigAttribute.XAUTH_TYPE", "code:machine.authenticators.User", _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("No challenge goes with the generic type.", "registry:ConfigAttribute.XAUTH_CHALLENGE", _PLUGIN, _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("A SET holds the status.", "action:TELL_STATUS", "registry:ConfigAttribute.XAUTH_STATUS", _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("In a reply the status is FAIL.", "registry:XauthStatus.FAIL", "code:machine.xauth.Users.answer", USERS + "a_client_cannot_admit_itself"),
        must("A new PIN goes with message and type only.", _ALONE, "registry:ConfigAttribute.XAUTH_NEXT_PIN", USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("An answer is asked for with a message.", "registry:ConfigAttribute.XAUTH_ANSWER", _PLUGIN, _ALONE, USERS + "what_may_not_come_is_discarded_by_its_row"),
        must("An answer goes with message and type only.", _ALONE, "registry:ConfigAttribute.XAUTH_ANSWER", USERS + "what_may_not_come_is_discarded_by_its_row"),
        should("A message is shown to the user.", "registry:ConfigAttribute.XAUTH_MESSAGE", "code:machine.authenticators.User", why="the user's side gets it; showing it is the caller's"),
        should("A challenge is sent in requests only.", "registry:ConfigAttribute.XAUTH_CHALLENGE", _PLUGIN),
        may("Types may differ from round to round.", "registry:XauthType", _PLUGIN),
        may("A name may be any that is unique.", "registry:ConfigAttribute.XAUTH_USER_NAME", "code:machine.authenticators.name_in"),
        may("A reply may hold the status FAIL.", "row:xauth.I.XAUTH_R1.refused"),
        may("An edge device may ask for an answer of any kind.", "registry:ConfigAttribute.XAUTH_ANSWER", _PLUGIN),
        rule("Attributes have the numbers listed; type and status are basic.", "registry:ConfigAttribute.XAUTH_TYPE", "registry:ConfigAttribute.XAUTH_STATUS"),
        rule("Without a type, the generic one is meant.", "code:machine.authenticators.kind_of"),
        rule("Texts need not end with a zero.", "layout:ATTR.attributes"),
    ),
    section(
        "6.3",
        must("RADIUS's CHAP has the type RADIUS-CHAP.", "registry:XauthType.RADIUS_CHAP", _PLUGIN, USERS + "each_type_of_the_draft_works", AUTHENTICATORS + "the_answer_of_chap_is_md5_over_identifier_secret_and_challenge"),
        must("RADIUS's other methods have the generic type.", "registry:XauthType.GENERIC", _PLUGIN),
        must("A reply of OTP holds name and generated password.", "registry:XauthType.OTP", _PLUGIN, USERS + "each_type_of_the_draft_works"),
        should("A request of OTP holds name, password and challenge.", "registry:XauthType.OTP", _PLUGIN),
        rule("Types are generic 0, RADIUS-CHAP 1, OTP 2, S/KEY 3.", "registry:XauthType"),
    ),
    section("7", rule("The client is told in phase 1 that an authentication follows.", "registry:AuthMethod", "code:machine.xauth.Users")),
    section("7.1", must("A notification in phase 1 is not used for that.", "registry:AuthMethod", "code:machine.xauth.Users")),
    section(
        "7.2",
        must("Edge devices support the authentication methods that announce it.", "registry:AuthMethod", ENCRYPTION + "the_methods_of_xauth_have_the_messages_of_their_base_form", USERS + "a_user_is_authenticated_before_quick_mode_in_each_method"),
        rule("Methods 65001 to 65010 name who is authenticated and the method of phase 1.", "registry:AuthMethod"),
    ),
    section(
        "10",
        must("A password is sent to an authenticated destination only.", "guard:PROTECTED_HASH", "message:transaction.TX1", "exchange:transaction"),
        must("It is not used without the normal authentication of phase 1.", "guard:HASH", "guard:SIGNATURE"),
        should("Main mode is not used with pre-shared keys and addresses that change.", why=_POLICY),
        rule("A password is not sent in the clear.", "message:transaction.TX2", "exchange:transaction"),
    ),
)
# fmt: on
