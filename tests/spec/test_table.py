"""The transition table: what follows from the templates, what is written out, and that a fault in it is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isakmp.spec.events import Action, EventKind
from isakmp.spec.exchanges import aggressive_mode, exchanges, find, main_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Protection
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import FAILED, Kind, Row, Table, table
from isakmp.spec.terms import Apply, Def, Role
from isakmp.spec.validate import CHECKS, every_message_has_a_receiver, findings, well_sorted
from tests.citing import unresolved

ALL = [(e, r) for e in exchanges() for r in Role]

# RFC 2409 sections 5.1, 5.4 and 5.5: the figures, message by message.
FIGURES = {
    "main-psk": ["HDR, SA", "HDR, SA", "HDR, KE, Ni", "HDR, KE, Nr", "HDR*, IDii, HASH_I", "HDR*, IDir, HASH_R"],
    "main-signature": [
        "HDR, SA", "HDR, SA", "HDR, KE, Ni", "HDR, KE, Nr",
        "HDR*, IDii, [ CERT ], SIG_I", "HDR*, IDir, [ CERT ], SIG_R",
    ],
    "aggressive-psk": ["HDR, SA, KE, Ni, IDii", "HDR, SA, KE, Nr, IDir, HASH_R", "HDR[*], HASH_I"],
    "aggressive-signature": [
        "HDR, SA, KE, Ni, IDii", "HDR, SA, KE, Nr, IDir, [ CERT ], SIG_R", "HDR[*], [ CERT ], SIG_I",
    ],
    "quick": [
        "HDR*, HASH(1), SA, Ni, [ KE ], [ IDci ], [ IDcr ]",
        "HDR*, HASH(2), SA, Nr, [ KE ], [ IDci ], [ IDcr ]",
        "HDR*, HASH(3)",
    ],
    "new-group": ["HDR*, HASH(1), SA", "HDR*, HASH(2), SA"],
    # hybrid-auth-05 section 4.2: the client's signature is replaced by its hash.
    "main-hybrid": [
        "HDR, SA", "HDR, SA", "HDR, KE, Ni", "HDR, KE, Nr", "HDR*, IDii, HASH_I", "HDR*, IDir, [ CERT ], SIG_R",
    ],
    "aggressive-hybrid-responder": [
        "HDR, SA, KE, Ni, IDii", "HDR, SA, KE, Nr, IDir, HASH_R", "HDR[*], [ CERT ], SIG_I",
    ],
    # RFC 2408 sections 4.4 and 4.6; AUTH is a hash or a signature.
    "base-psk": ["HDR, SA, Ni", "HDR, SA, Nr", "HDR, KE, IDii, HASH_I", "HDR, KE, IDir, HASH_R"],
    "base-signature": [
        "HDR, SA, Ni", "HDR, SA, Nr", "HDR, KE, IDii, [ CERT ], SIG_I", "HDR, KE, IDir, [ CERT ], SIG_R",
    ],
    "authentication-only-psk": ["HDR, SA, Ni", "HDR, SA, Nr, IDir, HASH_R", "HDR, IDii, HASH_I"],
    "informational": ["HDR*, HASH(1), N/D"],
    "informational-clear": ["HDR, N/D"],
}  # fmt: skip

# The states of pluto's logs, in order (libreswan's ikev1_states), without those in which an exchange ends.
PLUTO = {
    ("main-psk", Role.I): ["MAIN_I0", "MAIN_I1", "MAIN_I2", "MAIN_I3", "MAIN_I4"],
    ("main-psk", Role.R): ["MAIN_R0", "MAIN_R1", "MAIN_R2", "MAIN_R3"],
    ("aggressive-psk", Role.I): ["AGGR_I0", "AGGR_I1", "AGGR_I2"],
    ("aggressive-psk", Role.R): ["AGGR_R0", "AGGR_R1", "AGGR_R2"],
    # Where CONNECTED is waited for pluto, which ignores the commit bit, has no state.
    ("quick", Role.I): ["QUICK_I0", "QUICK_I1", "QUICK_I_COMMIT", "QUICK_I2"],
    ("quick", Role.R): ["QUICK_R0", "QUICK_R1", "QUICK_R2"],
}


def name(value: object) -> str:
    return value.key if isinstance(value, Exchange) else value.name if isinstance(value, Role) else ""


@pytest.mark.parametrize("key", FIGURES)
def test_an_exchange_reads_as_its_figure(key: str) -> None:
    (exchange,) = (e for e in exchanges() if e.key == key)
    assert [message.label for message in exchange.messages] == FIGURES[key]
    assert [message.sender for message in exchange.messages] == ([Role.I, Role.R] * 3)[: len(exchange.messages)]


@pytest.mark.parametrize(("exchange", "role"), ALL, ids=name)
def test_the_table_is_in_order(exchange: Exchange, role: Role) -> None:
    assert findings(table(exchange, role)) == ()


@pytest.mark.parametrize("exchange", exchanges(), ids=name)
def test_messages_meet_and_formulas_are_sorted(exchange: Exchange) -> None:
    tables = (table(exchange, Role.I), table(exchange, Role.R))
    assert not list(every_message_has_a_receiver(exchange, tables))
    assert not list(well_sorted(exchange))


@pytest.mark.parametrize(("key", "role"), PLUTO, ids=str)
def test_states_are_named_as_in_plutos_logs(key: str, role: Role) -> None:
    (exchange,) = (e for e in exchanges() if e.key == key)
    states = table(exchange, role).states
    assert [s.name for s in states if s.kind is not Kind.ENDED] == PLUTO[key, role]


@pytest.mark.parametrize(("exchange", "role"), ALL, ids=name)
def test_every_section_of_a_row_exists(exchange: Exchange, role: Role) -> None:
    assert not unresolved(row.cite for row in table(exchange, role).rows)


def test_an_exchange_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(KeyError, match="known are main, aggressive, base, authentication-only, quick"):
        find("bass")


def test_only_a_reachable_established_state_hands_over() -> None:
    for exchange, role in ALL:
        for row in table(exchange, role).rows:
            assert (Action.ESTABLISH in row.actions) == (
                row.destination.kind is Kind.ESTABLISHED and row.changes_state
            ), row.id


def test_an_established_sa_falls_only_to_what_is_protected_or_local() -> None:
    local = {EventKind.EXPIRE, EventKind.CLOSE, EventKind.REPLACED, EventKind.ORPHANED, EventKind.PEER_DEAD}
    ends = {EventKind.DELETE_PROTECTED, EventKind.INITIAL_CONTACT, *local}
    for exchange, role in ALL:
        for row in table(exchange, role).rows:
            if row.source.kind is Kind.ESTABLISHED and row.changes_state:
                assert row.event.kind in ends, row.id


def test_a_message_in_the_clear_never_ends_what_has_begun() -> None:
    for exchange, role in ALL:
        clear = {m.name for m in exchange.messages if m.protection is not Protection.ENCRYPTED}
        for row in table(exchange, role).rows:
            if row.event.message in clear and row.source.kind is Kind.RUNNING:
                assert row.destination != FAILED, row.id


def test_an_informational_message_is_never_answered_by_one() -> None:
    for exchange, role in ALL:
        if exchange.type is ExchangeType.INFORMATIONAL:
            assert all(Action.NOTIFY not in row.actions for row in table(exchange, role).rows)


def test_who_answers_a_first_message_does_not_repeat_by_timer() -> None:
    rows = table(main_mode(Auth.PSK), Role.R).rows
    (first,) = (row for row in rows if row.source.kind is Kind.IDLE and row.emits)
    assert Action.ARM_TIMER not in first.actions
    assert Action.ARM_LIMIT in first.actions


# ---- seeded faults: each of the checks above and of `validate` can fail ----


def drop(t: Table) -> Table:
    return replace(t, rows=t.rows[:5] + t.rows[6:])


def double(t: Table) -> Table:
    return replace(t, rows=(*t.rows, replace(t.rows[3], id="again")))


def same_name(t: Table) -> Table:
    return replace(t, rows=(t.rows[0], replace(t.rows[1], id=t.rows[0].id), *t.rows[2:]))


def no_way_in(t: Table) -> Table:
    goal = t.states[2]
    return replace(t, rows=tuple(replace(r, destination=r.source) if r.destination == goal else r for r in t.rows))


def way_out_of_the_end(t: Table) -> Table:
    first = next(r for r in t.rows if r.source.kind is Kind.ENDED)
    return replace(t, rows=(*(r for r in t.rows if r != first), replace(first, destination=t.initial)))


def wrong_role(t: Table) -> Table:
    return replace(t, rows=(replace(t.rows[0], role=t.role.other), *t.rows[1:]))


def no_section(t: Table) -> Table:
    return replace(t, rows=(replace(t.rows[0], cite="somewhere"), *t.rows[1:]))


def lost_refusal(t: Table) -> Table:
    refusal = next(r for r in t.rows if r.unless)
    return replace(t, rows=tuple(r for r in t.rows if r != refusal))


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        (drop, "total and deterministic"),
        (double, "total and deterministic"),
        (lost_refusal, "total and deterministic"),
        (same_name, "row names are unique"),
        (no_way_in, "every state is reachable"),
        (way_out_of_the_end, "ends are final"),
        (wrong_role, "roles are kept"),
        (no_section, "every row has a section"),
    ],
)
def test_a_seeded_fault_is_found_by_its_check(fault: Callable[[Table], Table], found_by: str) -> None:
    sound = table(main_mode(Auth.PSK), Role.R)
    assert not list(CHECKS[found_by](sound))
    assert list(CHECKS[found_by](fault(sound)))


def test_a_message_that_nobody_takes_is_found() -> None:
    exchange = aggressive_mode(Auth.PSK)
    deaf = table(exchange, Role.R)
    deaf = replace(deaf, rows=tuple(replace(r, destination=r.source) for r in deaf.rows))
    found = [str(f) for f in every_message_has_a_receiver(exchange, (table(exchange, Role.I), deaf))]
    assert "aggressive-psk AM1: no row takes it" in found


def test_an_ill_sorted_formula_is_found_where_it_stands() -> None:
    exchange = quick_mode()
    bad = Apply("prf", (exchange.messages[0].slots[2].term, exchange.messages[0].slots[2].term))
    object.__setattr__(bad, "args", (exchange.messages[0].slots[1].term, bad.args[1]))
    slot = exchange.messages[0].slots[0]
    assert isinstance(slot.term, Def)
    broken = replace(slot, term=replace(slot.term, term=bad))
    message = replace(exchange.messages[0], slots=(broken, *exchange.messages[0].slots[1:]))
    found = list(well_sorted(replace(exchange, messages=(message, *exchange.messages[1:]))))
    assert [f.place for f in found] == ["quick HASH(1)"]


def test_rows_of_one_state_are_named_for_it() -> None:
    def state_of(row: Row) -> str:
        return row.id.split(".")[2]

    for exchange, role in ALL:
        assert all(state_of(row) == row.source.name for row in table(exchange, role).rows)
