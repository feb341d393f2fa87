"""`isakmp compare` as a user meets it: figures that other tests confirm, in every format."""

from tests.cli.conftest import Cli


def test_main_and_aggressive_mode_side_by_side(cli: Cli) -> None:
    ran = cli("compare", "main", "aggressive", "--proposal", "aes128-sha1-modp1024", "--format", "json")
    assert ran.status == 0
    main, aggressive = ran.json["exchanges"]
    assert (main["messages"], aggressive["messages"]) == (6, 3)
    assert (main["round_trips"], aggressive["round_trips"]) == (3, 1.5)
    # One power for the public value and one for the shared one, at each end (RFC 2409 section 5.4).
    assert main["initiator_computes"] == aggressive["responder_computes"] == ["1 g^x", "1 g^xy"]
    assert main["before_return"] == []
    assert "1 g^x" in aggressive["before_return"]
    assert aggressive["kept"] > main["kept"] > 0
    assert (main["guess_observer"], aggressive["guess_observer"]) == (None, "AM2")
    assert main["milliseconds"] > 0


def test_signatures_cost_one_signature_and_one_verification_at_each_end(cli: Cli) -> None:
    (main,) = cli("compare", "main", "--auth", "ecdsa-256", "--format", "json").json["exchanges"]
    assert {"1 signature", "1 verification"} <= set(main["initiator_computes"])


def test_all_formats_say_the_same(cli: Cli) -> None:
    for form in ("text", "markdown", "csv"):
        ran = cli("compare", "main", "aggressive", "--format", form)
        assert ran.status == 0
        assert "IDii (AM1), IDir (AM2)" in ran.out


def test_an_exchange_that_is_none_is_said(cli: Cli) -> None:
    assert "did you mean aggressive?" in cli("compare", "main", "agressiv").complaint
    assert "modp2049" in cli("compare", "main", "--proposal", "aes128-sha1-modp2049").complaint
