"""The sender's reading of a template: each slot's term is drawn, chosen or computed, and the message is encoded.

The octets that formulas cover (SAi_b, IDii_b, all that follows a HASH) are taken from what is really sent.
"""

from __future__ import annotations

from collections.abc import Callable

from isakmp.machine.advice import advice
from isakmp.machine.announcing import announcement
from isakmp.machine.bodies import body_of
from isakmp.machine.checks import group_in_use
from isakmp.machine.codec import encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Message, Payloads, payload_type
from isakmp.machine.commit import commit_flag
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.identities import payload_of
from isakmp.machine.methods import signed, signed_digest
from isakmp.machine.natt import discovery
from isakmp.machine.negotiation import phase_1_offer, phase_2_offer
from isakmp.machine.newgroup import described
from isakmp.machine.offering import draw_spis, offerable
from isakmp.machine.originals import originals
from isakmp.machine.presenting import certificates_for, empty_certificate, requests
from isakmp.machine.run import Knowledge, Run, Step
from isakmp.machine.sealing import Sealer, hash_of_key
from isakmp.machine.several import answers_of, offer_further
from isakmp.spec import keying as k
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.messages import Message as Template
from isakmp.spec.messages import Protection, Slot
from isakmp.spec.payloads import HASH, ID, KE, NONCE, SA, SIG, VID, Header
from isakmp.spec.registries import ExchangeType, Flag, PayloadType
from isakmp.spec.terms import Def, Exp, Role

NO_FLAGS = Flag(0)
P = PayloadType


def cipher_definition(run: Run) -> Def | None:
    """The definition of the cipher key, in phase 1; phase 2 uses that of the SA it runs under."""
    exchange = run.table.exchange
    return exchange.keys[-1] if exchange.auth is not None and exchange.keys else None


def cipher_key(run: Run, known: Knowledge) -> bytes:
    """The key under which the exchange's messages travel."""
    definition = cipher_definition(run)
    if definition is not None:
        return known.values[definition]
    if run.sa is None:
        raise LocalMisuse("an encrypted message without an ISAKMP SA")
    return run.sa.cipher_key


def next_iv(run: Run, known: Knowledge) -> bytes:
    """The vector of the next encrypted message: the running one, else the first (RFC 2409 Appendix B)."""
    if known.iv is not None:
        return known.iv
    return known.values[k.IV_PHASE_1 if run.table.exchange.phase == 1 else k.IV_PHASE_2]


def build(step: Step, template: Template) -> bytes:
    """The datagram of a message, with all that it draws and computes put into the step's draft."""
    payloads: list[Payload] = []
    hash_slot: Slot | None = None
    sealed = Sealer(step)
    for slot in template.slots:
        if slot.payload is P.HASH and step.run.table.exchange.phase != 1:
            hash_slot = slot  # covers what follows: computed when that is known
            continue
        if slot.payload is P.CERT:
            payloads += [sealed(slot, payload) for payload in certificates_for(step, slot)]
            continue
        payload = _payload(step, slot)
        if payload is not None:
            payloads.append(sealed(slot, payload))
        if slot.term in (k.SAI, k.SAR) and step.run.table.exchange.type is ExchangeType.QUICK:
            payloads += offer_further(step) if slot.term == k.SAI else answers_of(step.draft)
    asked = empty_certificate(step, template)
    places = (*discovery(step, template), *originals(step, template))
    extras = (*asked, *_extras(step.run, template), *places, *_beside(step))
    payloads += [sealed(None, payload) for payload in extras]
    if hash_slot is not None:
        step.draft.values.rest = encode_payloads(payloads)
        payloads.insert(0, HASH(step.draft.values[hash_slot.term]))
    return seal(step, template, payloads)


def seal(step: Step, template: Template, payloads: list[Payload]) -> bytes:
    """Header, payloads and, where the template says so, encryption; the vector moves on with it."""
    run, draft = step.run, step.draft
    step.written = tuple(payloads)
    values = draft.values.store
    encrypted = template.protection is Protection.ENCRYPTED or (
        template.protection is Protection.EITHER and run.config.encrypt_third_aggressive
    )
    header = Header(
        cky_i=values["CKY-I"],
        cky_r=values.get("CKY-R", NO_COOKIE),
        exchange=run.table.exchange.type,
        flags=(Flag.ENCRYPTION if encrypted else NO_FLAGS) | commit_flag(run),
        message_id=run.message_id,
    )
    if not encrypted:
        return encode(Message(header, Payloads(tuple(payloads))))
    plain = encode_payloads(payloads)
    plain += bytes(-len(plain) % draft.values.block_length)
    suite = draft.suite
    if suite is None:
        raise LocalMisuse("an encrypted message before a cipher is negotiated")
    body = run.backend.encrypt(suite.encryption, cipher_key(run, draft), next_iv(run, draft), plain)
    draft.iv = body[-draft.values.block_length :]
    return encode(Message(header, encrypted=Encrypted(payload_type(payloads[0]), body)))


