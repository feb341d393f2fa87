"""Further SAs of a quick mode: "multiple SA's and keys can be negotiated with one exchange" (RFC 2409 section 5.5).

Every SA payload is offered and answered for itself, and has SPIs and keying material of its own. All are made, or none:
nothing says how an answer would leave one out. As there is one KE payload for all, they name the same group or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from isakmp.machine.errors import LocalMisuse
from isakmp.machine.negotiation import Choice, choose_ipsec, phase_2_offer, read_bundle, was_offered
from isakmp.machine.offering import draw_spis, offerable
from isakmp.machine.run import Further, Knowledge, Step
from isakmp.machine.transform_rules import spi_free
from isakmp.spec.payloads import SA


def others_of(step: Step) -> tuple[SA, ...]:
    """The SA payloads behind the first."""
    return tuple(payload for payload in step.chain.payloads if isinstance(payload, SA))[1:]


def offer_further(step: Step) -> tuple[SA, ...]:
    """The SA payloads that follow the first in an initiator's offer.

    Raises:
        LocalMisuse: the proposals name several groups, or only private ones that are not agreed on.
    """
    draft, config = step.draft, step.run.config
    wanted = [offerable(draft, suites) for suites in config.further_sas]
    if not all(wanted):
        raise LocalMisuse("no proposal of a further SA names a group that is agreed on")
    if wanted and len({suite.group for suites in (config.ipsec, *wanted) for suite in suites}) > 1:
        raise LocalMisuse("the proposals of several SAs name different groups (RFC2409:5.5: one for all, or none)")
    found: list[Further] = []
    for suites in wanted:
        spi, others = draw_spis(step.run.backend, suites)
        found.append(Further(phase_2_offer(suites, spi, others), spi, others))
    draft.further = tuple(found)
    return tuple(each.offer for each in found)


def choose_further(step: Step) -> str:
    """Choose one proposal of each further offer; in words why not, or nothing."""
    draft, config, backend = step.draft, step.run.config, step.run.backend
    offers = others_of(step)
    if len(offers) > len(config.further_sas):
        return f"{1 + len(offers)} SAs are offered at once, where policy knows {1 + len(config.further_sas)}"
    group = draft.ipsec.group if draft.ipsec is not None else None
    found: list[Further] = []
    for offer, policy in zip(offers, config.further_sas, strict=False):
        suites = tuple(suite for suite in offerable(draft, policy) if suite.group == group)
        spi, others = draw_spis(backend, suites)
        chosen = choose_ipsec(offer, suites, spi, others)
        if chosen is None:
            return "no offered proposal of a further SA is acceptable to local policy"
        choice, suite = chosen
        number = choice.proposal.number
        peer = {p.protocol: p.spi for p in offer.proposals if p.number == number}
        found.append(Further(offer, spi, others, choice, suite, peer))
    draft.further = tuple(found)
    return ""


def take_further(step: Step) -> str:
    """Take what the responder chose of each further offer; in words what is wrong with its answer, or nothing."""
    draft, answers = step.draft, others_of(step)
    if len(answers) != len(draft.further):
        return f"{1 + len(answers)} SA payloads answer {1 + len(draft.further)}"
    choices = [was_offered(each.offer, answer) for each, answer in zip(draft.further, answers, strict=True)]
    taken = [_taken(each, choice) for each, choice in zip(draft.further, choices, strict=True)]
    found = tuple(each for each in taken if each is not None)
    group = draft.ipsec.group if draft.ipsec is not None else None
    if len(found) < len(taken) or any(each.suite is None or each.suite.group != group for each in found):
        return "the answer to a further SA is not one of the offered proposals, unchanged, under SPIs that are free"
    draft.further = found
    return ""


def _taken(each: Further, choice: Choice | None) -> Further | None:
    suite = read_bundle(choice.answer) if choice is not None else None
    if choice is None or suite is None or not all(map(spi_free, choice.answer.proposals)):
        return None
    return replace(each, choice=choice, suite=suite, peer_spis={p.protocol: p.spi for p in choice.answer.proposals})


def answers_of(known: Knowledge) -> Sequence[SA]:
    """The SA payloads that follow the first in a responder's answer."""
    return [each.choice.answer for each in known.further if each.choice is not None]


def spis_of_further(known: Knowledge) -> Iterator[tuple[int, bytes, bytes]]:
    """For each protocol of the further SAs its number, our SPI, and the peer's (empty as long as it is not known)."""
    for each in known.further:
        for part in each.suite.parts if each.suite is not None else ():
            own = each.spi if part is each.suite else each.others[part.protocol]
            yield part.protocol, own, each.peer_spis.get(part.protocol, b"")
