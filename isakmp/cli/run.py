"""``isakmp run``: a handshake in memory, told message by message."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINDING, FINE

if TYPE_CHECKING:
    from isakmp.cli.scenario import Played, Scenario
    from isakmp.cli.telling import Told
    from isakmp.machine.memory import Handshake
    from isakmp.machine.sa import IpsecSa
    from isakmp.spec.registries import AuthMethod, XauthType

EPILOG: Final = """\b
Examples:
  isakmp run main --auth psk --proposal aes256-sha256-modp2048
  isakmp run aggressive --auth rsa --pcap run.pcap --keyfile run.keys.json

With the backends seeded and symbolic a run is the same each time, keys and certificates included.
A capture and its key file are for 'isakmp check run.pcap --keys run.keys.json', and for Wireshark.
"""

SAME_GROUP: Final = "same"
BETWEEN: Final = 1.0
"""Seconds from one handshake to the next in a capture."""


class GroupIfAny(click.Command):
    """A command whose ``--pfs`` takes the word behind it for a group, unless that word is an exchange."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say that no group is meant in ``--pfs main``; everything else is click's."""
        exchanges = names.Known("exchange", names.phase_1_names)
        words = list(args)
        for number, (word, following) in enumerate(pairwise(args)):
            if word == "--":
                break
            if word == "--pfs" and exchanges.knows(following):
                words[number] = f"--pfs={SAME_GROUP}"
        return super().parse_args(ctx, words)


@click.command("run", cls=GroupIfAny, short_help="Run a handshake in memory, and tell it.", epilog=EPILOG)
@click.argument("exchange", nargs=-1, type=names.Known("exchange", names.phase_1_names))
@click.option("--auth", type=names.Known("authentication", names.run_methods), default="psk", help="Default: psk.")
@click.option(
    "--proposal", default="aes256-sha256-modp2048", show_default=True, help="Cipher, hash and group of phase 1."
)
@click.option("--esp", default="aes256-sha256", show_default=True, help="Cipher and integrity of the IPsec SAs.")
@click.option(
    "--pfs",
    is_flag=False,
    flag_value=SAME_GROUP,
    metavar="[GROUP]",
    help="Perfect forward secrecy, with this group or with that of the proposal.",
)
@click.option(
    "--backend", default="openssl", show_default=True, help="openssl, seeded, symbolic, or one that is installed."
)
@click.option("--seed", type=int, help="Where the fresh values come from; implies the backend seeded.")
@click.option("--xauth-user", metavar="NAME", help="The user, where the method demands one.  [default: user]")
@click.option(
    "--xauth-type", type=names.Known("type of XAuth", names.xauth_kinds), help="How it is authenticated: generic."
)
@click.option(
    "--xauth-password-file",
    type=click.Path(dir_okay=False),
    help="Its password: the first line; else from the environment, ISAKMP_XAUTH_PASSWORD.",
)
@click.option("--pcap", type=click.Path(dir_okay=False), help="Write the datagrams to this capture.")
@click.option(
    "--keyfile", type=click.Path(dir_okay=False), help="Write the keys to this file, for 'isakmp check --keys'."
)
@click.option("--keys", is_flag=True, help="Show the derived keys.")
@output.format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    exchange: tuple[str, ...],
    pcap: str | None,
    keyfile: str | None,
    keys: bool,
    form: str,
    **wanted: Any,
) -> int:
    """Let two peers run a phase 1 exchange and a quick mode, in memory, and tell it.

    EXCHANGE is main (the default), aggressive, base or authentication-only, which makes no keys and is followed by no
    quick mode; several are run one after another. Exit status 1 if a handshake does not come to what it is for: equal
    keys at both ends, or ends that know each other.
    """
    chosen = ctx.get_parameter_source("backend") is not click.core.ParameterSource.DEFAULT
    if wanted["seed"] is not None and not chosen:
        wanted["backend"] = "seeded"
    if "-" in (pcap, keyfile):
        raise click.UsageError("--pcap and --keyfile write files; standard output is for what is told", ctx)
    if pcap or keyfile:
        _refuse_outputs(ctx, pcap, keyfile, wanted["backend"])
    runs = _play(exchange or ("main",), **wanted)
    documents = [_document(one, keys=keys) for one in runs] if form == "json" else []
    files: dict[str, bytes] = {}
    if pcap:
        files[pcap] = _capture(runs)
    if keyfile:
        from isakmp.cli.keyfile import key_file

        files[keyfile] = key_file(runs)
    output.save_all(files)
    if form == "json":
        output.write_json({"runs": documents})
    else:
        for number, one in enumerate(runs):
            if number:
                output.line()
            _print(one, keys=keys)
    return FINE if all(one.handshake.succeeded for one in runs) else FINDING


