"""A case: which statement of which document, what is sent, and which reactions the document allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from isakmp.conform.live.dialogue import TRIES, Dialogue, Pending
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.following import FOLLOWING
from isakmp.conform.live.hearing import Heard, Spoken
from isakmp.spec.citations import Cite
from isakmp.spec.requirements import Level, Requirement, requirements
from isakmp.spec.terms import Role


class Allows(Enum):
    """The reactions that a case allows."""

    REFUSAL = "silence or an error notification, and never the next message of the exchange"
    ANSWER = "the next message of the exchange, as if nothing were special"
    REPEAT = "the same octets as before, or silence"
    TIMER = "the message before, octet for octet, after longer and longer waits and not without end; or silence"
    UNSUPPORTED = "the notification ATTRIBUTES-NOT-SUPPORTED"
    CONNECTED = "CONNECTED, protected, under the message id of the quick mode, where the commit bit was set"
    SILENCE = "no answer at all"
    NO_HARM = "whatever is not acted upon: an honest quick mode is answered as before"
    END = "the SA ends: a quick mode under it is not answered any more"
    LIFE = "anything, as long as a first message is answered afterwards"


class Verdict(Enum):
    """What a case has shown."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    INCONCLUSIVE = "inconclusive"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Finding:
    """A verdict with its reason in words."""

    verdict: Verdict
    reason: str


Play = Callable[[Dialogue], Finding]


@dataclass(frozen=True)
class Case:
    """One case of the suite.

    `name` says role, exchange, document, section, step and what is special: `responder.main.rfc2408.5.2.step1.major`.
    `requirement` is the statement's number in `isakmp requirements`, empty where the section says it without one of
    its words. `sent` says what is special about the message `step` of `exchange`; `play` carries it out.
    `change` is what is done to that message, where the case is no more than one message sent otherwise.
    """

    name: str
    exchange: str
    step: str
    cite: Cite
    level: Level
    requirement: str
    sent: str
    allows: Allows
    play: Play
    change: Change | None = None

    @property
    def document(self) -> str:
        """The document: `RFC2408`."""
        return self.cite.partition(":")[0]

    @property
    def section(self) -> str:
        """The section in it: `5.2`."""
        return self.cite.partition(":")[2]


@dataclass(frozen=True)
class Rule:
    """What a case is about: section, level, and the number of the statement where there is one."""

    cite: Cite
    level: Level
    requirement: str = ""


_STRENGTH = (Level.MUST, Level.SHOULD, Level.RULE)


def _of_receivers(one: Requirement) -> bool:
    return one.statement.startswith(("A receiver", "A larger", "A message"))


def rule_for(cite: Cite, *covered_by: str, level: Level = Level.RULE) -> Rule:
    """The statement that is covered by one of those names: what a receiver has to do before what a sender has to.

    Of several, the strongest, and one of the section given before others. Where there is none, the section itself with
    that level.
    """
    found = [
        one for one in requirements() if one.level in _STRENGTH and any(name in one.covered_by for name in covered_by)
    ]
    found.sort(key=lambda one: (not _of_receivers(one), _STRENGTH.index(one.level), one.cite != cite))
    if not found:
        return Rule(cite, level)
    return Rule(found[0].cite, found[0].level, found[0].id)


def stated(number: str) -> Rule:
    """The statement of that number.

    Raises:
        KeyError: there is none.
    """
    for one in requirements():
        if one.id == number:
            return Rule(one.cite, one.level, one.id)
    raise KeyError(number)


def of_senders(number: str) -> Rule:
    """A statement that binds who sends: a receiver that is liberal about it breaks no MUST of its own.

    Raises:
        KeyError: there is none of that number.
    """
    return replace(stated(number), level=Level.RULE)


@dataclass(frozen=True)
class Change:
    """A deviation: a word for names, words for people, and what it does to an honest message."""

    slug: str
    words: str
    apply: Callable[[Draft], Draft]


@dataclass(frozen=True)
class Where:
    """A message of an exchange.

    `over` is the exchange of phase 1 under which one of phase 2 runs, `role` is the target's.
    """

    exchange: str
    step: str
    over: str = "main"
    role: str = Role.R.value

    @property
    def receiver(self) -> Role:
        """The role of the target, which receives the message."""
        return Role.R if self.role == Role.R.value else Role.I

    @property
    def number(self) -> str:
        """`step3` for MM3; the only message of an informational exchange is its first."""
        return f"step{''.join(filter(str.isdecimal, self.step)) or '1'}"


