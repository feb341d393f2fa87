"""A protocol as a model of Scyther (.spdl): two roles with their claims, and helper roles for what has two forms.

Scyther has no equations. As in the models of IKE that have been published with it, `g(x)` is a public value and
`h(g(y),x)` a shared one; helper roles give the adversary `h(g(x),y)` for `h(g(y),x)`, and carry messages from the form
in which one end computes them to the form in which the other end expects them. Keys that two agents share are `k(I,R)`
to the initiator and `k(R,I)` to the responder, so that either may be either; they are treated alike.

The language: the manual of Scyther 1.1.3 (https://github.com/cascremers/scyther).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from isakmp.spec.terms import Dh, Exp, Psk, Role, Term
from isakmp.verify.exports import ABSTRACTION, FUNCTIONS, Reading, View, heading, reading, symbol, title, view
from isakmp.verify.models import LEFT, Protocol
from isakmp.verify.scyther_terms import Terms, clean, declared, group, type_of, variables

TOOL: Final = "Scyther 1.1.3"

_NOTES: Final = (
    ABSTRACTION,
    (
        "An end chooses the first of two public values. A name that ends in -i is what the initiator computes, in -r "
        "what the responder does; helper roles write the same with -oi and -or."
    ),
)
_OPTION: Final = (
    "what the adversary learns besides is no part of a model, but an option of the tool's versions that have one"
)
UNSTATED: Final = {
    "forward-secrecy": _OPTION,
    "key-compromise-impersonation": _OPTION,
    "injective-agreement": "Commit and Running do not count: several runs of one end may agree with one of the other",
    "unknown-key-share": "no claim compares the keys of two runs, and whom they mean",
    "reflection": "no claim says whose the runs are that have taken part",
    "identity-passive": "names of agents are known to the adversary from the beginning",
    "identity-active": "names of agents are known to the adversary from the beginning",
    "guessing-passive": "the adversary knows a term or does not know it; there are no guesses",
    "guessing-active": "the adversary knows a term or does not know it; there are no guesses",
    "cost-before-cookie": "no claim counts what an end computes",
}
"""Claims that the language has no word for, and why."""

_CLAIMS: Final = {"aliveness": "Alive", "weak-agreement": "Weakagree"}
"""Claims that Scyther has a word of its own for."""


def scyther(protocol: Protocol) -> str:
    """The model of a protocol."""
    read = reading(protocol, clean)
    parts = [
        "/*\n" + "\n".join(f" * {line}".rstrip() for line in heading(read, TOOL, UNSTATED, _NOTES)) + "\n */",
        "\n".join(_global(read)),
        _helpers(read),
        _protocol(read),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


# ---- declarations ----------------------------------------------------------------------------------------------------


def _global(read: Reading) -> Iterator[str]:
    """Functions and constants."""
    nodes = read.script.nodes
    used = {symbol(node)[0] for node in nodes}
    groups = dict.fromkeys(group(node.leaf) for node in nodes if isinstance(node.leaf, Exp))
    shared = ["h"] if any(isinstance(node.leaf, Dh) for node in nodes) else []
    left = [f"left-{read.names[number]}" for number, node in enumerate(nodes) if node.leaf in LEFT]
    functions = [*groups, *shared, *(clean(name) for name in FUNCTIONS if name in used)]
    if functions:
        yield f"hashfunction {', '.join(functions)};"
    if left:
        yield "// The keys that phase 1 has left: one-way functions of what two agents share."
        yield f"hashfunction {', '.join(left)};"
    constants: dict[str, list[str]] = {}
    for number, node in enumerate(nodes):
        if node.leaf is None:
            continue
        kinds = {view(node.leaf, role) for role in Role}
        name = read.names[number]
        if View.CONSTANT in kinds:
            constants.setdefault("Data", []).append(name)
        elif View.CHOSEN in kinds:
            constants.setdefault(type_of(node.leaf), []).extend((f"{name}-1", f"{name}-2"))
    kinds_agreed = dict.fromkeys(f"on-{kind}" for role in Role if read.claims(role) for kind in read.agreed(role))
    if kinds_agreed:
        constants["Kind"] = list(kinds_agreed)
    own = [kind for kind in constants if kind in {"Offer", "Kind"}]
    if own:
        yield f"usertype {', '.join(own)};"
    for kind, names in constants.items():
        yield f"const {', '.join(names)}: {kind};"


# ---- helper roles ----------------------------------------------------------------------------------------------------


def _depends(leaf: Term) -> bool:
    """Whether the two ends write a leaf in two forms."""
    return isinstance(leaf, Dh | Psk) or leaf in LEFT


def _crossing(read: Reading, message: str) -> list[int]:
    """The parts of a message that the two ends write in two forms."""
    return [part for part in read.script.parts[message] if read.reaches(part, _depends)]


def _helpers(read: Reading) -> str:
    """The helper protocol: each of its roles takes a term in the form of one end and gives it in that of the other."""
    nodes = read.script.nodes
    crossing: dict[str, tuple[int, Role]] = {}

    def add(name: str, number: int, sender: Role) -> None:
        count = sum(each == name or each.startswith(f"{name}-") for each in crossing)
        crossing[f"{name}-{count + 1}" if count else name] = (number, sender)

    for number, node in enumerate(nodes):
        if isinstance(node.leaf, Dh):
            add("DH", number, Role.I)
    key = read.protocol.session_key
    if key is not None and read.reaches(read.script.of(key), _depends):
        for role in Role:
            add(f"SWAP{role.name}", read.script.of(key), role)
    for message in read.protocol.messages:
        for part in _crossing(read, message.name):
            add(clean(message.name), part, message.sender)
    roles = {name: _crosses(read, name, number, sender) for name, (number, sender) in crossing.items()}
    if any(isinstance(node.leaf, Psk) or node.leaf in LEFT for node in nodes):
        taken, given = (f"k({role.name}, {role.other.name})" for role in Role)
        roles = {"K": ["var I, R: Agent;", *_events_of("K", taken, given)], **roles}
    if not roles:
        return ""
    lines = [
        "// What one end computes, in the form in which the other does: no event of the protocol.",
        f"protocol @oracle({', '.join(roles)})",
        "{",
    ]
    for name, events in roles.items():
        lines += [*_role(name, events), ""]
    lines[-1] = "}"
    return "\n".join(lines)


def _crosses(read: Reading, name: str, number: int, sender: Role) -> list[str]:
    """What a helper role declares and does: it takes a term in its sender's form and gives it in the other."""
    taken, given = (Terms(read, side, helper=True) for side in (sender, sender.other))
    received = {**variables(taken, [number])[1], **variables(given, [number])[1]}
    macros = [*taken.macros([number]), *given.macros([number])]
    return [*declared("var", received), *macros, *_events_of(name, taken.write(number), given.write(number))]


