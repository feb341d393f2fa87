"""All cases for a policy: which exchanges it allows, by which form of authentication, with what in quick mode."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from isakmp.conform.live import (
    case_answers,
    case_certificates,
    case_commit,
    case_exchanges,
    case_fields,
    case_groups,
    case_guards,
    case_identities,
    case_information,
    case_liveness,
    case_offers,
    case_repeats,
    case_resources,
    case_transactions,
    case_users,
)
from isakmp.conform.live.case import Case, Where
from isakmp.machine.config import Config
from isakmp.machine.methods import auth_of
from isakmp.spec.exchanges import new_group_mode, phase_1_forms, quick_mode, transaction
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Message, Protection
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role
from isakmp.spec.xauth import XAUTH


def cases(config: Config, exchanges: tuple[str, ...], pattern: str = "*") -> tuple[Case, ...]:
    """The cases for a responder, in the order in which they are run: those of one exchange together.

    Args:
        config: the honest partner's.
        exchanges: the names of the exchanges of phase 1 that are tried; quick modes run over the first.
        pattern: which cases, by their names, with `*`, `?` and `[...]` as the shell has them.

    """
    return tuple(case for case in _all(config, exchanges) if fnmatchcase(case.name, pattern))


def _all(config: Config, exchanges: tuple[str, ...]) -> Iterator[Case]:
    over = exchanges[0]
    for name in exchanges:
        exchange = _form(config, name)
        for message in exchange.sent_by(Role.I):
            yield from of_message(Where(name, message.name), exchange, message, config)
        yield from case_offers.phase_1_cases(Where(name, exchange.messages[0].name), config)
        yield from case_exchanges.order_cases(exchange)
        yield from case_answers.answer_cases(exchange, name)
        yield from _unanswered(exchange, Role.I, name)
    quick = quick_mode()
    where = Where("quick", quick.messages[0].name, over)
    yield from of_message(where, quick, quick.messages[0], config)
    yield from case_identities.client_cases(where)
    yield from case_offers.phase_2_cases(where, config)
    yield from case_exchanges.quick_cases(_form(config, over))
    yield from case_answers.answer_cases(quick, over)
    yield from _unanswered(quick, Role.I, over)
    yield from _of_others(over, config)
    if case_users.asked_about(config):
        yield from _of_users(over, config)
    yield from case_information.information_cases(over)
    yield from case_liveness.liveness_cases(over)
    yield from case_commit.commit_cases(over)
    for name in exchanges:
        yield from case_resources.resource_cases(Where(name, _form(config, name).messages[0].name))


def _of_others(over: str, config: Config) -> Iterator[Case]:
    """New group mode and the transaction exchange, which not everybody takes part in."""
    for exchange, more in (
        (new_group_mode(), case_groups.group_cases),
        (transaction(), case_transactions.transaction_cases),
    ):
        first = exchange.messages[0]
        where = Where(exchange.name, first.name, over)
        yield from of_message(where, exchange, first, config)
        yield from case_answers.answer_cases(exchange, over)
        yield from more(where)


def _of_users(over: str, config: Config) -> Iterator[Case]:
    """The client's answer about its user."""
    exchange = transaction()
    answer = exchange.messages[1]
    where = Where(XAUTH.name, answer.name, over)
    yield from of_message(where, exchange, answer, config)
    yield from case_users.user_cases(where)
    yield from case_repeats.repeat_cases(where)


def initiator_cases(config: Config, exchanges: tuple[str, ...], pattern: str = "*") -> tuple[Case, ...]:
    """The cases for an initiator: every message that answers it, and what the table has it check."""
    return tuple(case for case in _all_of_initiators(config, exchanges) if fnmatchcase(case.name, pattern))


def _all_of_initiators(config: Config, exchanges: tuple[str, ...]) -> Iterator[Case]:
    tried = [(_form(config, name), name) for name in exchanges]
    for exchange, over in (*tried, (quick_mode(), exchanges[0])):
        for message in exchange.sent_by(Role.R):
            where = Where(exchange.name, message.name, over, Role.I.value)
            there = present(config) if exchange.phase != 1 else frozenset()
            yield from case_fields.header_cases(where)
            yield from case_fields.payload_cases(where, message, there)
            yield from case_guards.guard_cases(where, exchange, message, config)
            yield from case_exchanges.framing_cases(where)
            yield from case_exchanges.encryption_cases(where, message)
            yield from case_certificates.certificate_cases(where, message)
            if message is exchange.messages[1]:
                yield from case_commit.bit_cases(where, message.protection)
            if exchange.phase == 1:
                yield from case_exchanges.message_id_cases(where)
        yield from _unanswered(exchange, Role.R, over)


def _unanswered(exchange: Exchange, partner: Role, over: str) -> Iterator[Case]:
    """What a target does that is not answered, in each of its states that awaits a message."""
    for message in exchange.sent_by(partner):
        where = Where(exchange.name, message.name, over, partner.other.value)
        yield from case_repeats.unanswered_cases(where, exchange, message)


def of_message(where: Where, exchange: Exchange, message: Message, config: Config) -> Iterator[Case]:
    """What is derived for a message: its fields, its guards, its framing and encryption, repeats and reflections."""
    first = message is exchange.messages[0]
    there = present(config) if exchange.phase != 1 else frozenset()
    yield from case_fields.header_cases(where)
    yield from case_fields.payload_cases(where, message, there)
    yield from case_guards.guard_cases(where, exchange, message, config)
    yield from case_exchanges.framing_cases(where)
    yield from case_exchanges.cookie_cases(where, exchange, message)
    yield from case_exchanges.encryption_cases(where, message)
    yield from case_certificates.certificate_cases(where, message)
    if first and (exchange.phase == 1 or exchange.commits):
        yield from case_commit.bit_cases(where, message.protection)
    if exchange.auth is not None:
        yield from case_exchanges.message_id_cases(where)
    if first and exchange.phase == 1:
        yield from case_exchanges.fragment_cases(where)
    following = exchange.messages[exchange.messages.index(message) + 1 :][:1]
    if following:
        yield from case_repeats.repeat_cases(where)
        yield from case_exchanges.reflection_cases(where, following[0].name)
    if message.protection is Protection.ENCRYPTED and exchange.auth is Auth.PSK:
        yield from case_exchanges.other_key_cases(where)


def _form(config: Config, name: str) -> Exchange:
    """The exchange in the form of authentication of the first proposal."""
    forms = phase_1_forms(name)
    form = auth_of(config.ike[0].auth)
    return forms[form] if form in forms else next(iter(forms.values()))


def present(config: Config) -> frozenset[PayloadType]:
    """The optional payloads of quick mode that the partner sends."""
    found = {PayloadType.KE} if config.ipsec[0].group is not None else set()
    return frozenset(found | ({PayloadType.ID} if config.local_network is not None else set()))
