"""What can be said of an argument of a formula: which verdict changes without it, or why none does.

Each can be checked; `check` raises AssertionError where it does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from isakmp.spec.terms import Atom, PrivateKey, Psk, Role, Term
from isakmp.spec.variants import rewritten
from isakmp.verify.models import LEFT
from isakmp.verify.scripts import NAMING
from tests.verify.formulas import Dropped, arguments, formulas, used, without
from tests.verify.scenes import FORMS, Scene, breaks, broken


class Said(Protocol):
    """What is said of an argument."""

    def check(self, formula: str, argument: str) -> None:
        """Raises AssertionError: it is not so."""

    @property
    def words(self) -> str:
        """It in words, for the page in docs."""


@dataclass(frozen=True)
class Changes:
    """A claim breaks without it."""

    scene: Scene
    role: Role
    claim: str

    def check(self, formula: str, argument: str) -> None:
        """The claim holds with the argument, and does not without."""
        assert formula in self.scene.formulas
        assert not breaks(self.scene, self.role, self.claim, {})
        assert breaks(self.scene, self.role, self.claim, {formula: (argument,)})

    @property
    def words(self) -> str:
        """The claim."""
        return self.claim


@dataclass(frozen=True)
class Covered:
    """No verdict changes: others do the same. A claim holds without them, and breaks without it as well."""

    scene: Scene
    role: Role
    claim: str
    by: Dropped

    def check(self, formula: str, argument: str) -> None:
        """One of them is enough, and nothing changes as long as all the others are there."""
        assert formula in self.scene.formulas
        assert not breaks(self.scene, self.role, self.claim, self.by)
        assert breaks(self.scene, self.role, self.claim, _and(self.by, formula, argument))
        unchanged(self.scene, formula, argument)

    @property
    def words(self) -> str:
        """Which claim, and by what."""
        others = ", ".join(f"{' and '.join(args)} in {name.partition(' = ')[0]}" for name, args in self.by.items())
        return f"{self.claim} holds by {others} too"


@dataclass(frozen=True)
class Separates:
    """It makes a value differ from that of another formula, as something else does too.

    Without what the two lack, `own` here and `others` there, and without the argument, they are equal.
    """

    scene: Scene
    other: str
    others: tuple[str, ...]
    own: tuple[str, ...] = ()

    def check(self, formula: str, argument: str) -> None:
        """The two are equal without the argument, and only then."""
        here, there = formulas()[formula], without(formulas()[self.other], self.others)
        assert without(here, (*self.own, argument)) == there
        assert without(here, self.own) != there
        unchanged(self.scene, formula, argument)

    @property
    def words(self) -> str:
        """From what."""
        lost = ", ".join((*self.own, *self.others))
        return f"keeps it apart from {self.other.partition(' = ')[0]}, as {lost} in them would alone"


@dataclass(frozen=True)
class Several:
    """It tells apart the keys of the several SAs that one exchange makes; the search has one of them."""

    scene: Scene

    def check(self, formula: str, argument: str) -> None:
        """Of two SAs, the keys differ as long as it is there; no end draws it."""
        (atom,) = {part for part in formulas()[formula].subterms() if isinstance(part, Atom) and str(part) == argument}
        assert atom.by is None
        swapped = partial(_swap, atom, replace(atom, name=f"{atom.name} of another SA"))
        for dropped, differ in (((), True), ((argument,), False)):
            key = without(formulas()[formula], dropped)
            assert (rewritten(key, swapped) != key) is differ
        unchanged(self.scene, formula, argument)

    @property
    def words(self) -> str:
        """What it is for."""
        return "keeps the keys of the SAs apart that one exchange makes"


@dataclass(frozen=True)
class Fixed:
    """The identity is one that the key belongs to already: a private key to one end, a shared one to two."""

    scene: Scene

    def check(self, formula: str, argument: str) -> None:
        """It is an identity, and what holds the formula is made with a key of the ends."""
        named = next(part for part in formulas()[formula].subterms() if str(part) == argument)
        assert all(part.sort in NAMING for part in named.children or (named,))
        slots = [slot.term for message in self.scene.protocol({}).messages for slot in message.slots]
        holding = [term for term in slots if str(formulas()[formula]) in map(str, term.subterms())]
        assert holding
        assert all(any(map(_of_the_ends, term.subterms())) for term in holding)
        unchanged(self.scene, formula, argument)

    @property
    def words(self) -> str:
        """Why."""
        return "the key that proves belongs to the two ends, or to one of them, already"


@dataclass(frozen=True)
class Vector:
    """It makes the first vector differ from message to message, which encryption that is perfect does not need."""

    scene: Scene

    def check(self, formula: str, argument: str) -> None:
        """Nothing changes without any of the arguments, either."""
        assert argument in arguments(formulas()[formula])
        unchanged(self.scene, formula, *arguments(formulas()[formula]))

    @property
    def words(self) -> str:
        """Why."""
        return "makes vectors differ, which perfect encryption does not need"


@dataclass(frozen=True)
class Outside:
    """The formula stands in no message that is searched; what it is for."""

    purpose: str

    def check(self, formula: str, argument: str) -> None:
        """It is nowhere in what is searched."""
        assert argument in arguments(formulas()[formula])
        assert all(formula not in used(Scene(name).protocol({})) for name in FORMS)

    @property
    def words(self) -> str:
        """What it is for."""
        return self.purpose


def unchanged(scene: Scene, formula: str, *lost: str) -> None:
    """No verdict of the exchange changes without an argument, neither as it is nor in the scene."""
    assert formula in scene.formulas
    for each in {scene, Scene(scene.name, below=scene.below)}:
        assert set(broken(each, {formula: lost})) == set(broken(each, {})), (str(each), formula, lost)


def _and(dropped: Dropped, formula: str, argument: str) -> Mapping[str, tuple[str, ...]]:
    """Arguments that are lost, and one more."""
    return {**dropped, formula: (*dropped.get(formula, ()), argument)}  # type: ignore[dict-item]


def _swap(old: Term, new: Term, term: Term) -> Term:
    return new if term == old else term


def _of_the_ends(term: Term) -> bool:
    """Whether it is a key that one or two ends have."""
    return isinstance(term, (PrivateKey, Psk)) or term in LEFT