def _payload(step: Step, slot: Slot) -> Payload | None:
    """The payload of a slot; `None` where an optional one is not wanted."""
    builder = _BUILDERS.get(slot.payload)
    if builder is None:
        raise TypeError(f"no rule builds {slot}")
    return builder(step, slot)


def _nonce(step: Step, slot: Slot) -> NONCE:
    nonce = step.run.backend.random(step.run.config.nonce_size, str(slot.value))
    step.draft.values[slot.value] = nonce
    return NONCE(nonce)


def _hash(step: Step, slot: Slot) -> HASH | None:
    if not slot.proves:
        return hash_of_key(step)
    return HASH(step.draft.values[slot.term])


def _sig(step: Step, slot: Slot) -> SIG:
    draft = step.draft
    key = draft.key or step.run.config.credentials.private_key
    if key is None or draft.suite is None:
        raise LocalMisuse("authentication by signature without a private key")
    digest = signed_digest(draft.values, draft.suite.auth, signed(slot))
    return SIG(step.run.backend.sign(draft.suite.auth, key, digest))


def _information(step: Step, _: Slot) -> Payload | None:
    return step.draft.information


def _attributes(step: Step, slot: Slot) -> Payload | None:
    """What this end asks or sets, or its answer to what the peer did."""
    run, heard = step.run, step.draft.heard
    if slot.term == k.ATTR_I:
        return step.draft.information
    if run.reply is None or heard is None:
        raise LocalMisuse("a transaction exchange that nobody answers")
    return run.reply(heard)


def _sa(step: Step, slot: Slot) -> SA:
    draft, run = step.draft, step.run
    if slot.term == k.GROUP_I:
        payload = draft.offer = described(draft)
    elif slot.term == k.SAI:
        if run.table.exchange.phase == 1:
            draft.offer = phase_1_offer(run.config.ike)
        else:
            suites = offerable(draft, run.config.ipsec)
            draft.spi, draft.other_spis = draw_spis(run.backend, suites)
            draft.offer = phase_2_offer(suites, draft.spi, draft.other_spis)
            draft.ipsec = suites[0]
        payload = draft.offer
    elif draft.choice is not None:
        payload = draft.choice.answer
    else:
        raise LocalMisuse("an answer before there was a choice")
    draft.values[slot.term] = body_of(payload)
    return payload


def _ke(step: Step, slot: Slot) -> KE | None:
    draft, run = step.draft, step.run
    phase = run.table.exchange.phase
    group = run.config.ike[0].group if phase == 1 and draft.suite is None else group_in_use(draft, phase)
    term = slot.value
    if group is None or not isinstance(term, Exp):
        return None
    pair = run.backend.generate(group, str(term.x))
    draft.values.own = pair
    draft.values[term] = pair.public
    return KE(pair.public)


def _id(step: Step, slot: Slot) -> ID | None:
    run, draft = step.run, step.draft
    if run.table.exchange.phase == 1:
        identity = run.config.identity
    elif run.table.role is Role.R:
        # The responder of a quick mode confirms what the initiator named (RFC 2409 section 5.5).
        known = draft.identities.get(str(slot.value))
        if known is None:
            return None
        identity = known
    else:
        local, remote = run.config.local_network, run.config.remote_network
        if local is None or remote is None:
            return None
        identity = local if slot.value == k.IDCI else remote
    payload = payload_of(identity)
    draft.identities[str(slot.value)] = identity
    draft.values[slot.value] = body_of(payload)
    return payload


def _beside(step: Step) -> list[Payload]:
    """What a responder adds to its choice of phase 2."""
    draft = step.draft
    if step.run.table.role is Role.I or draft.agreed is None or draft.choice is None:
        return []
    return list(advice(draft.agreed, draft.choice, draft.spi))


def _extras(run: Run, template: Template) -> list[Payload]:
    """Vendor IDs go with the first message of either end (RFC 2408 section 3.16); requests before the peer signs."""
    if run.table.exchange.phase != 1:
        return []
    first = template is run.table.exchange.messages[0] or template is run.table.exchange.messages[1]
    announced = [VID(octets) for octets in (*run.config.vendor_ids, *announcement(run.config))] if first else []
    return [*requests(run, template), *announced]


_BUILDERS: dict[PayloadType, Callable[[Step, Slot], Payload | None]] = {
    P.SA: _sa,
    P.KE: _ke,
    P.NONCE: _nonce,
    P.ID: _id,
    P.HASH: _hash,
    P.SIG: _sig,
    P.N: _information,
    P.ATTR: _attributes,
}
