"""All cases for a policy: which exchanges it allows, by which form of authentication, with what in quick mode."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from isakmp.conform.live import case_fields
from isakmp.conform.live.case import Case, Where
from isakmp.machine.config import Config
from isakmp.machine.methods import auth_of
from isakmp.spec.exchanges import phase_1_forms, quick_mode
from isakmp.spec.messages import Exchange
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role


def cases(config: Config, exchanges: tuple[str, ...], pattern: str = "*") -> tuple[Case, ...]:
    """The cases for a responder, in the order in which they are run: those of one exchange together.

    Args:
        config: the honest partner's.
        exchanges: the names of the exchanges of phase 1 that are tried; quick modes run over the first.
        pattern: which cases, by their names, with `*`, `?` and `[...]` as the shell has them.

    """
    return tuple(case for case in _all(config, exchanges) if fnmatchcase(case.name, pattern))


def _all(config: Config, exchanges: tuple[str, ...]) -> Iterator[Case]:
    for name in exchanges:
        for message in _form(config, name).sent_by(Role.I):
            where = Where(name, message.name)
            yield from case_fields.header_cases(where)
            yield from case_fields.payload_cases(where, message, frozenset())
    first = quick_mode().messages[0]
    where = Where("quick", first.name, exchanges[0])
    yield from case_fields.header_cases(where)
    yield from case_fields.payload_cases(where, first, _present(config))


def _form(config: Config, name: str) -> Exchange:
    """The exchange in the form of authentication of the first proposal."""
    forms = phase_1_forms(name)
    form = auth_of(config.ike[0].auth)
    return forms[form] if form in forms else next(iter(forms.values()))


def _present(config: Config) -> frozenset[PayloadType]:
    """The optional payloads of quick mode that the partner sends."""
    found = {PayloadType.KE} if config.ipsec[0].group is not None else set()
    return frozenset(found | ({PayloadType.ID} if config.local_network is not None else set()))
