"""``isakmp vectors``: complete exchanges with all their values, as files to test an implementation against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE, Unusable

if TYPE_CHECKING:
    from isakmp.conform.vectors.courses import Plan
    from isakmp.machine.config import Config, Credentials, IkeProposal
    from isakmp.spec.registries import AuthMethod
    from isakmp.spec.terms import Role

EPILOG: Final = """\b
Examples:
  isakmp vectors --out vectors
  isakmp vectors --out vectors --exchange main --auth rsa --proposal aes128-sha256-ecp256 --seed 7

The form of the files is conform/schemas/ikev1-vectors-1.schema.json; examples/read_vectors.py checks them without this
program. Keys in them are secret to nobody.
"""

PROPOSALS: Final = (
    "aes256-sha256-modp2048",
    "aes128-sha1-modp1024",
    "3des-md5-modp1536",
    "aes192-sha384-ecp384",
)
"""Proposals of the vectors that nobody has asked for others in; exchanges but the plainest come in the first alone."""

PLAINEST: Final = ("main", "psk")
ESP: Final = "aes256-sha256"
METHODS: Final = ("psk", "rsa", "dss", "ecdsa-256", "rsaenc", "rsarevenc", "hybridinitrsa", "xauthinitpsk")
UNDER: Final = "psk"
"""How phase 1 is authenticated under an exchange of phase 2, unless something else is asked for."""


@click.command("vectors", short_help="Write test vectors.", epilog=EPILOG)
@click.option("--out", "folder", metavar="DIR", required=True, help="Where to; made if it is not there.")
@click.option(
    "--exchange",
    "exchanges",
    type=names.Known("exchange", names.vector_exchanges),
    multiple=True,
    help="Only these; may be repeated.",
)
@click.option(
    "--auth",
    "methods",
    type=names.Known("authentication", names.run_methods),
    multiple=True,
    help="Only these; may be repeated.",
)
@click.option("--proposal", "suites", multiple=True, help="Cipher, hash and group of phase 1; may be repeated.")
@click.option("--seed", type=int, default=0, show_default=True, help="Where all fresh values come from.")
@click.option(
    "--negative/--no-negative", default=True, show_default=True, help="Also messages that have to be rejected."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    folder: str,
    exchanges: tuple[str, ...],
    methods: tuple[AuthMethod, ...],
    suites: tuple[str, ...],
    seed: int,
    negative: bool,
) -> int:
    """Write complete exchanges as JSON: all fresh and computed values, all datagrams before and after encryption.

    A file is one exchange; those of phase 2 have the main mode that they go over in front. Behind it stand messages
    that have to be rejected, each with the rule that it breaks. The same seed gives the same files, octet for octet.
    Files appear all together, or none does.
    """
    plans = list(_plans(exchanges, methods, suites, seed))
    if not plans:
        wanted = ", ".join(exchanges)
        raise click.UsageError(f"none of the authentication methods that are asked for exists in {wanted}", ctx)
    _make(folder)
    files: dict[str, bytes] = {}
    for plan in plans:
        path = str(Path(folder) / f"{plan.name}.json")
        document = _document(plan, negative=negative)
        files[path] = (json.dumps(document, indent=1) + "\n").encode()
        output.line(f"{plan.name}: {_told(document)}")
    output.save_all(files)
    output.line(f"{output.counted(len(files), 'file')} in {folder}")
    return FINE


def _make(folder: str) -> None:
    """Make a folder where there is none."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise Unusable(f"--out: {folder}: is a file, where a folder is wanted") from None


def _document(plan: Plan, *, negative: bool) -> dict[str, Any]:
    from isakmp.conform.vectors.document import Writer
    from isakmp.conform.vectors.negatives import negatives

    writer = Writer(plan, plan.play())
    document = writer.document()
    return document | {"negative": list(negatives(plan, writer))} if negative and plan.rejects else document


def _told(document: dict[str, Any]) -> str:
    messages = [message for exchange in document["exchanges"] for message in exchange["messages"]]
    values = sum(len(message["computes"]) for message in messages)
    told = f"{output.counted(len(messages), 'message')}, {output.counted(values, 'computed value')}"
    return f"{told}, {len(document['negative'])} to be rejected" if "negative" in document else told


# ---- which vectors ---------------------------------------------------------------------------------------------------


def _plans(
    exchanges: tuple[str, ...], methods: tuple[AuthMethod, ...], suites: tuple[str, ...], seed: int
) -> Iterator[Plan]:
    """What is asked for, each in all forms that it has."""
    from isakmp.spec.algorithms import AUTHENTICATIONS
    from isakmp.spec.exchanges import phase_1_forms

    for exchange in exchanges or names.vector_exchanges():
        forms = phase_1_forms(exchange) or phase_1_forms("main")
        usual = METHODS if exchange in names.phase_1_names() else (UNDER,)
        for name, method in names.run_methods().items():
            facts = AUTHENTICATIONS[method]
            form = forms.get(facts.kind)
            if form is None or (facts.xauth and not form.keys):
                continue  # where there is no ISAKMP SA, there is none for a user
            if method in methods if methods else name in usual:
                for suite in suites or (PROPOSALS if (exchange, name) == PLAINEST else PROPOSALS[:1]):
                    yield from _plans_of(exchange, name, method, suite, seed)


def _plans_of(exchange: str, name: str, method: AuthMethod, suite: str, seed: int) -> Iterator[Plan]:
    from isakmp.cli import proposals
    from isakmp.conform.vectors.courses import plan, with_forward_secrecy

    ike = proposals.ike_proposal(suite, method)
    title = f"{exchange}-{name}-{suite}"
    yield plan(title, exchange, _configs(exchange, ike, seed), f"{seed}/{title}")
    if exchange == "quick":
        title = f"{exchange}-pfs-{name}-{suite}"
        configs = with_forward_secrecy(_configs(exchange, ike, seed), ike.group)
        yield plan(title, exchange, configs, f"{seed}/{title}")


def _configs(exchange: str, ike: IkeProposal, seed: int) -> dict[Role, Config]:
    from isakmp.cli import proposals
    from isakmp.cli.scenario import Scenario, configs_for, refuse_impossible
    from isakmp.crypto.registry import load_backend

    scenario = Scenario(exchange, ike, proposals.esp_proposal(ESP, None), "seeded", seed)
    refuse_impossible(scenario, load_backend(scenario.backend, seed))
    return configs_for(scenario, _credentials(ike.auth, seed))


@cache
def _credentials(method: AuthMethod, seed: int) -> dict[Role, Credentials]:
    """What both ends prove themselves with; the same in all files of a seed."""
    from isakmp.cli.scenario import EPOCH, credentials_for
    from isakmp.crypto.registry import load_backend

    return credentials_for(method, load_backend("seeded", seed), EPOCH, seed)
