"""Dead peer detection (RFC 3706): a process beside each ISAKMP SA, for as long as it lives.

The initiator of the process is whoever asks, the responder whoever answers; each end is both. A question (R-U-THERE)
and its answer (R-U-THERE-ACK) are notifications in protected informational exchanges; the figure of section 5.2 lists
NOTIFY before HASH, but HASH comes first, as RFC 2409 section 5.7 wants it.
"""

from __future__ import annotations

from typing import Final

from isakmp.spec.events import Action
from isakmp.spec.processes import Process, Rule, Signal
from isakmp.spec.registries import ExchangeType
from isakmp.spec.registries.vendor_ids import vendor_octets
from isakmp.spec.table import Kind, State

CITE = "RFC3706:5"

DPD_VENDOR_ID: Final = vendor_octets("Dead Peer Detection 1.0")
"""Announces dead peer detection: fourteen octets, then major and minor version (RFC 3706 section 5.1)."""

DPD_VERSION_OCTETS: Final = 2
"""Octets of the version at the end of the vendor id (RFC 3706 section 5.1)."""

DPD_ANNOUNCED: Final = DPD_VENDOR_ID[:-DPD_VERSION_OCTETS]
"""What announces it in whatever version."""

SEQUENCE_OCTETS: Final = 4
"""Octets of a sequence number (RFC 3706 section 5.3)."""

FIRST_SEQUENCE_MASK: Final = 0x7FFF_FFFF
"""The high bit of the first sequence number is zero, so that it does not roll over (RFC 3706 section 6.2)."""

SILENCE = Signal("silence", "nothing protected was heard from the peer for the time that the user chose")
UNANSWERED = Signal("unanswered", "no answer came in time, and tries are left")
GIVEN_UP = Signal("given up", "no answer came in time, and no tries are left")
ACKNOWLEDGED = Signal("acknowledged", "an R-U-THERE-ACK with the cookies and the sequence number of the question")
HEARD = Signal("heard", "another message of the peer, or traffic, proved that it lives")
QUESTION = Signal("question", "an R-U-THERE with the cookies of the SA and a sequence number that is not too low")
REFUSED = Signal("refused", "a question or an answer with wrong cookies or a wrong sequence number")

QUIET = State("DPD_I0", Kind.IDLE)
ASKING = State("DPD_I1", Kind.RUNNING)
DEAD = State("DPD_DEAD", Kind.ENDED)
ANSWERING = State("DPD_R0", Kind.IDLE)

DPD = Process(
    name="dpd",
    title="Dead Peer Detection",
    prefix="DPD",
    carrier=ExchangeType.INFORMATIONAL,
    cite=CITE,
    ends=("who asks", "who answers"),
    signals=(SILENCE, UNANSWERED, GIVEN_UP, ACKNOWLEDGED, HEARD, QUESTION, REFUSED),
    states=((QUIET, ASKING, DEAD), (ANSWERING,)),
    rules=(
        (
            Rule(QUIET, SILENCE, (Action.SEND, Action.ARM_TIMER), ASKING, "RFC3706:5.5",
                 "the peer was idle: ask whether it lives"),
            Rule(ASKING, UNANSWERED, (Action.SEND, Action.ARM_TIMER), None, "RFC3706:5.4",
                 "ask again, with the same sequence number, and wait longer"),
            Rule(ASKING, ACKNOWLEDGED, (Action.STOP_TIMER,), QUIET, "RFC3706:6.1", "the question is answered"),
            Rule(ASKING, HEARD, (Action.STOP_TIMER,), QUIET, "RFC3706:5.4", "traffic is proof that the peer lives"),
            Rule(ASKING, GIVEN_UP, (Action.LOG, Action.FORGET), DEAD, "RFC3706:5.4",
                 "after some number of questions the peer is taken to be unreachable"),
        ),
        (
            Rule(ANSWERING, QUESTION, (Action.SEND,), None, "RFC3706:6.1",
                 "answered with the same sequence number"),
        ),
    ),
    unknown="no question is open that it could settle",
)  # fmt: skip
