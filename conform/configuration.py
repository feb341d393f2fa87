"""Judging transaction exchanges: attributes, and XAuth as a whole, whose rows both ends are walked through.

An onlooker sees what the edge device asks, what the client answers, and how it ended; why an answer was refused stays
with the authenticator. What users answer is never told.
"""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.conform.scene import Scene
from isakmp.conform.session import Session
from isakmp.conform.track import Track
from isakmp.conform.verdicts import MessageReport, Outcome
from isakmp.machine.configuration import about_user, faults, single, values_of
from isakmp.spec import xauth as x
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.configuration import ANSWERS
from isakmp.spec.guards import Check
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ATTR
from isakmp.spec.processes import Signal, process_table
from isakmp.spec.registries import ConfigAttribute, ConfigType, XauthStatus
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role

__all__ = ["attributes", "learn", "user_known"]

ATTRIBUTES = "attributes"
USER = "user authentication"
A = ConfigAttribute


def attributes(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether the attributes are of a type, identifier and length that may come now."""
    payload = scene.find(slot, ATTR)
    if payload is None:
        return None
    track, report = scene.track, scene.report
    report.notes.append(f"ATTR: {_in_words(payload)}")
    turned = ANSWERS.values() if scene.sender is Role.I else ANSWERS
    if payload.type in turned and track.asked is None:
        detail = "the exchange begins with an answer: messages are missing or out of order"
        report.check(ATTRIBUTES, Check.ATTRIBUTES.value.cite, detail, ok=None)
        track.turned = True
        return None
    answers = track.asked if scene.sender is Role.R else None
    found = [*faults(payload, answers, scene.sender), *_begun_by_client(scene, payload)]
    for detail, cite in found:
        scene.breach(ATTRIBUTES, slot, cite, detail)
    if not found:
        report.check(ATTRIBUTES, Check.ATTRIBUTES.value.cite, ok=True)
    if scene.sender is Role.I:
        track.asked = payload
    return not found


def _begun_by_client(scene: Scene, payload: ATTR) -> Iterator[tuple[str, str]]:
    """XAuth's requests and sets are "sent from an edge device": which end that is, the method says."""
    method = scene.session.method
    client = AUTHENTICATIONS[method].client if method in AUTHENTICATIONS else None
    begins = scene.sender is Role.I and about_user(payload)
    if begins and client is not None and scene.track.session_role(scene.sender) is client:
        yield "the client begins what the edge device has to", "XAUTH:6.1"


def _in_words(payload: ATTR) -> str:
    kind = ConfigType(payload.type).label if payload.type in frozenset(ConfigType) else f"type {int(payload.type)}"
    names = [_name(attribute.type) for attribute in payload.attributes]
    return f"{kind}: {', '.join(names) or 'no attributes'}"


def _name(number: int) -> str:
    return A(number).label if number in frozenset(A) else f"attribute {number}"


def user_known(scene: Scene, _: Slot | None) -> bool | None:
    """Answer whether the user was authenticated first, where the method of phase 1 demands it."""
    session, cite = scene.session, Check.USER_KNOWN.value.cite
    facts = AUTHENTICATIONS.get(session.method) if session.method is not None else None
    if facts is None or not facts.xauth:
        return True
    if all(state.kind is Kind.ESTABLISHED for state in session.users.values()) and session.users:
        scene.report.check(USER, cite, "the user has been authenticated", ok=True)
        return True
    scene.report.check(USER, cite, "the capture does not show that the user has been authenticated", ok=None)
    return None


def learn(track: Track, report: MessageReport, payload: ATTR) -> None:
    """Take a message of a transaction exchange that both ends have accepted: to XAuth, or for what it configures."""
    asked = track.asked
    answered = payload if payload is not asked else None
    if not about_user(payload, asked):
        if answered is not None and payload.type == ConfigType.REPLY:
            given = [_shown(kind, value) for kind, values in values_of(payload).items() for value in values]
            report.notes.append(f"configured: {', '.join(given) or 'nothing'}")
        return
    values = single(payload)
    status = int.from_bytes(values.get(A.XAUTH_STATUS, b""))
    session = track.session
    if not session.users:
        session.users = {role: process_table(x.XAUTH, role).initial for role in Role}
    match payload.type:
        case ConfigType.REQUEST:
            first = session.users[Role.I].kind is Kind.IDLE
            _move(session, report, Role.I, x.BEGIN if first else x.ASK_AGAIN)
        case ConfigType.REPLY:
            _move(session, report, Role.R, x.ASKED)
        case ConfigType.SET:
            _move(session, report, Role.I, x.ACCEPTED if status == XauthStatus.OK else x.REFUSED)
            _move(session, report, Role.R, x.STATUS_OK if status == XauthStatus.OK else x.STATUS_FAIL)
            if status == XauthStatus.FAIL:
                track.settled = Outcome.FAILED
                track.report.reason = "the edge device refuses the user"
        case ConfigType.ACK:
            _move(session, report, Role.I, x.ACKNOWLEDGED)


def _move(session: Session, report: MessageReport, role: Role, signal: Signal) -> None:
    """Let one end take the row of a signal."""
    (row,) = process_table(x.XAUTH, role).of(session.users[role], signal.event)
    report.effects.append(row.id)
    session.users[role] = row.destination


def _shown(kind: ConfigAttribute, value: bytes) -> str:
    if "IP4" in kind.name and len(value) in (4, 8):
        return f"{kind.label} {'.'.join(map(str, value[:4]))}"
    return f"{kind.label} {value.hex()}"
