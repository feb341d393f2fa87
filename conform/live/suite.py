"""Runs cases one after another, looks after the target between them, and says what each has shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from isakmp.conform.live.case import Allows, Case, Finding, Verdict, Where, reached
from isakmp.conform.live.dialogue import Unreached
from isakmp.conform.live.draft import NoSuchPlace
from isakmp.conform.live.following import FOLLOWING
from isakmp.conform.live.health import Calling, Canary, Health, answers
from isakmp.conform.live.hearing import Heard, Spoken
from isakmp.conform.live.lab import Lab
from isakmp.machine.errors import LocalMisuse
from isakmp.spec.terms import Role

GIVEN_UP: Final = 3
"""After so many cases that did not come to their message for the same reason, the others are not tried."""


_OF_THE_LIVING: Final = (Heard.ANSWER, Heard.ERROR, Heard.TOLD, Heard.REPEAT)

LATE: Final = "before this case, the target took no new exchange for a while"
"""What is said of a case for which the target had to be waited for."""


class NoTarget(Exception):
    """Nothing answers a first message, before any case was run."""


@dataclass(frozen=True)
class Result:
    """What one case has shown: the verdict, its reason, and all that was said."""

    case: Case
    verdict: Verdict
    reason: str
    evidence: tuple[Spoken, ...] = ()


class _Played(NamedTuple):
    """A result, and whether the case did not come to its message."""

    result: Result
    missed: bool

    @property
    def unsuspicious(self) -> bool:
        """Whether it conforms, and the target had the last word, one that only who lives can say."""
        result = self.result
        if result.verdict is not Verdict.CONFORMS or result.case.allows is Allows.LIFE or not result.evidence:
            return False
        return result.evidence[-1].kind in _OF_THE_LIVING


@dataclass
class Suite:
    """A run of cases against the target of a lab."""

    lab: Lab
    _missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _sound: set[str] = field(default_factory=set)
    _dead: bool = False

    def __post_init__(self) -> None:
        self._canary: Canary | Calling = Calling(self.lab) if self.lab.answers else Canary(self.lab)

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """The results, case by case.

        Raises:
            NoTarget: the target does not answer at the beginning.
        """
        self.begin()
        for case in cases:
            yield self.result_of(case)

    def begin(self) -> None:
        """Look whether somebody is there.

        Raises:
            NoTarget: the target does not answer a first message.
        """
        if not self._canary.prepare():
            raise NoTarget("no answer to a first message: is it the right address, and the policy one that it accepts?")

    def result_of(self, case: Case) -> Result:
        """Run one case, and look after the target behind it."""
        if self._dead and not answers(self.lab):
            return Result(case, Verdict.INCONCLUSIVE, f"not tried: {Health.DEAD.value}")
        self._dead = False
        for (place, why), times in self._missed.items():
            if place == _place(case) and times >= GIVEN_UP:
                return Result(case, Verdict.INCONCLUSIVE, f"not tried, as for other cases {why}")
        late = not self._canary.prepare()
        if late and not self._canary.awaited():
            self._dead = True
            return Result(case, Verdict.CRASHED, f"{Health.DEAD.value}; before this case was tried it did not either")
        result = self._looked_after(case)
        return replace(result, reason=f"{result.reason}; {LATE}") if late else result

    def _looked_after(self, case: Case) -> Result:
        """What a case shows, and what becomes of the target."""
        played = self._played(case)
        if played.unsuspicious and (not self._canary.remembers or self._canary.sings()):
            return played.result
        health = self._canary.examine()
        if health is Health.RESTARTED or (health is Health.WAITED and played.missed):
            # An exchange that is gone may have been given up for other reasons: what kills the target does so again.
            # And one that was not taken while there were too many is taken now.
            self._canary.prepare()
            again = self._played(case)
            health = self._canary.examine()
            played = played if health.crashed else again
        self._dead = health is Health.DEAD
        if played.missed:
            self._missed[_place(case), played.result.reason] += 1
        if health.crashed:
            return replace(_told(played.result, health.value), verdict=Verdict.CRASHED)
        if health in (Health.BUSY, Health.SILENT):
            return replace(_told(played.result, health.value), verdict=Verdict.INCONCLUSIVE)
        return played.result

    def _played(self, case: Case) -> _Played:
        dialogue, missed = self.lab.dialogue(), False
        try:
            self._try_honestly(case)
            finding = case.play(dialogue)
        except Unreached as reason:
            finding, missed = Finding(Verdict.INCONCLUSIVE, str(reason)), True
        except (NoSuchPlace, LocalMisuse) as missing:
            finding = Finding(Verdict.INCONCLUSIVE, f"the deviation cannot be made: {missing}")
        return _Played(Result(case, finding.verdict, finding.reason, tuple(dialogue.log)), missed)

    def _try_honestly(self, case: Case) -> None:
        """See once whether the message that a case changes is answered unchanged: else a refusal tells nothing.

        Raises:
            Unreached: it is not.
        """
        place = _place(case)
        if place in self._sound:
            return
        dialogue, over = self.lab.dialogue(), self.lab.exchanges[0]
        if self.lab.answers:
            exchange_of_phase_1 = case.exchange if case.exchange in self.lab.exchanges else over
            dialogue.taken(dialogue.reach(exchange_of_phase_1, case.step).datagram, case.step)
        elif case.exchange in self.lab.exchanges:
            exchange = dialogue.exchange(case.exchange)
            sent = [message.name for message in exchange.sent_by(Role.I)]
            if case.step in sent and case.step == exchange.messages[-1].name:
                dialogue.establish(case.exchange)
                dialogue.require_quick()
            elif case.step in sent:
                dialogue.taken(dialogue.reach(case.exchange, case.step).datagram, case.step)
        elif case.exchange in FOLLOWING and not FOLLOWING[case.exchange].by_quick:
            first = FOLLOWING[case.exchange].exchange.messages[0].name
            dialogue.taken(reached(dialogue, Where(case.exchange, first, over)).datagram, first)
        else:
            dialogue.establish(over)
            dialogue.require_quick()
        self._sound.add(place)


def _told(result: Result, what: str) -> Result:
    """The result, with what became of the target."""
    return replace(result, reason=f"{what}; before that, {result.reason}")


def _place(case: Case) -> str:
    return f"{case.exchange} {case.step}"
