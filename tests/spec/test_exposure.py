"""What exchanges expose, computed from their templates, is what the literature says of them."""

from dataclasses import replace

import pytest

from isakmp.spec.exchanges import aggressive_mode, find, main_mode, quick_mode
from isakmp.spec.exposure import Stance, guessable, identities_exposed, replayable
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Protection

PASSIVE, AS_I, AS_R = Stance


# CVE-2002-1623 (aggressive mode, for everybody) and CVE-2018-5389 (main mode, for who poses as the responder).
@pytest.mark.parametrize(
    ("exchange", "stance", "message"),
    [
        (main_mode(Auth.PSK), PASSIVE, None),
        (main_mode(Auth.PSK), AS_I, None),
        (main_mode(Auth.PSK), AS_R, "MM5"),
        (aggressive_mode(Auth.PSK), PASSIVE, "AM2"),
        (aggressive_mode(Auth.PSK), AS_I, "AM2"),
        (aggressive_mode(Auth.PSK), AS_R, None),
        (main_mode(Auth.SIGNATURE), AS_R, None),
        (aggressive_mode(Auth.SIGNATURE), PASSIVE, None),
    ],
)
def test_where_a_shared_key_can_be_guessed(exchange: Exchange, stance: Stance, message: str | None) -> None:
    assert guessable(exchange, stance) == message


# RFC 2409 sections 5.1 and 5.4: main mode protects identities, aggressive mode does not; Perlman and Kaufman 2000: the
# initiator of main mode with signatures tells an active attacker who it is.
@pytest.mark.parametrize(
    ("exchange", "stance", "identities"),
    [
        (main_mode(Auth.PSK), PASSIVE, ()),
        (main_mode(Auth.PSK), AS_R, ()),
        (main_mode(Auth.SIGNATURE), PASSIVE, ()),
        (main_mode(Auth.SIGNATURE), AS_I, ()),
        (main_mode(Auth.SIGNATURE), AS_R, ("IDii (MM5)",)),
        (aggressive_mode(Auth.SIGNATURE), PASSIVE, ("IDii (AM1)", "IDir (AM2)")),
        (aggressive_mode(Auth.PSK), AS_I, ("IDir (AM2)",)),
        # RFC 2409 section 5.2: "authentication with public key encryption allows for identity protection with
        # Aggressive Mode".
        *((aggressive_mode(auth), stance, ()) for auth in (Auth.ENCRYPTION, Auth.REVISED) for stance in Stance),
    ],
)
def test_which_identities_an_outsider_reads(exchange: Exchange, stance: Stance, identities: tuple[str, ...]) -> None:
    assert identities_exposed(exchange, stance) == identities


def test_the_first_message_of_quick_mode_can_be_replayed_and_no_proof_of_phase_1() -> None:
    # RFC 2409 section 5.5: HASH(1) covers nothing of the responder's.
    assert replayable(quick_mode()) == ("HASH(1) (QM1)",)
    for name in ("main", "aggressive"):
        assert all(not replayable(exchange) for exchange in find(name))


def test_an_identity_outside_the_encryption_is_found() -> None:
    exchange = main_mode(Auth.PSK)
    bare = replace(exchange.messages[4], protection=Protection.CLEAR)
    changed = replace(exchange, messages=(*exchange.messages[:4], bare, exchange.messages[5]))
    assert identities_exposed(changed, PASSIVE) == ("IDii (MM5)",)
    assert guessable(changed, PASSIVE) == "MM5"  # HASH_I in the clear rests on nothing else that is secret
