"""XAuth as a whole: the edge device asks, in as many rounds as its authenticator wants, until the user is known or not.

Source: draft-beaulieu-ike-xauth-02 sections 5 and 6. The edge device is the initiator of each transaction exchange, the
client the responder, whoever began phase 1. State names are those of pluto's logs, from which the ends take theirs.
"""

from __future__ import annotations

from typing import Final

from isakmp.spec.events import Action
from isakmp.spec.processes import Process, Rule, Signal
from isakmp.spec.registries import ConfigAttribute, ExchangeType
from isakmp.spec.registries.vendor_ids import vendor_octets
from isakmp.spec.table import FAILED, Kind, State

XAUTH_VENDOR_ID: Final = vendor_octets("XAUTH")
"""Announces XAuth: eight octets (section 4)."""

XAUTH_ATTRIBUTES: Final = frozenset(one for one in ConfigAttribute if one.name.startswith("XAUTH_"))
"""The attributes of XAuth (section 6.2): what tells its messages from those of mode config."""

SECRETS: Final = frozenset(
    {
        ConfigAttribute.XAUTH_USER_PASSWORD,
        ConfigAttribute.XAUTH_PASSCODE,
        ConfigAttribute.XAUTH_NEXT_PIN,
        ConfigAttribute.XAUTH_ANSWER,
    }
)
"""Attributes whose values nothing shows unasked: what only the user knows or has (section 10)."""

BEGIN: Final = Signal("begin", "phase 1 is complete, and the user has to be authenticated")
ASKED: Final = Signal("asked", "a request of the edge device came and was answered")
ASK_AGAIN: Final = Signal("ask again", "the answer is not enough, or is wrong and tries are left")
ACCEPTED: Final = Signal("accepted", "the authenticator has accepted the user")
REFUSED: Final = Signal("refused", "the authenticator has refused the user, or the client says that it cannot answer")
ACKNOWLEDGED: Final = Signal("acknowledged", "the client has acknowledged the status")
STATUS_OK: Final = Signal("status ok", "the edge device says that the user is authenticated")
STATUS_FAIL: Final = Signal("status fail", "the edge device says that the user is refused")
NO_ANSWER: Final = Signal("no answer", "a transaction exchange ended without an answer, or the user took too long")

EDGE_0, EDGE_1 = State("XAUTH_R0", Kind.IDLE), State("XAUTH_R1", Kind.RUNNING)
EDGE_OK, EDGE_FAIL = State("XAUTH_R2", Kind.RUNNING), State("XAUTH_R3", Kind.RUNNING)
ADMITTED: Final = frozenset({"XAUTH_R2", "XAUTH_R4", "XAUTH_I2"})
"""Where the user is authenticated. An edge device has decided once it tells so: the acknowledgement may be late."""
EDGE_DONE: Final = State("XAUTH_R4", Kind.ESTABLISHED)
CLIENT_0, CLIENT_1 = State("XAUTH_I0", Kind.IDLE), State("XAUTH_I1", Kind.RUNNING)
CLIENT_DONE: Final = State("XAUTH_I2", Kind.ESTABLISHED)

_ROUNDS, _END = "XAUTH:5", "XAUTH:6"
_ENDS = (Action.LOG, Action.END_SA)

XAUTH: Final = Process(
    name="xauth",
    title="Extended Authentication (XAuth)",
    prefix="XAUTH",
    carrier=ExchangeType.TRANSACTION,
    cite=_ROUNDS,
    ends=("edge device", "client"),
    signals=(BEGIN, ASKED, ASK_AGAIN, ACCEPTED, REFUSED, ACKNOWLEDGED, STATUS_OK, STATUS_FAIL, NO_ANSWER),
    states=(
        (EDGE_0, EDGE_1, EDGE_OK, EDGE_FAIL, EDGE_DONE, FAILED),
        (CLIENT_0, CLIENT_1, CLIENT_DONE, FAILED),
    ),
    rules=(
        (
            Rule(EDGE_0, BEGIN, (Action.ASK_USER,), EDGE_1, _ROUNDS, "the edge device asks first"),
            Rule(EDGE_0, ACCEPTED, (Action.TELL_STATUS,), EDGE_OK, "XAUTH:5.5", "nothing has to be asked"),
            Rule(EDGE_0, REFUSED, (Action.TELL_STATUS,), EDGE_FAIL, _END, "nobody is there who could judge an answer"),
            Rule(EDGE_1, ASK_AGAIN, (Action.ASK_USER,), None, _ROUNDS, "several rounds make one authentication"),
            Rule(EDGE_1, ACCEPTED, (Action.TELL_STATUS,), EDGE_OK, _ROUNDS, "the user is told"),
            Rule(EDGE_1, REFUSED, (Action.TELL_STATUS,), EDGE_FAIL, _END, "tries are used up, or the client gives up"),
            Rule(EDGE_1, NO_ANSWER, _ENDS, FAILED, _END, "a user that is not authenticated leaves no SA"),
            Rule(EDGE_OK, ACKNOWLEDGED, (Action.ADMIT_USER,), EDGE_DONE, _ROUNDS, "the client knows that it may go on"),
            Rule(EDGE_OK, NO_ANSWER, _ENDS, FAILED, _END, "the client does not know how it ended"),
            Rule(EDGE_FAIL, ACKNOWLEDGED, _ENDS, FAILED, _END, "the SA is deleted at once"),
            Rule(EDGE_FAIL, NO_ANSWER, _ENDS, FAILED, _END, "the SA is deleted all the same"),
        ),
        (
            Rule(CLIENT_0, ASKED, (Action.LOG,), CLIENT_1, _ROUNDS, "the first request"),
            Rule(CLIENT_0, STATUS_OK, (Action.ADMIT_USER,), CLIENT_DONE, "XAUTH:5.5", "nothing was asked"),
            Rule(CLIENT_0, STATUS_FAIL, _ENDS, FAILED, _END, "refused before anything was asked"),
            Rule(CLIENT_0, NO_ANSWER, _ENDS, FAILED, _END, "the edge device does not ask"),
            Rule(CLIENT_1, ASKED, (Action.LOG,), None, _ROUNDS, "a further request"),
            Rule(CLIENT_1, STATUS_OK, (Action.ADMIT_USER,), CLIENT_DONE, _ROUNDS, "the SA may be used"),
            Rule(CLIENT_1, STATUS_FAIL, _ENDS, FAILED, _END, "the edge device refuses the user"),
            Rule(CLIENT_1, NO_ANSWER, _ENDS, FAILED, _END, "the edge device does not go on"),
        ),
    ),
)
"""Edge device first, as the initiator of the transaction exchanges; then the client."""