def _refuse_outputs(ctx: click.Context, pcap: str | None, keyfile: str | None, backend: str) -> None:
    """Refuse, before anything is computed, files that nothing sensible could be written to."""
    from isakmp.crypto.registry import load_backend

    if pcap and keyfile and os.path.realpath(pcap) == os.path.realpath(keyfile):
        raise click.UsageError(f"--pcap and --keyfile are one file, {pcap!r}", ctx)
    if not load_backend(backend).computes_octets:
        raise click.UsageError(f"the {backend} backend computes no octets that a capture could show to others", ctx)


def _play(
    exchanges: Sequence[str],
    *,
    auth: AuthMethod,
    proposal: str,
    esp: str,
    pfs: str | None,
    backend: str,
    seed: int | None,
    xauth_user: str | None,
    xauth_type: XauthType | None,
    xauth_password_file: str | None,
) -> list[Played]:
    from isakmp.cli import proposals
    from isakmp.cli.scenario import REPEATABLE, Scenario, play
    from isakmp.cli.xauth import RunUser, password_from
    from isakmp.spec.algorithms import AUTHENTICATIONS
    from isakmp.spec.registries import XauthType as Kinds

    if not AUTHENTICATIONS[auth].xauth and not {xauth_user, xauth_type, xauth_password_file} <= {None}:
        raise click.UsageError(f"--xauth-... need a method that demands a user, which {auth.label} does not")
    kind = Kinds.GENERIC if xauth_type is None else xauth_type
    user = RunUser(xauth_user or "user", kind, password_from(xauth_password_file))
    ike = proposals.ike_proposal(proposal, auth)
    group = None if pfs is None else ike.group if pfs == SAME_GROUP else proposals.group_named(pfs)
    runs: list[Played] = []
    for number, exchange in enumerate(exchanges):
        # One seed for all would give all the same cookies.
        own = (seed or 0) + number if seed is not None or backend in REPEATABLE else None
        scenario = Scenario(exchange, ike, proposals.esp_proposal(esp, group), backend, own, user)
        began = runs[0].began + BETWEEN * number if runs else None
        runs.append(play(scenario, began))
    return runs


def _capture(runs: Sequence[Played]) -> bytes:
    from isakmp.cli.scenario import ADDRESSES
    from isakmp.conform.capture import Datagram, Endpoint
    from isakmp.conform.pcapwrite import write_pcap
    from isakmp.spec.limits import ISAKMP_PORT
    from isakmp.spec.terms import Role

    ends = {role: Endpoint(ADDRESSES[role], ISAKMP_PORT) for role in Role}
    deliveries = [delivery for one in runs for delivery in one.handshake.deliveries]
    datagrams = (
        Datagram(frame, one.time, ends[one.sender], ends[one.sender.other], one.datagram)
        for frame, one in enumerate(deliveries, 1)
    )
    content = BytesIO()
    write_pcap(content, datagrams)
    return content.getvalue()


# ---- text ------------------------------------------------------------------------------------------------------------


def _title(scenario: Scenario) -> str:
    ike = scenario.ike
    return f"{scenario.exchange} mode, {ike.auth.label}, {ike.suite}, backend {scenario.backend}"


def _print(played: Played, *, keys: bool) -> None:
    from isakmp.cli.telling import tell

    output.line(output.styled(_title(played.scenario), "heading"))
    shown = _key_values(played) if keys else {}
    rows: set[str] = set()
    for told in tell(played.handshake, pfs=played.scenario.esp.group is not None):
        output.line()
        _print_message(told, shown, rows)
    output.line()
    _print_result(played, keys=keys)


LABEL: Final = 11
"""Columns for the names of payloads, formulas and roles."""


def _print_message(told: Told, keys: dict[str, str], rows: set[str]) -> None:
    from isakmp.spec.citations import format_cite
    from isakmp.spec.terms import Role

    name = told.template.name if told.template else "message"
    way = f"{told.sender.value} -> {told.sender.other.value}"
    output.line(f"{told.number:2}  {output.styled(name, 'heading')}  {way}, {len(told.datagram)} octets")
    if told.template:
        output.wrapped(
            "", f"{told.template.label} ({format_cite(told.template.cite)})", indent=4, label_width=0, style="quiet"
        )
    for payload in told.payloads:
        output.wrapped(payload.slot or payload.name, payload.text, indent=4, label_width=LABEL)
    for definition in told.formulas:
        text = f"= {definition.term} ({format_cite(definition.cite)})"
        output.wrapped(definition.name, text, indent=4, label_width=LABEL, style="name")
        if definition.name in keys:
            output.wrapped("", f": {keys[definition.name]}", indent=4, label_width=LABEL)
    for role in Role:
        row = told.rows[role]
        if row is not None and row.id not in rows:  # the row that took a message also sent the answer to it
            rows.add(row.id)
            step = f"{row.source} -> {row.destination}" if row.changes_state else f"{row.source}, no change"
            output.wrapped(role.value, f"{step}  [{row.id}]", indent=4, label_width=LABEL, style="quiet")
    for problem in told.problems:
        output.wrapped("!", problem, indent=4, label_width=LABEL, style="bad")


