"""Message sequences: the messages of the RFC's figures, the states that they lead to, and every formula."""

from __future__ import annotations

import pytest

from isakmp.diagrams import sequence
from isakmp.diagrams.sequence import shown_definitions
from isakmp.spec.exchanges import exchanges, find
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange
from isakmp.spec.table import Kind, states_of
from isakmp.spec.terms import Role
from tests.diagrams.reading import Picture, boxes

EXCHANGES = pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.key)


@pytest.mark.parametrize(
    ("name", "auth", "figure"),
    [
        # RFC 2409 section 5.4
        ("main", Auth.PSK, ["HDR SA", "HDR SA", "HDR KE Ni", "HDR KE Nr", "HDR* IDii HASH_I", "HDR* IDir HASH_R"]),
        ("aggressive", Auth.PSK, ["HDR SA KE Ni IDii", "HDR SA KE Nr IDir HASH_R", "HDR[*] HASH_I"]),
        # RFC 2409 section 5.1
        ("main", Auth.SIGNATURE, ["HDR SA", "HDR SA", "HDR KE Ni", "HDR KE Nr", "HDR* IDii [ CERT ] SIG_I",
         "HDR* IDir [ CERT ] SIG_R"]),
        # RFC 2409 section 5.5
        ("quick", None, ["HDR* HASH(1) SA Ni [ KE ] [ IDci ] [ IDcr ]",
         "HDR* HASH(2) SA Nr [ KE ] [ IDci ] [ IDcr ]", "HDR* HASH(3)"]),
    ],
)  # fmt: skip
def test_the_arrows_carry_what_the_figure_of_the_rfc_shows(name: str, auth: Auth | None, figure: list[str]) -> None:
    (exchange,) = find(name, auth)
    picture = Picture(sequence(exchange))
    shown = [" ".join(picture.texts(message.name)[1:]).strip() for message in exchange.messages]
    assert shown == figure


@EXCHANGES
def test_every_payload_tells_its_content(exchange: Exchange) -> None:
    picture = Picture(sequence(exchange))
    for message in exchange.messages:
        tooltips = picture.tooltips(message.name)
        for slot in message.slots:
            assert slot.name in picture.texts(message.name)
            assert str(getattr(slot.term, "equation", slot.term)) in tooltips


@EXCHANGES
def test_every_state_of_either_role_stands_on_its_line(exchange: Exchange) -> None:
    picture = Picture(sequence(exchange))
    for role in Role:
        for state in states_of(exchange, role):
            beside = state.kind is Kind.RUNNING and state.awaits is None  # it waits for what is no message of these
            assert (state.name in picture.texts()) == (state.kind is not Kind.ENDED and not beside), state


@EXCHANGES
def test_every_definition_is_printed_with_its_section(exchange: Exchange) -> None:
    picture = Picture(sequence(exchange))
    for definition in shown_definitions(exchange):
        texts = picture.texts("below")
        assert definition.name in texts
        assert definition.equation in " ".join(texts)


def test_a_formula_is_printed_as_the_rfc_prints_it() -> None:
    (exchange,) = find("main", Auth.PSK)
    texts = Picture(sequence(exchange)).texts("below")
    place = texts.index("HASH_I")
    # RFC 2409 section 5: HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b )
    assert texts[place + 1] == "= prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)"


@EXCHANGES
def test_no_box_covers_another(exchange: Exchange) -> None:
    found = boxes(sequence(exchange))
    assert [(a.name, b.name) for i, a in enumerate(found) for b in found[:i] if a.overlaps(b)] == []


@EXCHANGES
def test_life_lines_are_vertical_and_arrows_level(exchange: Exchange) -> None:
    places = {box.name: box for box in boxes(sequence(exchange))}
    for message in exchange.messages:
        for lane, role in enumerate(Role):
            if (mark := places.get(f"{message.name}.{lane}")) is not None:
                assert mark.x == pytest.approx(places[role.name].x, abs=0.01)
                assert mark.y == pytest.approx(places[message.name].y, abs=0.01)
