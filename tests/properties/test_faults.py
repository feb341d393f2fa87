"""A test of the tests: each seeded fault is found by programs of the adversary, as the property that it breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.spec.properties import PROPERTIES
from tests.properties.faults import FAULTS, IN_AREAS, Fault, sown
from tests.properties.programs import program, run, told

LENGTH = 60
PROGRAMS = 400


ALL = [pytest.param(fault, id=fault.property) for fault in FAULTS]
ALL += [pytest.param(fault, id=name) for name, fault in IN_AREAS.items()]


@pytest.mark.parametrize("fault", ALL)
def test_a_sown_fault_is_reported_as_the_property_that_it_breaks(fault: Fault) -> None:
    with sown(fault):
        for seed in range(fault.first, fault.first + PROGRAMS):
            setup = replace(fault.setup, seed=seed)
            actions = program(setup, LENGTH)
            outcome = run(setup, actions)
            if outcome.violations:
                assert {each.property for each in outcome.violations} == {fault.property}, told(
                    setup, actions[: outcome.steps], outcome.violations
                )
                return
    pytest.fail(f"no program of {PROGRAMS} met the fault")


@pytest.mark.parametrize("fault", ALL)
def test_without_the_fault_the_same_programs_break_nothing(fault: Fault) -> None:
    for seed in range(3):
        setup = replace(fault.setup, seed=seed)
        outcome = run(setup, program(setup, LENGTH))
        assert not outcome.violations


def test_every_property_has_a_fault() -> None:
    assert [fault.property for fault in FAULTS] == [each.id for each in PROPERTIES]
