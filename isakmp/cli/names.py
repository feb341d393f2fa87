"""Names that users give: of exchanges, roles, authentication methods. What is not known is answered with what there is.

The lists come from the specification when they are first needed, so that this module costs nothing to import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from isakmp.cli.errors import unknown

if TYPE_CHECKING:
    from isakmp.spec.keying import Auth
    from isakmp.spec.registries import AuthMethod, XauthType

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # older versions of click have it without parameters


class Known(_ParamType):
    """A name from a list that is made when it is needed; gives what the name stands for."""

    def __init__(self, what: str, known: Callable[[], Mapping[str, Any]]) -> None:
        """Take what the names are of (for messages), and what gives the list."""
        self.name = what
        self.known = known

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Show the names of an option in the help; an argument is called by its own name."""
        del ctx
        return f"[{'|'.join(self.known())}]" if param.param_type_name == "option" else (param.name or "").upper()

    def knows(self, value: str) -> bool:
        """Whether a word is one of the names."""
        return any(_plain(name) == _plain(value) for name in self.known())

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Look a name up; case and dashes do not matter."""
        if not isinstance(value, str):
            return value
        known = self.known()
        for name, meant in known.items():
            if _plain(name) == _plain(value):
                return meant
        del param
        raise click.UsageError(unknown(self.name, value, known), ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer the names that begin like what was typed."""
        del ctx, param
        return [CompletionItem(name) for name in self.known() if name.startswith(incomplete)]


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def exchange_names() -> dict[str, str]:
    """The exchanges of the specification."""
    from isakmp.spec.exchanges import exchanges

    return {exchange.name: exchange.name for exchange in exchanges()}


def table_names() -> dict[str, str]:
    """What has a table: the exchanges, and the processes beside them."""
    from isakmp.spec.catalogue import table_names as known

    return {name: name for name in known()}


def phase_1_names() -> dict[str, str]:
    """The exchanges that begin a handshake."""
    from isakmp.spec.exchanges import exchanges

    return {exchange.name: exchange.name for exchange in exchanges() if exchange.auth is not None}


def vector_exchanges() -> dict[str, str]:
    """The exchanges that test vectors are made for."""
    from isakmp.conform.vectors.courses import KINDS

    return {name: name for name in (*phase_1_names(), *KINDS)}


def roles() -> dict[str, Any]:
    """The two roles."""
    from isakmp.spec.terms import Role

    return {role.value: role for role in Role}


def auth_forms() -> dict[str, Auth]:
    """The forms of authentication that the exchanges come in, and the methods, each of which has one of the forms."""
    from isakmp.spec.exchanges import PHASE_1

    forms = {form.value: form for exchange in PHASE_1.values() for form in exchange}
    return forms | {name: forms[kind] for name, kind in _method_kinds().items() if kind in forms}


def auth_methods() -> dict[str, AuthMethod]:
    """The authentication methods for which there is an exchange: psk, rsa, dss, ecdsa-256 and so on."""
    from isakmp.spec.algorithms import AUTHENTICATIONS

    kinds = _method_kinds()
    forms = auth_forms()
    return {
        _short(facts.name): method
        for method, facts in AUTHENTICATIONS.items()
        if not facts.xauth and kinds[_short(facts.name)] in forms
    }


def run_methods() -> dict[str, AuthMethod]:
    """The same, and the methods behind which a user is authenticated: `xauthinitpsk`, `hybridinitrsa` and so on."""
    from isakmp.spec.algorithms import AUTHENTICATIONS

    return auth_methods() | {facts.name: method for method, facts in AUTHENTICATIONS.items() if facts.xauth}


def xauth_kinds() -> dict[str, XauthType]:
    """The types of XAuth that a run has a user for."""
    from isakmp.cli.xauth import KINDS

    return dict(KINDS)


def _method_kinds() -> dict[str, str]:
    from isakmp.spec.algorithms import AUTHENTICATIONS

    return {_short(facts.name): facts.kind.value for facts in AUTHENTICATIONS.values() if not facts.xauth}


def _short(name: str) -> str:
    """`rsasig` is `rsa` to users, `ecdsa256` is `ecdsa-256`."""
    return name.removesuffix("sig").replace("ecdsa", "ecdsa-")


def verified_exchanges() -> dict[str, str]:
    """The exchanges that are searched for attacks."""
    from isakmp.spec.variants import composed, verified

    alone = dict.fromkeys(exchange.name for exchange, _ in verified())
    both = dict.fromkeys(f"{first.name}+{second.name}" for first, second, _ in composed())
    return {name: name for name in (*alone, *both)}


def exported() -> dict[str, tuple[str, ...]]:
    """What can be written for other tools: those exchanges, and phase 2 on top of a phase 1 that makes keys."""
    from isakmp.spec.variants import verified

    found = [exchange for exchange, _ in verified()]
    alone = {exchange.name: (exchange.name,) for exchange in found}
    below = dict.fromkeys(exchange.name for exchange in found if exchange.auth is not None and exchange.keys)
    above = dict.fromkeys(exchange.name for exchange in found if exchange.auth is None)
    return alone | {f"{first}+{second}": (first, second) for first in below for second in above}


def tools() -> dict[str, Any]:
    """The tools that exchanges are written for, and what writes them."""
    from isakmp.verify.scyther import scyther
    from isakmp.verify.tamarin import tamarin

    return {"scyther": scyther, "tamarin": tamarin}


def claims() -> dict[str, Any]:
    """The claims that the search decides."""
    from isakmp.spec.claims import CLAIMS

    return {claim.name: claim for claim in CLAIMS}


def variants() -> dict[str, str]:
    """The forms and variants in which exchanges are searched."""
    from isakmp.spec.variants import VARIANT_NAMES

    return {name: name for name in VARIANT_NAMES}


def compromises() -> dict[str, Any]:
    """What the intruder may have."""
    from isakmp.spec.claims import Compromise

    return {each.value: each for each in Compromise}
