"""``isakmp verify --attack``: each attack in files: text, ladder diagram, capture, and the keys that open it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from isakmp.cli import output
from isakmp.cli.keyentries import of_pair, of_sa
from isakmp.conform.capture import Datagram, Endpoint
from isakmp.conform.keytypes import KeyForm
from isakmp.conform.netlayers import address_text
from isakmp.conform.pcapwrite import write_pcap
from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Credentials
from isakmp.spec.claims import COMPROMISES
from isakmp.spec.keying import Auth
from isakmp.spec.limits import ISAKMP_PORT
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from isakmp.spec.traces import Step, Trace
from isakmp.verify.hosts import HOSTS, NOW, shared_key
from isakmp.verify.outcome import broken, pair_of
from isakmp.verify.replay import Replay, UnplayableError, replay
from isakmp.verify.search import scripts_of
from isakmp.verify.trace import EVE, NAMES, DefectError, Line, Story, cast_of, told

if TYPE_CHECKING:
    from isakmp.cli.searching import Answer
    from isakmp.verify.search import Session

MALLORY: Final = NAMES[EVE]
SEED: Final = 0
"""Of the key pairs of hosts: the same in every replay."""


def name_of(answer: Answer) -> str:
    """What the files of an attack are called, without suffix."""
    question = answer.question
    protocol = question.protocol
    about = [protocol.key, protocol.changes, question.role.value, question.claim.name]
    if not question.usual:
        about.append("+".join(sorted(each.value for each in question.compromises)))
    return ".".join(about)


def write_attack(answer: Answer, folder: Path) -> str:
    """Replay an attack and write its files; the folder is made. What is returned tells, in words, what was done.

    Raises:
        DefectError: the attack cannot be replayed, or breaks nothing.
        OSError: a file cannot be written.
        RenderError: no program can draw.
    """
    from isakmp.diagrams.render import draw
    from isakmp.diagrams.trace import trace_ladder

    question, attack = answer.question, answer.attack
    if attack is None:
        raise ValueError("an answer without an attack")
    story = Story(scripts_of(question.protocol), attack)
    lines = tuple(told(story, question.compromises))
    unplayable, replayed = "", None
    try:
        replayed = replay(story, question.compromises, key_pair)
    except UnplayableError as error:
        unplayable = f"not replayed, as the machine has no means for {error}"
    if replayed is not None and not broken(question.claim, replayed, question.compromises):
        raise DefectError(f"{name_of(answer)}: the replay does not break the claim")
    frames = {} if replayed is None else _numbered(replayed)
    files = {
        "txt": _text(answer, story, lines, frames, _ends(replayed, unplayable)).encode(),
        "svg": draw(trace_ladder(_trace(answer, story, lines, replayed)), "svg"),
    }
    if replayed is not None:
        files["pcap"] = _capture(replayed, frames)
        files["keys.json"] = _key_file(replayed)
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / name_of(answer)
    output.save_all({f"{base}.{suffix}": content for suffix, content in files.items()})
    return unplayable or f"replayed: {base}.*"


@cache
def key_pair(host: str) -> Credentials:
    """The RSA key pair of a host, with its certificate."""
    from isakmp.cli import throwaway

    issuer = throwaway.authority(NOW, SEED)
    return throwaway.credentials(issuer, f"{host}.example", AuthMethod.RSA_SIG, load_backend("openssl"))


# ---- what was on the wire --------------------------------------------------------------------------------------------

Frame = tuple[float, str, str, bytes]


def _wire(replayed: Replay) -> Iterator[tuple[int | None, Frame]]:
    """Every datagram as a frame; the number is that of the line that tells it, None for the phase 1 before."""
    known: set[tuple[str, str]] = set()
    for end in replayed.ends:
        if end.below is not None and (end.session.agent, end.session.peer) not in known:
            yield from ((None, frame) for frame in end.below.datagrams)
        known |= {(end.session.agent, end.session.peer), (end.session.peer, end.session.agent)}
    for number, each in enumerate(replayed.deliveries):
        ends = (each.session.agent, each.session.peer)
        sender, receiver = ends if each.out else reversed(ends)
        yield number, (each.time, sender, receiver, each.datagram)


def _numbered(replayed: Replay) -> dict[int, int]:
    """The frame of each line. What is passed on between the same two addresses is one frame: nobody sees it twice."""
    frames: dict[int, int] = {}
    places: dict[tuple[str, str, bytes], int] = {}
    count = 0
    for line, (_, sender, receiver, octets) in _wire(replayed):
        key = (sender, receiver, octets)
        if key not in places:
            count += 1
            places[key] = count
        if line is not None:
            frames[line] = places[key]
    return frames


def _capture(replayed: Replay, frames: Mapping[int, int]) -> bytes:
    ends = {name: Endpoint(address_text(identity.data), ISAKMP_PORT) for name, identity in HOSTS.items()}
    written: list[Datagram] = []
    for line, (time, sender, receiver, octets) in _wire(replayed):
        number = len(written) + 1
        if line is None or frames[line] == number:
            written.append(Datagram(number, time, ends[sender], ends[receiver], octets))
    content = BytesIO()
    write_pcap(content, written)
    return content.getvalue()


def _key_file(replayed: Replay) -> bytes:
    """The keys of every session that has any, for `isakmp check --keys`."""
    entries: dict[str, dict[str, Any]] = {}
    quick_modes: dict[tuple[bytes, int], dict[str, Any]] = {}
    for end in replayed.ends:
        sa, pair = end.sa, pair_of(end)
        if sa is None:
            continue
        entry = entries.setdefault(sa.cookies.hex(), of_sa(sa))
        if end.protocol.auth in (None, Auth.PSK):
            entry["psk"] = shared_key(end.session.agent, end.session.peer).decode()
        if pair is not None:  # two ends of one quick mode say the same of it
            quick_modes.setdefault((sa.cookies, pair.message_id), of_pair(pair, end.session.role))
    for (cookies, _), quick_mode in quick_modes.items():
        entries[cookies.hex()].setdefault("quick_modes", []).append(quick_mode)
    document: dict[str, Any] = {
        "format": str(KeyForm.IKEV1_CAPTURE),
        "description": "keys of the sessions of an attack, made by isakmp verify",
        "ike_sas": list(entries.values()),
    }
    return (json.dumps(document, indent=2) + "\n").encode()


# ---- text ------------------------------------------------------------------------------------------------------------


def _ends(replayed: Replay | None, unplayable: str) -> list[str]:
    """What the sessions have come to, or why that is not known."""
    return [unplayable] if replayed is None else [_end_words(end.session, end.state) for end in replayed.ends]


def _end_words(session: Session, state: str) -> str:
    return f"session {session.number}: {NAMES[session.agent]} ends in {state}, with {NAMES[session.peer]} in mind"


def _text(answer: Answer, story: Story, lines: tuple[Line, ...], frames: Mapping[int, int], ends: Iterable[str]) -> str:
    question = answer.question
    protocol, claim = question.protocol, question.claim
    steps = (
        f"{number + 1}. {line}" + (f"  [frame {frames[number]}]" if number in frames else "")
        for number, line in enumerate(lines)
    )
    about = [
        f"{protocol.key} {protocol.changes}, claim of the {question.role.value}: {claim.name}",
        f"The claim: {claim.meaning} ({claim.source}).",
        *(f"Given: {COMPROMISES[each]}." for each in sorted(question.compromises, key=lambda c: c.value)),
        *([f"Why it breaks: {answer.why} ({answer.source})."] if answer.why else []),
    ]
    return "\n\n".join("\n".join(part) for part in (about, cast_of(story), steps, ends)) + "\n"


# ---- the ladder ------------------------------------------------------------------------------------------------------


def _trace(answer: Answer, story: Story, lines: tuple[Line, ...], replayed: Replay | None) -> Trace:
    question, sessions = answer.question, story.sessions
    lanes = {number: f"{NAMES[each.agent]} {number}" for number, each in sessions.items()}
    left = [lanes[number] for number, each in sessions.items() if each.role is Role.I]
    right = [lane for lane in lanes.values() if lane not in left]
    steps: list[Step] = []
    for number, line in enumerate(lines, 1):
        lane, named = lanes[line.session], NAMES[sessions[line.session].peer]
        sender, receiver = (lane, MALLORY) if line.out else (MALLORY, lane)
        detail = f"{'to' if line.out else 'as'} {named}" if named != MALLORY else ""
        steps.append(Step(number, sender, receiver, line.message, detail, f"made by {MALLORY}" if line.forged else ""))
    states = {} if replayed is None else {end.session.number: end.state for end in replayed.ends}
    peer = NAMES[sessions[1].peer]
    steps.append(
        Step(len(lines) + 1, lanes[1], lanes[1], states.get(1, "the end"), f"with {peer} in mind", question.claim.name)
    )
    about = f"{question.protocol.key} {question.protocol.changes}"
    return Trace(f"{about}: {question.claim.name} of the {question.role.value}", (*left, MALLORY, *right), tuple(steps))
