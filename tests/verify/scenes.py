"""Where formulas are tried: an exchange or a variant of it, encrypted or in the clear, alone or on top of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from isakmp.spec.claims import claim
from isakmp.spec.messages import Exchange, Protection
from isakmp.spec.terms import Role
from isakmp.spec.variants import STANDARD, VARIANTS, verified
from isakmp.verify.models import Protocol, alone, on_top, settled, varied
from isakmp.verify.search import INSIDERS, Search, claims_of
from tests.verify.formulas import Dropped, used, weakened, weaker

SESSIONS = 2
FORMS: dict[str, Exchange] = {"-".join((exchange.key, *forms)): exchange for exchange, forms in verified()}
"""The exchanges as the documents have them, in all their forms, by name."""
_VARIANTS = {variant.name: variant for variant in VARIANTS}


@dataclass(frozen=True)
class Scene:
    """An exchange by its name, a variant of it, and the phase 1 below it, if any.

    `clear` takes the encryption of messages away, so that it cannot stand in for what hashes cover.
    """

    name: str
    variant: str = STANDARD
    below: str | None = None
    clear: bool = False
    sessions: int = SESSIONS

    def __str__(self) -> str:
        changed = "" if self.variant == STANDARD else f" {self.variant}"
        return f"{self.name}{changed}{f' on {self.below}' if self.below else ''}{' in the clear' if self.clear else ''}"

    def protocol(self, dropped: Dropped) -> Protocol:
        """What is to be searched, with formulas that have lost arguments."""
        if self.below is not None:
            made = on_top(FORMS[self.below], FORMS[self.name])
        elif self.variant != STANDARD:
            variant, exchange = _VARIANTS[self.variant], FORMS[self.name]
            # What the ends may agree on stays the same, whatever hashes cover.
            made = replace(varied(weaker(settled(exchange), dropped), variant), data=varied(exchange, variant).data)
        else:
            made = alone(FORMS[self.name])
        made = weakened(made, dropped)
        if not self.clear:
            return made
        return replace(made, messages=tuple(replace(each, protection=Protection.CLEAR) for each in made.messages))

    @property
    def formulas(self) -> frozenset[str]:
        """The equations of the formulas that it rests on, before a variant changes them."""
        return used(replace(self, variant=STANDARD).protocol({}))


def breaks(scene: Scene, role: Role, name: str, dropped: Dropped) -> bool:
    """Whether a claim of a role breaks where formulas have lost arguments."""
    return _breaks(scene, role, name, tuple(sorted((formula, *sorted(lost)) for formula, lost in dropped.items())))


@cache
def _breaks(scene: Scene, role: Role, name: str, dropped: tuple[tuple[str, ...], ...]) -> bool:
    return _asked(_search(scene, dropped), role, name)


@lru_cache(maxsize=8)
def _search(scene: Scene, dropped: tuple[tuple[str, ...], ...]) -> Search:
    return Search(scene.protocol({formula: lost for formula, *lost in dropped}), scene.sessions)


def _asked(search: Search, role: Role, name: str) -> bool:
    compromises = INSIDERS | frozenset(claim(name).needs)
    return search.ask(role, name, compromises, trace=False).attack is not None


def broken(scene: Scene, dropped: Dropped) -> Iterator[tuple[Role, str]]:
    """All claims that break, with their roles."""
    for role in Role:
        for each in claims_of(scene.protocol({}), role):
            if breaks(scene, role, each.name, dropped):
                yield role, each.name
