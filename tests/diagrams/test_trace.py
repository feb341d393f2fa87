"""Ladders of runs: who says what to whom, in any wording."""

from __future__ import annotations

import pytest

from isakmp.diagrams import trace_ladder
from isakmp.spec.traces import Step, Trace
from tests.diagrams.reading import Picture, boxes

ATTACK = Trace(
    "Aggressive mode: the hash can be searched",
    ("A", "attacker", "B"),
    (
        Step(1, "A", "attacker", "HDR, SA, KE, Ni, IDii", "meant for B"),
        Step(2, "attacker", "attacker", "draws xr and Nr"),
        Step(3, "attacker", "A", "HDR, SA, KE, Nr, IDir, HASH_R", "a guess " * 12, "every guess can be tested"),
        Step(4, "A", "B", "HDR*, HASH_I", r'odd: <b> & "x" \N \G', ""),
    ),
)


def test_every_step_is_told_with_its_number_detail_and_note() -> None:
    picture = Picture(trace_ladder(ATTACK))
    for place, step in enumerate(ATTACK.steps):
        shown = " ".join(picture.texts(f"step {place}"))
        for part in (f"{step.number}. {step.label}", step.detail, step.note):
            assert " ".join(part.split()) in shown


def test_every_party_has_a_line_in_the_given_order() -> None:
    places = {box.name: box.x for box in boxes(trace_ladder(ATTACK))}
    lines = [places[f"party {place}"] for place in range(3)]
    assert lines == sorted(lines)
    assert [Picture(trace_ladder(ATTACK)).texts(f"party {place}") for place in range(3)] == [["A"], ["attacker"], ["B"]]


def test_an_arrow_points_from_sender_to_receiver() -> None:
    lines = trace_ladder(ATTACK).splitlines()
    (before,) = (line for line in lines if '"step 2.1" -> "step 2"' in line)
    (behind,) = (line for line in lines if '"step 2" -> "step 2.0"' in line)
    assert 'arrowhead="none"' in before  # the line runs through the label, and only its end has a head
    assert "arrowhead" not in behind


def test_what_one_party_does_alone_stands_on_its_line_without_an_arrow() -> None:
    dot = trace_ladder(ATTACK)
    places = {box.name: box.x for box in boxes(dot)}
    assert places["step 1"] == pytest.approx(places["party 1"], abs=0.01)
    assert '"step 1" ->' not in dot


@pytest.mark.parametrize("parties", range(1, 6))
def test_long_words_cover_no_other_step(parties: int) -> None:
    names = tuple("ABCDE"[:parties])
    steps = tuple(
        Step(
            n,
            names[n % parties],
            names[(n * 2) % parties],
            "HDR*, " * (n % 5),
            "words and more words " * (n % 7),
            "note",
        )
        for n in range(12)
    )
    found = boxes(trace_ladder(Trace("long", names, steps)))
    assert [(a.name, b.name) for i, a in enumerate(found) for b in found[:i] if a.overlaps(b)] == []
    assert len(found) == parties + len(steps)


def test_a_trace_without_steps_can_be_drawn() -> None:
    assert Picture(trace_ladder(Trace("nothing", ("A", "B"), ()))).texts()


@pytest.mark.parametrize(
    ("parties", "steps", "message"),
    [
        (("A", "B"), (Step(1, "A", "C", "x"),), "step 1 names 'C', who is none of A, B"),
        (("A", "A"), (), "each once: A, A"),
        ((), (), "each once: none"),
    ],
)
def test_a_trace_of_unknown_parties_is_refused(parties: tuple[str, ...], steps: tuple[Step, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trace("run", parties, steps)
