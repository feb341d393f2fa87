"""Each known ambiguity is decided, with sections that exist and switches that are there."""

from __future__ import annotations

import dataclasses

import pytest

from isakmp.machine import config
from isakmp.spec.decisions import DECISIONS, Decision
from tests.citing import unresolved

IDS = [*(f"A{number}" for number in range(1, 43)), *(f"B{number}" for number in range(1, 41))]


def _has_switch(name: str) -> bool:
    """Whether there is such a setting: `notify` of Config, or `Rekey.margin` of something that it holds."""
    owner, _, member = name.rpartition(".")
    holder = getattr(config, owner or "Config", None)
    return dataclasses.is_dataclass(holder) and member in {one.name for one in dataclasses.fields(holder)}


def test_every_known_ambiguity_is_decided_once_and_in_order() -> None:
    assert [one.id for one in DECISIONS] == IDS


def test_every_section_exists() -> None:
    assert unresolved(cite for one in DECISIONS for cite in one.cites) == []
    assert all(one.cites for one in DECISIONS)


@pytest.mark.parametrize("decision", [one for one in DECISIONS if one.switch], ids=lambda one: one.id)
def test_a_switch_that_is_named_is_a_setting(decision: Decision) -> None:
    assert decision.switch is not None
    assert _has_switch(decision.switch)


@pytest.mark.parametrize("name", ["nothing", "Config.nothing", "Rekey.nothing", "Nothing.margin", "ipaddress.margin"])
def test_a_switch_that_is_none_would_be_noticed(name: str) -> None:
    assert not _has_switch(name)


def test_the_names_of_settings_are_read_as_they_are_written() -> None:
    assert _has_switch("notify")
    assert _has_switch("Config.notify")
    assert _has_switch("Rekey.margin")


def test_decisions_are_told_in_sentences() -> None:
    for one in DECISIONS:
        for text in filter(None, (one.question, one.decision, one.why, one.peers)):
            assert len(text.split()) > 1, one.id
            assert text.endswith("."), one.id