def _print_result(played: Played, *, keys: bool) -> None:
    from isakmp.cli.documents import ipsec_sa_words
    from isakmp.spec.terms import Role

    handshake = played.handshake
    sa = handshake.sas.get(Role.I)
    pair = handshake.pairs.get(Role.I)
    if sa is not None:
        output.line(f"ISAKMP SA  cookies {sa.cky_i.hex()} {sa.cky_r.hex()}")
    for text in _of_users(handshake):
        output.line(text)
    if pair is not None:
        for label, one in (("to the responder", pair.outbound), ("to the initiator", pair.inbound)):
            output.line(f"IPsec SA   {label}: {ipsec_sa_words(one)}")
            if keys:
                output.wrapped("KEYMAT", f": {played.words(one.keymat, 'KEYMAT')}", indent=4, label_width=LABEL)
    if handshake.keys_agree:
        output.line(output.styled("established: both ends hold the same keys", "good"))
    elif handshake.both_known:
        output.line(output.styled("authenticated: both ends know each other, and made no keys", "good"))
    elif handshake.complete:
        output.line(output.styled("failed: the two ends hold different keys", "bad"))
    else:
        output.line(output.styled("failed: the handshake did not come to its end", "bad"))


def _of_users(handshake: Handshake) -> list[str]:
    """What XAuth and mode config have come to."""
    from isakmp.cli.values import attribute_words
    from isakmp.spec.payloads import Attribute
    from isakmp.spec.registries import ConfigAttribute

    told = [f"XAuth      user {admitted.user}" for admitted in handshake.users.values() if admitted.user]
    for role, given in handshake.configured.items():
        pairs = (Attribute(kind, value) for kind, values in given.values.items() for value in values)
        words = ", ".join(" ".join(attribute_words(ConfigAttribute, each)) for each in pairs)
        told.append(f"config     of the {role.value}: {words}")
    return told


def _key_values(played: Played) -> dict[str, str]:
    """The keys of phase 1 by the names of their formulas."""
    from isakmp.spec import keying as k
    from isakmp.spec.keying import Auth
    from isakmp.spec.terms import Role

    sa = played.handshake.sas.get(Role.I)
    if sa is None:
        return {}
    auth = Auth.PSK  # whichever: the names are the same
    values = (
        (k.SKEYID[auth], sa.skeyid),
        (k.skeyid_d(auth), sa.skeyid_d),
        (k.skeyid_a(auth), sa.skeyid_a),
        (k.skeyid_e(auth), sa.skeyid_e),
        (k.cipher_key(auth), sa.cipher_key),
    )
    return {definition.name: played.words(octets, definition.name) for definition, octets in values}


# ---- JSON ------------------------------------------------------------------------------------------------------------


def _document(played: Played, *, keys: bool) -> dict[str, Any]:
    from isakmp.cli.documents import configured_json, ipsec_sa_json, message_json
    from isakmp.cli.telling import tell
    from isakmp.spec.terms import Role

    scenario, handshake = played.scenario, played.handshake
    ike = scenario.ike
    sa, pair = handshake.sas.get(Role.I), handshake.pairs.get(Role.I)
    shown = _key_values(played) if keys else {}
    return {
        "exchange": scenario.exchange,
        "auth": ike.auth.label,
        "proposal": str(ike.suite),
        "backend": scenario.backend,
        "outcome": _outcome(handshake),
        "keys_agree": handshake.keys_agree,
        "initiator_cookie": sa.cky_i if sa else None,
        "responder_cookie": sa.cky_r if sa else None,
        "message_id": pair.message_id if pair else None,
        "user": next((admitted.user for admitted in handshake.users.values() if admitted.user), None),
        "configured": configured_json(handshake.configured),
        "messages": [message_json(told, shown) for told in tell(handshake, pfs=scenario.esp.group is not None)],
        "ipsec_sas": [ipsec_sa_json(sender, one, keys=keys) for sender, one in _one_way(played)],
    }


def _outcome(handshake: Handshake) -> str:
    if handshake.both_known:
        return "authenticated"
    return "established" if handshake.keys_agree else "failed"


def _one_way(played: Played) -> list[tuple[str, IpsecSa]]:
    from isakmp.spec.terms import Role

    pair = played.handshake.pairs.get(Role.I)
    return [] if pair is None else [(Role.I.value, pair.outbound), (Role.R.value, pair.inbound)]
