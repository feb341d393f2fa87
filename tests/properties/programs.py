"""Programs of the adversary: drawn at random from a seed, run under watch, made short, written to files and read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import NamedTuple

from isakmp.machine import adversary as a
from isakmp.spec.keying import Auth
from tests.properties.setups import ADDRESSES, ASKED, HONEST, MALLORY, Setup
from tests.properties.world import Violation, World

BIG = 1 << 32


class Outcome(NamedTuple):
    """What a program came to: how many actions were performed, and what was broken first."""

    steps: int
    violations: tuple[Violation, ...]


def variant(form: Auth, backend: str, seed: int) -> Setup:
    """The setup of a seed: with and without PFS, upkeep, XAuth, NAT, fragments, new groups."""
    return Setup(
        form.value,
        backend,
        pfs=seed % 2 == 0,
        seed=seed,
        upkeep=seed % 3 == 0,
        xauth=seed % 5 == 0,
        nat=seed % 4 in (1, 2),
        fragments=seed % 4 in (2, 3),
        groups=seed % 3 == 1,
    )


def draw(random: Random, setup: Setup, course: int = 0) -> a.Action:
    """The next action. Most of the time the network behaves, or nothing would ever be established.

    In two seeds of five it behaves so well that what takes many messages comes to its end: users, groups, fragments.
    """
    delivers, asks = (0.80, 0.90) if setup.seed % 5 in (1, 3) else (0.50, 0.60)
    newest = -1 - random.randrange(4)
    anywhere = random.randrange(BIG)
    packet = random.choice((newest, newest, anywhere))
    pick = random.random()
    honest = random.choice(HONEST)
    other = random.choice([name for name in ADDRESSES if name != honest])
    if course == 0 or pick < 0.05:
        return a.Begin(honest, other, random.choice(setup.begins))
    if pick < delivers:
        return a.Deliver(random.choice((0, 0, 0, newest)), keep=random.random() < 0.1)
    if pick < asks:
        asked = random.choice(("quick", "quick", *ASKED))
        return a.Ask(random.choice((honest, honest, MALLORY)), asked, anywhere, random.choice((0, 0, 1, 2)))
    choices: tuple[a.Action, ...] = (
        a.Replay(anywhere),
        a.Replay(packet, to=random.choice(tuple(ADDRESSES)), source=random.choice(tuple(ADDRESSES))),
        a.Reflect(packet),
        a.Truncate(packet, random.randrange(1, 300)),
        a.Flip(packet, anywhere, random.randrange(255)),
        a.Mutate(packet, anywhere, random.choice((0, 1, 2, 5, 14, 255, random.randrange(BIG)))),
        a.Splice(packet, random.randrange(8), anywhere, random.randrange(8), insert=random.random() < 0.3),
        a.Forge(packet, random.randrange(4), encrypted=random.random() < 0.2, number=random.randrange(BIG)),
        a.Pose(honest, other, random.choice(setup.begins)),
        a.Impersonate(newest),
        a.Drop(newest),
        a.Begin(MALLORY, honest, random.choice(setup.begins)),
        a.Close(random.choice(tuple(ADDRESSES)), anywhere),
        a.Wait(random.choice((1, 10, 20, 40, 400, 1000 if setup.upkeep else 40))),
    )
    weights = (4, 3, 3, 2, 4, 6, 3, 3, 2, 2, 2, 2, 1, 2)
    return random.choices(choices, weights)[0]


def program(setup: Setup, length: int) -> tuple[a.Action, ...]:
    """The program that follows from the setup's seed."""
    random = Random(f"{setup.seed} {setup.auth}")
    return tuple(draw(random, setup, course) for course in range(length))


def run(setup: Setup, actions: tuple[a.Action, ...]) -> Outcome:
    """Perform actions until one breaks a property; at the end let the network be quiet."""
    world = World(setup)
    for count, action in enumerate(actions, 1):
        world.act(action)
        if world.violations:
            return Outcome(count, tuple(world.violations))
    world.finish()
    return Outcome(len(actions), tuple(world.violations))


def shrink(setup: Setup, actions: tuple[a.Action, ...], wanted: str) -> tuple[a.Action, ...]:
    """Leave actions out, in ever smaller stretches, for as long as the same property breaks."""
    size = max(1, len(actions) // 2)
    while size:
        start = 0
        while start < len(actions):
            shorter = actions[:start] + actions[start + size :]
            if any(each.property == wanted for each in run(setup, shorter).violations):
                actions = shorter
            else:
                start += size
        size //= 2
    return actions


def save(path: Path, setup: Setup, actions: tuple[a.Action, ...], violations: tuple[Violation, ...]) -> None:
    """Write a run to a file from which it can be repeated."""
    broken = [each._asdict() for each in violations]
    data = {"setup": asdict(setup), "broken": broken, "actions": a.to_json(actions)}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[Setup, tuple[a.Action, ...]]:
    """Read a run that `save` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Setup(**data["setup"]), a.from_json(data["actions"])


def told(setup: Setup, actions: tuple[a.Action, ...], violations: tuple[Violation, ...]) -> str:
    """A run in words that a failure prints: a program that can be pasted."""
    lines = [f"{each.property}: {each.detail}" for each in violations]
    lines += [repr(setup), *(f"  {number:3}. {action}" for number, action in enumerate(actions, 1))]
    return "\n".join(lines)
