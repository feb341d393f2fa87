"""The guards, one function for each kind of check. Each looks at a step and says what is wrong, or nothing.

A function may put what it learned (the chosen suite, a certificate) into the step's draft; it changes nothing else.
The outcome is kept with the step, so that a guard is evaluated once however many rows name it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import cache

from isakmp.crypto.errors import CryptoFailure
from isakmp.machine import certifying
from isakmp.machine.advice import heard, settle
from isakmp.machine.algebra import Values
from isakmp.machine.clients import acceptable, clients_of
from isakmp.machine.commit import uncommitted
from isakmp.machine.config import IkeProposal
from isakmp.machine.configuration import attributes, user_known
from isakmp.machine.findings import Finding, wrong
from isakmp.machine.identities import identity_of, phase_1_problem
from isakmp.machine.methods import auth_of, signed, signed_digest
from isakmp.machine.negotiation import Choice, choose_ike, choose_ipsec, read_bundle, read_ike, was_offered
from isakmp.machine.newgroup import group_acceptable, meaning
from isakmp.machine.offering import draw_spis, offerable, take_spis
from isakmp.machine.opening import key_named, opens
from isakmp.machine.run import Knowledge, Step
from isakmp.machine.several import choose_further, take_further
from isakmp.machine.sharing import SECTION as SHARED_KEYS
from isakmp.machine.sharing import take_shared_key
from isakmp.machine.transform_rules import spi_free
from isakmp.spec.algorithms import CIPHERS
from isakmp.spec.groups import AnyGroup
from isakmp.spec.guards import Check, Guard
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ID, KE, NONCE_OCTETS, SA
from isakmp.spec.registries import EncryptionAlgorithm, Situation
from isakmp.spec.terms import Def, Role

CheckFunction = Callable[[Step, Slot | None], Finding]


def negotiate(known: Knowledge, suite: IkeProposal) -> None:
    """Take a suite into use: its prf, hash, key and block lengths."""
    values = known.values
    known.suite = suite
    backend, algorithm = values.backend, suite.hash
    values.prf = lambda key, data: backend.prf(algorithm, key, data)
    values.hash = lambda data: backend.hash(algorithm, data)
    values.block_length, values.key_length, values.is_weak = _cipher_facts(suite.encryption, suite.key_length)


@cache
def _cipher_facts(encryption: EncryptionAlgorithm, bits: int | None) -> tuple[int, int, Callable[[bytes], bool] | None]:
    """Block and key length in octets, and the test for weak keys where the cipher has any."""
    cipher = CIPHERS[encryption]
    return cipher.block, cipher.key.octets(bits), cipher.is_weak if cipher.weak_keys else None


def refusal(known: Knowledge, suite: IkeProposal) -> str:
    """Why the backend cannot do a suite; empty if it can."""
    backend = known.values.backend
    for algorithm in (suite.encryption, suite.hash, suite.group, suite.auth):
        reason = backend.refusal(algorithm)
        if reason:
            return reason
    return ""


def _fits(step: Step, _: Slot | None) -> Finding:
    return step.misfit


LABELS = "RFC2407:4.2.2"


def _acceptable(step: Step, slot: Slot | None) -> Finding:
    run, draft = step.run, step.draft
    offer = step.payload(slot, SA)  # not kept: nobody vouches for who sent it, and it may be large
    if offer.situation != Situation.IDENTITY_ONLY:
        detail = "the situation asks for secrecy or integrity by labels, which are not supported"
        return wrong(step, Check.ACCEPTABLE, slot, detail, LABELS)
    if run.table.exchange.phase == 1:
        # What this end could not compute is not acceptable: asked here, before anything rests on it.
        wanted = [p for p in run.config.ike if auth_of(p.auth) is run.table.exchange.auth and not refusal(draft, p)]
        chosen = choose_ike(offer, wanted)
        if chosen is None:
            return wrong(step, Check.ACCEPTABLE, slot, "no offered transform is acceptable to local policy")
        draft.choice, suite = chosen
        negotiate(draft, suite)
        return None
    suites = offerable(draft, run.config.ipsec)
    draft.spi, draft.other_spis = draw_spis(run.backend, suites)
    selected = choose_ipsec(offer, suites, draft.spi, draft.other_spis)
    if selected is None:
        return wrong(step, Check.ACCEPTABLE, slot, "no offered proposal is acceptable to local policy")
    draft.choice, draft.ipsec = selected
    number = draft.choice.proposal.number
    draft.agreed = settle(draft.ipsec, suites, run.config)
    if draft.agreed is None:
        return wrong(step, Check.ACCEPTABLE, slot, "a longer lifetime is offered than policy allows", "RFC2407:4.5.4")
    take_spis(draft, [p for p in offer.proposals if p.number == number])
    problem = choose_further(step)
    return wrong(step, Check.ACCEPTABLE, slot, problem) if problem else None


def _offered(step: Step, slot: Slot | None) -> Finding:
    run, draft = step.run, step.draft
    choice = None if draft.offer is None else was_offered(draft.offer, step.payload(slot, SA))
    if choice is None:
        return wrong(step, Check.OFFERED, slot, "the answer is not one of the offered transforms, unchanged")
    draft.choice = choice
    if run.table.exchange.makes_group:
        return None
    return _take_phase_1(step, slot, choice) if run.table.exchange.phase == 1 else _take_phase_2(step, slot, choice)


def _take_phase_1(step: Step, slot: Slot | None, choice: Choice) -> Finding:
    suite = read_ike(choice.transform)
    if suite is None:
        return wrong(step, Check.OFFERED, slot, "the chosen transform cannot be read")
    negotiate(step.draft, suite)
    return None


def _take_phase_2(step: Step, slot: Slot | None, choice: Choice) -> Finding:
    suite = read_bundle(choice.answer)
    if suite is None or not all(map(spi_free, choice.answer.proposals)):
        return wrong(step, Check.OFFERED, slot, "the chosen proposal cannot be read, or has no SPI or a reserved one")
    step.draft.ipsec = suite
    step.draft.agreed = heard(suite, step.chain.payloads)
    take_spis(step.draft, choice.answer.proposals)
    problem = take_further(step)
    return wrong(step, Check.OFFERED, slot, problem) if problem else None


def group_in_use(known: Knowledge, phase: int) -> AnyGroup | None:
    """The group whose elements the exchange carries: of phase 1's suite, or of quick mode's perfect forward secrecy."""
    if phase == 1:
        return known.suite.group if known.suite else None
    return meaning(known.ipsec.group, known) if known.ipsec else None


def _pfs_as_negotiated(step: Step, slot: Slot | None) -> Finding:
    carried = slot in step.positions
    wanted = group_in_use(step.draft, 2) is not None
    if carried is wanted:
        return None
    detail = (
        "a KE payload came, and the transform names no group"
        if carried
        else "the transform names a group, and no KE payload came"
    )
    return wrong(step, Check.PFS_AS_NEGOTIATED, slot, detail)


def _ke_valid(step: Step, slot: Slot | None) -> Finding:
    group = group_in_use(step.draft, step.run.table.exchange.phase)
    if slot not in step.positions or group is None:
        return None
    try:
        step.run.backend.check_public(group, step.payload(slot, KE).data)
    except CryptoFailure as failure:
        return wrong(step, Check.KE_VALID, slot, failure.reason, failure.cite)
    return None


def _nonce_length(step: Step, slot: Slot | None) -> Finding:
    length = 0 if slot is None else len(step.chain.body(step.positions[slot]))
    if length in NONCE_OCTETS:
        return None
    return wrong(step, Check.NONCE_LENGTH, slot, f"a nonce of {length} octets")


def _identity(step: Step, slot: Slot | None) -> Finding:
    run, draft = step.run, step.draft
    for each in (s for s in step.positions if s.payload is (slot.payload if slot else None)):
        draft.identities[str(each.value)] = identity_of(step.payload(each, ID))
    if run.table.exchange.phase == 1:
        name = str(slot.value) if slot else ""
        identity = draft.identities[name]
        wanted = run.config.peer_identity
        problem = phase_1_problem(identity)
        if problem:
            return wrong(step, Check.IDENTITY, slot, problem, "RFC2407:4.6.2")
        if wanted is not None and (identity.type, identity.data) != (wanted.type, wanted.data):
            return wrong(step, Check.IDENTITY, slot, "the peer names itself otherwise than policy expects")
        problem = take_shared_key(step, identity)
        return wrong(step, Check.IDENTITY, slot, problem, SHARED_KEYS) if problem else None
    return _clients(step, slot)


CLIENTS = "RFC2409:5.5"


def _clients(step: Step, slot: Slot | None) -> Finding:
    run, draft = step.run, step.draft
    sent = run.known.identities
    given = clients_of(draft, run.table.role)
    if given.count(None) == 1:
        return wrong(step, Check.IDENTITY, slot, "only one of IDci and IDcr is given", CLIENTS)
    if run.table.role is Role.I:
        if draft.identities != sent:
            return wrong(step, Check.IDENTITY, slot, "the client identities are not those that were sent", CLIENTS)
        return None
    if not acceptable(run, given):
        return wrong(step, Check.IDENTITY, slot, "the client identities are not acceptable to local policy", CLIENTS)
    return None


def _hash(step: Step, slot: Slot | None) -> Finding:
    received = step.draft.received.get(_definition(slot).name, b"")
    if hmac.compare_digest(_computed(step.draft.values, slot), received):
        return None
    doubt = f"; before that, {step.draft.doubt}" if step.draft.doubt else ""
    return wrong(step, Check.HASH, slot, f"{_definition(slot).name} is not {_definition(slot).term}{doubt}")


def _signature(step: Step, slot: Slot | None) -> Finding:
    draft = step.draft
    definition = _definition(slot)
    if slot is None or draft.suite is None or draft.peer_key is None:
        return wrong(step, Check.SIGNATURE, slot, "there is no key to verify it with")
    covered = signed(slot)
    digest = signed_digest(draft.values, draft.suite.auth, covered)
    try:
        if step.run.backend.verify(draft.suite.auth, draft.peer_key, digest, draft.received[definition.name]):
            return None
    except CryptoFailure as failure:
        return wrong(step, Check.SIGNATURE, slot, failure.reason, failure.cite)
    return wrong(step, Check.SIGNATURE, slot, f"{definition.name} is no signature of the peer over {covered.name}")


def _definition(slot: Slot | None) -> Def:
    if slot is None or not isinstance(slot.term, Def):
        raise TypeError(f"{slot} carries no defined value")
    return slot.term


def _computed(values: Values, slot: Slot | None) -> bytes:
    return values[_definition(slot)]


CHECKS: dict[Check, CheckFunction] = {
    Check.FITS: _fits,
    Check.ACCEPTABLE: _acceptable,
    Check.OFFERED: _offered,
    Check.GROUP_ACCEPTABLE: group_acceptable,
    Check.UNCOMMITTED: uncommitted,
    Check.KE_VALID: _ke_valid,
    Check.PFS_AS_NEGOTIATED: _pfs_as_negotiated,
    Check.KEY_NAMED: key_named,
    Check.OPENS: opens,
    Check.NONCE_LENGTH: _nonce_length,
    Check.ATTRIBUTES: attributes,
    Check.USER_KNOWN: user_known,
    Check.IDENTITY: _identity,
    Check.CERTIFICATE_ENCODING: certifying.encoding,
    Check.CERTIFICATE: certifying.certificate,
    Check.HASH: _hash,
    Check.PROTECTED_HASH: _hash,
    Check.SIGNATURE: _signature,
}


@cache
def guard_function(guard: Guard) -> Callable[[Step], bool]:
    """The function that evaluates a guard on a step, once for each step."""
    check, slot, name = CHECKS[guard.check], guard.slot, guard.name

    def holds(step: Step) -> bool:
        findings = step.findings
        if name not in findings:
            findings[name] = check(step, slot)
        return findings[name] is None

    return holds
