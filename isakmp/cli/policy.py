"""``isakmp policy``: what is weak in a policy, what two agree on, and policies from other notations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, Unusable, require_input

if TYPE_CHECKING:
    from isakmp.machine.policy import Agreement, Policy, Weakness

EPILOG: Final = """\b
Examples:
  isakmp policy check site.toml
  isakmp policy match branch.toml ipsec.conf
  isakmp policy import router.cfg > router.toml

\b
A policy:
  exchange = "main"
  [[ike]]
  encryption = ["aes256", "aes128"]
  hash = "sha256"
  group = "modp2048"
  authentication = "psk"
  lifetime = "24h"
  [[ipsec]]
  encryption = "aes256"
  integrity = "sha256"
  pfs = "modp2048"
  lifetime = "8h"

A list holds alternatives in order of preference. FILE may also hold Cisco's `crypto isakmp policy` blocks, or proposal
strings of strongSwan or Libreswan (`ike=aes256-sha256-modp2048`, `esp=...`); `-` is standard input.
"""
LARGEST: Final = 1_000_000
"""Octets of a policy file; what is larger is no policy."""


@click.group("policy", short_help="Check a policy, match two, import one.", epilog=EPILOG)
def command() -> None:
    """Say what is weak in a policy, and what two policies would agree on."""


def read(name: str) -> Policy:
    """Read a policy in any of the notations; `-` is standard input.

    Raises:
        Unusable: it is none.
    """
    return parse(name, text_of(name))


def parse(name: str, text: str) -> Policy:
    """Read a policy in any of the notations.

    Raises:
        Unusable: it is none; the message names the place.
    """
    from isakmp.machine.policy import PolicyError
    from isakmp.machine.policy_import import read_any

    try:
        return read_any(text)
    except PolicyError as error:
        raise Unusable(f"{name}: {error}") from error


def text_of(name: str) -> str:
    """The text of a policy file; `-` is standard input.

    Raises:
        Unusable: it is no text, or longer than any policy.
        OSError: the file cannot be read.
    """
    if name == "-":
        require_input()
        octets = sys.stdin.buffer.read(LARGEST + 1)
    else:
        with Path(name).open("rb") as stream:
            octets = stream.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise Unusable(f"{name}: longer than {LARGEST} octets, and so no policy")
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise Unusable(f"{name}: not UTF-8 text at offset {error.start}") from error


# ---- check -----------------------------------------------------------------------------------------------------------


@command.command("check", short_help="What is weak, and why.")
@click.argument("file")
@output.format_option("text", "json")
def check(file: str, form: str) -> int:
    """Say what published guidance speaks against in FILE, and why.

    Guidance is RFC 8247, RFC 8221, RFC 4109, RFC 9395 and NIST SP 800-77 Rev. 1. Exit status 1 where something must not
    or should not be used; what is on its way out or needs care is told and is no finding.
    """
    from isakmp.machine.policy import weaknesses
    from isakmp.spec.guidance import Rating

    policy = read(file)
    found = weaknesses(policy)
    serious = [one for one in found if one.advice.rating in (Rating.FORBIDDEN, Rating.DISCOURAGED)]
    if form == "json":
        output.write_json(
            {
                "policy": _document(policy),
                "findings": [_finding(one) for one in found],
                "verdict": "weak" if serious else "sound",
            }
        )
    else:
        _show(policy)
        _print_findings(found)
        output.line(_sum(len(serious), len(found) - len(serious)))
    return FINDING if serious else FINE


def _sum(serious: int, legacy: int) -> str:
    remarks = output.counted(legacy, "remark")
    if serious:
        return output.styled(f"weak: {output.counted(serious, 'finding')}, {remarks}", "bad")
    return output.styled(f"sound: nothing that guidance speaks against, {remarks}", "good")


def _finding(weakness: Weakness) -> dict[str, Any]:
    return {
        "place": weakness.place,
        "what": weakness.what,
        "rating": weakness.advice.rating.name.lower(),
        "why": weakness.advice.why,
        "source": weakness.advice.cite,
    }


def _print_findings(found: tuple[Weakness, ...]) -> None:
    from isakmp.spec.citations import format_cite
    from isakmp.spec.guidance import Rating

    styles = {Rating.FORBIDDEN: "bad", Rating.DISCOURAGED: "doubt", Rating.LEGACY: "quiet", Rating.CARE: "quiet"}
    for one in found:
        output.line()
        output.line(f"{one.place}: {one.what} {output.styled(one.advice.rating.value, styles[one.advice.rating])}")
        output.wrapped("", f"{one.advice.why} ({format_cite(one.advice.cite)})", indent=4, label_width=0)
    output.line()


# ---- match -----------------------------------------------------------------------------------------------------------


@command.command("match", short_help="What two policies agree on.")
@click.argument("initiator")
@click.argument("responder")
@output.format_option("text", "json")
def match(initiator: str, responder: str, form: str) -> int:
    """Say what INITIATOR and RESPONDER would agree on, by the negotiation that the model runs; else what is missing.

    Exit status 1 where they come to nothing.
    """
    from isakmp.machine.policy import agreement

    found = agreement(read(initiator), read(responder))
    if form == "json":
        output.write_json(_agreement(found))
    else:
        _print_agreement(found)
    return FINE if found.complete else FINDING


def _agreement(found: Agreement) -> dict[str, Any]:
    from isakmp.machine.policy import ike_name, ipsec_name

    return {
        "verdict": "agreed" if found.complete else "no agreement",
        "exchange": found.exchange,
        "ike": ike_name(found.ike) if found.ike else None,
        "ike_lifetime": found.ike_lifetime,
        "ipsec": ipsec_name(found.ipsec) if found.ipsec else None,
        "ipsec_lifetime": found.ipsec_lifetime,
        "missing": list(found.why),
    }


def _print_agreement(found: Agreement) -> None:
    document = _agreement(found)
    for label, what, lifetime in (
        ("exchange", document["exchange"], None),
        ("phase 1", document["ike"], found.ike_lifetime),
        ("phase 2", document["ipsec"], found.ipsec_lifetime),
    ):
        text = what or output.styled("none", "bad")
        output.line(f"{label:<10}{text}" + (f", {lifetime} s" if lifetime else ""))
    for sentence in found.why:
        output.wrapped("", sentence, indent=2, label_width=0)
    output.line(output.styled(document["verdict"], "good" if found.complete else "bad"))


# ---- import ----------------------------------------------------------------------------------------------------------


@command.command("import", short_help="Write a policy as TOML.")
@click.argument("file")
def import_(file: str) -> int:
    """Read FILE in any of the notations, and print it as TOML; what could not be taken over stands in comments."""
    from isakmp.machine.policy_toml import write_policy

    policy = read(file)
    for remark in policy.remarks:
        output.line(f"# {remark}")
    output.line(write_policy(policy).rstrip("\n"))
    return FINE


# ---- what a policy says ----------------------------------------------------------------------------------------------


def _document(policy: Policy) -> dict[str, Any]:
    from isakmp.machine.policy import ike_name, ipsec_name

    return {
        "exchange": list(policy.exchanges),
        "ike": [ike_name(proposal) for proposal in policy.ike],
        "ipsec": [ipsec_name(proposal) for proposal in policy.ipsec],
        "remarks": list(policy.remarks),
    }


def _show(policy: Policy) -> None:
    document = _document(policy)
    output.line(f"exchange  {' or '.join(document['exchange'])}")
    for kind in ("ike", "ipsec"):
        for number, name in enumerate(document[kind], 1):
            output.line(f"{f'{kind} {number}':<10}{name}")
    for remark in policy.remarks:
        output.line(f"note: {remark}")