def name_of(where: Where, rule: Rule, slug: str) -> str:
    """The name of a case."""
    document, _, section = rule.cite.partition(":")
    return f"{where.role}.{where.exchange}.{document.lower()}.{section.replace(' ', '')}.{where.number}.{slug}"


def case(where: Where, rule: Rule, change: tuple[str, str], allows: Allows, play: Play) -> Case:
    """A case by its parts; `change` is the word for the name, and what is sent in words."""
    slug, sent = change
    name = name_of(where, rule, slug)
    return Case(name, where.exchange, where.step, rule.cite, rule.level, rule.requirement, sent, allows, play)


def reached(dialogue: Dialogue, where: Where) -> Pending:
    """Play honestly up to a message.

    Raises:
        Unreached: the target does not play its part.
    """
    if where.receiver is Role.I:
        return dialogue.reach(where.over if where.exchange == "quick" else where.exchange, where.step)
    following = FOLLOWING.get(where.exchange)
    if following is not None:
        if following.prepare(dialogue.config) != dialogue.config:
            dialogue.use(following.prepare(dialogue.config))
        dialogue.establish(where.over, user=following.user)
    return dialogue.reach(where.exchange, where.step)


def deviation(where: Where, rule: Rule, change: Change, allows: Allows = Allows.REFUSAL) -> Case:
    """A case that sends one message otherwise."""

    def play(dialogue: Dialogue) -> Finding:
        return send_changed(dialogue, reached(dialogue, where), change, allows)

    return replace(case(where, rule, (change.slug, change.words), allows, play), change=change)


def send_changed(dialogue: Dialogue, pending: Pending, change: Change, allows: Allows) -> Finding:
    """Send a message with its deviation, and judge what comes."""
    datagram = pending.seal(change.apply(pending.draft()))
    table = pending.run.table
    last = table.role is Role.I and pending.template is table.exchange.messages[-1]
    what = f"{pending.template.name}, {change.words}"
    if allows is Allows.ANSWER:
        return _wanted(dialogue, datagram, what)
    dialogue.say(datagram, what)
    heard = list(dialogue.listen())
    finding = judged(heard, allows)
    if finding.verdict is Verdict.CONFORMS and last and allows is Allows.REFUSAL and pending.run.sa is None:
        block = datagram[-pending.run.known.values.block_length :]
        return unestablished(dialogue, block)
    return finding


def _wanted(dialogue: Dialogue, datagram: bytes, what: str) -> Finding:
    heard: list[Spoken] = []
    for _ in range(TRIES):
        dialogue.say(datagram, what)
        for spoken in dialogue.listen():
            heard.append(spoken)
            if spoken.kind in (Heard.ANSWER, Heard.ERROR):
                return judged(heard, Allows.ANSWER)
    return judged(heard, Allows.ANSWER)


def judged(heard: Iterable[Spoken], allows: Allows) -> Finding:
    """What was heard after the deviation, against what is allowed."""
    said = [spoken for spoken in heard if spoken.kind is not Heard.OTHER]
    answers = [spoken for spoken in said if spoken.kind is Heard.ANSWER]
    # A delete tells of what the target has given up by itself; what follows from it, an honest quick mode will show.
    fresh = [spoken for spoken in said if spoken.kind not in (Heard.REPEAT, Heard.DELETE)]
    told = ", ".join(dict.fromkeys(spoken.what for spoken in said)) or "silence"
    match allows:
        case Allows.REFUSAL:
            bad = bool(answers)
        case Allows.ANSWER:
            bad = not answers
        case Allows.REPEAT:
            bad = bool(answers)
        case Allows.SILENCE:
            bad = bool(fresh)
        case _:
            bad = False
    return Finding(Verdict.DEVIATES if bad else Verdict.CONFORMS, f"the reaction was {told}")


def unestablished(dialogue: Dialogue, last_block: bytes | None = None) -> Finding:
    """Whether a target that was refused its proof uses the SA nevertheless."""
    if dialogue.answered(last_block):
        return Finding(Verdict.DEVIATES, "a quick mode under the ISAKMP SA was answered: it was established")
    return Finding(Verdict.CONFORMS, "a quick mode under the ISAKMP SA was not answered: it was not established")
