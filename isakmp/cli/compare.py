"""``isakmp compare``: what exchanges protect and what they cost, side by side, computed from the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE, Unusable

if TYPE_CHECKING:
    from isakmp.machine.costs import Costs
    from isakmp.spec.messages import Exchange
    from isakmp.spec.registries import AuthMethod

EPILOG: Final = """\b
Examples:
  isakmp compare main aggressive
  isakmp compare main aggressive --auth rsa --format markdown

Nothing in the table is written down: what is exposed follows from the templates of the messages, what it costs from
running them. An outsider who poses as one of the ends gets messages up to where it would have to prove who it is. Time
is that of both ends on this machine.
"""

PROPOSAL: Final = "aes256-sha256-modp2048"


@click.command("compare", short_help="Compare exchanges: what they protect, what they cost.", epilog=EPILOG)
@click.argument("exchanges", nargs=-1, type=names.Known("exchange", names.phase_1_names))
@click.option("--auth", default="psk", type=names.Known("authentication", names.auth_methods), help="Method. [psk]")
@click.option("--proposal", default=PROPOSAL, show_default=True, help="Cipher, hash and group of phase 1.")
@output.format_option("text", "markdown", "csv", "json")
def command(exchanges: tuple[str, ...], auth: AuthMethod, proposal: str, form: str) -> int:
    """Compare EXCHANGES of phase 1, or all of them.

    Shown are messages, octets, computations and time; which identities an outsider learns; whether a pre-shared key can
    be guessed offline; which proofs can be replayed; and what a responder has computed and keeps before the initiator's
    address is proven.
    """
    chosen = tuple(dict.fromkeys(exchanges or tuple(names.phase_1_names())))
    found = {name: _facts(name, auth, proposal) for name in chosen}
    if form == "json":
        output.write_json({"exchanges": [{"exchange": name, **facts} for name, facts in found.items()]})
        return FINE
    titles = ["", *chosen]
    rows = [[label, *(_cell(found[name][key]) for name in chosen)] for key, label in ROWS.items()]
    if form == "csv":
        output.write_csv(titles, rows)
    elif form == "markdown":
        output.write_markdown(titles, rows)
    else:
        for line in output.columns([titles, *rows]):
            output.line(line.rstrip())
    return FINE


ROWS: Final[Mapping[str, str]] = {
    "messages": "messages",
    "round_trips": "round trips",
    "octets": "octets",
    "milliseconds": "time of both ends, ms",
    "initiator_computes": "initiator computes",
    "responder_computes": "responder computes",
    "identities_observer": "identities an observer reads",
    "identities_as_initiator": "... one who poses as initiator",
    "identities_as_responder": "... one who poses as responder",
    "guess_observer": "shared key: guessed by an observer",
    "guess_as_initiator": "... by one who poses as initiator",
    "guess_as_responder": "... by one who poses as responder",
    "replayable": "proofs that can be replayed",
    "before_return": "responder computes before the address is proven",
    "kept": "octets it keeps for it",
}
"""Keys of a comparison, and what they are called."""

_WORDS: Final = {
    "generate": "g^x",
    "agree": "g^xy",
    "sign": "signature",
    "verify": "verification",
    "pk_encrypt": "public encryption",
    "pk_decrypt": "private decryption",
}


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "no" if value is None else str(value)


def _facts(name: str, auth: AuthMethod, proposal: str) -> dict[str, Any]:
    from isakmp.spec.exposure import Stance, guessable, identities_exposed, replayable
    from isakmp.spec.terms import Role

    exchange = _exchange(name, auth)
    costs = _costs(name, auth, proposal)
    facts: dict[str, Any] = {
        "messages": costs.messages,
        "round_trips": costs.messages / 2,
        "octets": costs.octets,
        "milliseconds": round(1000 * costs.seconds, 1),
        "initiator_computes": _computed(costs.computed[Role.I]),
        "responder_computes": _computed(costs.computed[Role.R]),
    }
    keys = {Stance.PASSIVE: "observer", Stance.AS_INITIATOR: "as_initiator", Stance.AS_RESPONDER: "as_responder"}
    facts |= {f"identities_{key}": list(identities_exposed(exchange, stance)) for stance, key in keys.items()}
    facts |= {f"guess_{key}": guessable(exchange, stance) for stance, key in keys.items()}
    facts["replayable"] = list(replayable(exchange))
    facts["before_return"] = _computed(costs.before_return)
    facts["kept"] = costs.kept
    return facts


def _computed(counted: Mapping[str, int]) -> list[str]:
    return [f"{count} {_WORDS[name]}" for name, count in counted.items()]


def _exchange(name: str, auth: AuthMethod) -> Exchange:
    from isakmp.machine.methods import auth_of
    from isakmp.spec.exchanges import find

    try:
        return find(name, auth_of(auth))[0]
    except (KeyError, IndexError):
        raise Unusable(f"{name} is not authenticated by {auth.label}") from None


def _costs(name: str, auth: AuthMethod, proposal: str) -> Costs:
    from isakmp.cli import proposals
    from isakmp.cli.scenario import EPOCH, Scenario, configs_for, credentials_for, refuse_impossible
    from isakmp.crypto.registry import load_backend
    from isakmp.machine.config import IpsecProposal
    from isakmp.machine.costs import measure

    backend = load_backend("openssl")
    scenario = Scenario(name, proposals.ike_proposal(proposal, auth), IpsecProposal(), "openssl")
    refuse_impossible(scenario, backend)
    configs = configs_for(scenario, credentials_for(auth, backend, EPOCH))
    return measure(name, configs, backend, EPOCH)
