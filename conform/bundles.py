"""Choices of phase 2 of more than one proposal: those of one number are meant together (RFC 2408 section 4.2).

ESP with AH, or ESP with compression, is offered as two proposals of the same number, and chosen as two.
"""

from __future__ import annotations

from isakmp.machine.negotiation import Choice, was_offered
from isakmp.spec.payloads import SA, Proposal
from isakmp.spec.registries import ProtocolId

__all__ = ["choice_of", "primary"]


def primary(answer: SA) -> Proposal | None:
    """The proposal of an answer that keys are made for: compression has none."""
    found = [proposal for proposal in answer.proposals if proposal.transforms]
    keyed = [proposal for proposal in found if proposal.protocol != ProtocolId.IPCOMP]
    return next(iter((*keyed, *found)), None)


def choice_of(offer: SA, answer: SA) -> Choice | None:
    """The choice, if it was offered: one proposal, or all of one number, each with one of its transforms."""
    chosen = primary(answer)
    if len(answer.proposals) == 1 or chosen is None:
        return was_offered(offer, answer)
    if len({proposal.number for proposal in answer.proposals}) != 1:
        return None
    for number in dict.fromkeys(proposal.number for proposal in offer.proposals):
        together = tuple(proposal for proposal in offer.proposals if proposal.number == number)
        among = offer.replace(proposals=together)
        each = [was_offered(among, answer.replace(proposals=(proposal,))) for proposal in answer.proposals]
        if len(each) == len(together) and None not in each:
            return Choice(answer, chosen, chosen.transforms[0])
    return None
