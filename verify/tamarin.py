"""A protocol as a theory of the Tamarin prover (.spthy): rules for the steps of both roles, lemmas for their claims.

The rules stand in `isakmp.verify.tamarin_roles`, the lemmas in `isakmp.verify.tamarin_lemmas`. Lemmas quantify over
agents whose long-term keys are not revealed.

The language: https://tamarin-prover.com/manual/master/, of version 1.8 and later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from isakmp.spec.terms import Psk, Role
from isakmp.verify.exports import ABSTRACTION, FUNCTIONS, Reading, heading, reading, symbol, title
from isakmp.verify.models import LEFT, Protocol
from isakmp.verify.tamarin_lemmas import UNSTATED, UNSTATED_ALONE, lemmas
from isakmp.verify.tamarin_roles import RoleRules, clean

TOOL: Final = "Tamarin 1.8 and later"

_NOTES: Final = (
    ABSTRACTION,
    "Revealed are long-term keys, by Reveal(A) for an agent A; session keys, nonces and exponents are not.",
)


def tamarin(protocol: Protocol) -> str:
    """The theory of a protocol."""
    read = reading(protocol, clean)
    roles = [RoleRules(read, role) for role in Role]
    unstated = UNSTATED | ({} if protocol.auth else UNSTATED_ALONE)
    comment = "\n".join(f"   {line}".rstrip() for line in heading(read, TOOL, unstated, _NOTES))
    parts = [
        f"/*\n{comment}\n*/",
        f"theory {clean(title(protocol))}\nbegin",
        *_signature(read),
        *_keys(read),
        *(rule for rules in roles for rule in rules.written),
        *_restrictions(read, checked=any(rules.checks for rules in roles)),
        *(lemma for role in Role for lemma in lemmas(read, role)),
        "end",
    ]
    return "\n\n".join(parts) + "\n"


# ---- signature and keys ----------------------------------------------------------------------------------------------

_BUILTINS: Final = {
    "dh": "diffie-hellman",
    "pub": "diffie-hellman",
    "enc": "symmetric-encryption",
    "senc": "symmetric-encryption",
    "aenc": "asymmetric-encryption",
    "sign": "signing",
}


def _signature(read: Reading) -> Iterator[str]:
    used = dict.fromkeys(symbol(node)[0] for node in read.script.nodes)
    builtins = dict.fromkeys(_BUILTINS[name] for name in used if name in _BUILTINS)
    functions = [f"{name}/{arity}" for name, arity in FUNCTIONS.items() if name in used]
    if builtins:
        yield f"builtins: {', '.join(builtins)}"
    yield f"functions: {', '.join(functions)}"


def _left(read: Reading) -> list[str]:
    """The variables of the keys that phase 1 has left, where a protocol rests on them."""
    return [f"~{read.names[n]}" for n, node in enumerate(read.script.nodes) if node.leaf in LEFT]


def _shared(read: Reading) -> bool:
    return any(isinstance(node.leaf, Psk) for node in read.script.nodes)


def _pairs(read: Reading) -> bool:
    """Whether agents have key pairs."""
    return any(node.symbol in {"sign", "aenc"} for node in read.script.nodes)


def _keys(read: Reading) -> Iterator[str]:
    """Rules that give agents their long-term keys, and rules that reveal them."""
    if _shared(read):
        yield (
            "// A key that two agents share, whichever of them begins.\n"
            "rule Register_psk:\n"
            "  [ Fr(~psk) ]\n"
            "  --[ Shared($A, $B, ~psk), Shared($B, $A, ~psk) ]->\n"
            "  [ !Psk($A, $B, ~psk), !Psk($B, $A, ~psk) ]"
        )
        yield "rule Reveal_psk:\n  [ !Psk(A, B, psk) ]\n  --[ Reveal(A) ]->\n  [ Out(psk) ]"
    if _pairs(read):
        yield (
            "rule Register_ltk:\n"
            "  [ Fr(~ltk) ]\n"
            "  --[ Registered($A) ]->\n"
            "  [ !Ltk($A, ~ltk), !Pk($A, pk(~ltk)), Out(pk(~ltk)) ]"
        )
        yield "rule Reveal_ltk:\n  [ !Ltk(A, ltk) ]\n  --[ Reveal(A) ]->\n  [ Out(ltk) ]"
    left = _left(read)
    if left:
        drawn, keys = ", ".join(f"Fr({key})" for key in left), ", ".join(left)
        plain = ", ".join(key.strip("~") for key in left)
        yield (
            "// What phase 1 has left to two agents, whichever of them began it.\n"
            "rule Phase_1:\n"
            f"  [ {drawn} ]\n"
            f"  --[ Shared($A, $B, <{keys}>), Shared($B, $A, <{keys}>) ]->\n"
            f"  [ !Left($A, $B, {keys}), !Left($B, $A, {keys}) ]"
        )
        yield f"rule Reveal_left:\n  [ !Left(A, B, {plain}) ]\n  --[ Reveal(A) ]->\n  [ Out(<{plain}>) ]"


def _restrictions(read: Reading, *, checked: bool) -> Iterator[str]:
    if checked:
        yield 'restriction Checks_succeed:\n  "All x y #i. Eq(x, y) @ #i ==> x = y"'
    if _shared(read) or _left(read):
        yield (
            "restriction Two_agents_share_once:\n"
            '  "All A B k l #i #j. Shared(A, B, k) @ #i & Shared(A, B, l) @ #j ==> #i = #j"'
        )
    if _pairs(read):
        yield 'restriction One_key_each:\n  "All A #i #j. Registered(A) @ #i & Registered(A) @ #j ==> #i = #j"'