def _events_of(name: str, taken: str, given: str) -> tuple[str, str]:
    return f"recv_!{name}-1({name}, {name}, {taken});", f"send_!{name}-2({name}, {name}, {given});"


# ---- the protocol ----------------------------------------------------------------------------------------------------


def _protocol(read: Reading) -> str:
    lines = [f"protocol {clean(title(read.protocol))}(I, R)", "{"]
    for role in Role:
        lines += [*_role(role.name, list(_events(read, role))), ""]
    lines[-1] = "}"
    return "\n".join(lines)


def _role(name: str, events: Iterable[str]) -> Iterator[str]:
    yield f"  role {name} {{"
    for event in events:
        yield from textwrap.wrap(
            event,
            116,
            initial_indent="    ",
            subsequent_indent="      ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    yield "  }"


def _events(read: Reading, role: Role) -> Iterator[str]:
    """What a role declares and does."""
    terms = Terms(read, role)
    script = read.script
    done: list[tuple[str, tuple[int, ...]]] = []
    steps = script.steps(role)
    for place, step in enumerate(steps, 1):
        if step.takes:
            done.append((_sent(read, "recv", step.takes, role.other, terms), script.parts[step.takes]))
        if place == read.running(role):
            done += _agreement(read, terms, "Running", role.other)
        if step.sends:
            done.append((_sent(read, "send", step.sends, role, terms), script.parts[step.sends]))
    done += _end(read, terms)
    numbers = [number for _, each in done for number in each]
    drawn, received = variables(terms, numbers)
    yield from declared("fresh", drawn)
    yield from declared("var", received)
    yield from terms.macros(numbers)
    yield from (text for text, _ in done)


def _sent(read: Reading, word: str, message: str, sender: Role, terms: Terms) -> str:
    """A message as it is sent or taken. A label with `!` belongs to two events that do not match by themselves."""
    bang = "!" if _crossing(read, message) else ""
    parts = terms.several(read.script.parts[message])
    return f"{word}_{bang}{clean(message)}({sender.name}, {sender.other.name}, {parts});"


def _agreement(read: Reading, terms: Terms, word: str, claimer: Role) -> Iterator[tuple[str, tuple[int, ...]]]:
    if read.claims(claimer):
        own = terms.side
        for kind, numbers in read.agreed(claimer).items():
            yield f"claim({own.name}, {word}, {own.other.name}, on-{kind}, {terms.several(numbers)});", numbers


def _end(read: Reading, terms: Terms) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The claims of a role, and that it can come to its end."""
    protocol, own = read.protocol, terms.side.name
    claims = {claim.name for claim in read.claims(terms.side)}
    yield f"claim({own}, Reachable);", ()
    if protocol.session_key is not None and "secrecy" in claims:
        for key in protocol.secrets:
            number = read.script.of(key)
            word = "SKR" if key == protocol.session_key else "Secret"
            yield f"claim({own}, {word}, {terms.write(number)});", (number,)
    if "secrecy-psk" in claims:
        number = next(number for number, node in enumerate(read.script.nodes) if isinstance(node.leaf, Psk))
        yield f"claim({own}, Secret, {terms.write(number)});", (number,)
    yield from ((f"claim({own}, {word});", ()) for name, word in _CLAIMS.items() if name in claims)
    yield from _agreement(read, terms, "Commit", terms.side)
