"""Cases of signatures and certificates: another's signature, certificates that vouch for nothing or somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from isakmp.conform.live.case import (
    Allows,
    Case,
    Change,
    Finding,
    Verdict,
    Where,
    case,
    reached,
    send_changed,
    stated,
)
from isakmp.conform.live.dialogue import Dialogue, Unreached
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.issuing import NOBODY, Wrong, issued_again, other_key
from isakmp.machine.config import Config, Identity
from isakmp.spec.messages import Message
from isakmp.spec.payloads import CERT
from isakmp.spec.registries import PayloadType
from isakmp.spec.requirements import Level

Changed = Callable[[Dialogue], Config | str]
"""The partner's configuration with something wrong in it, or why that cannot be had."""

_INVALID: Final = replace(stated("RFC2408-5.9-05"), level=Level.RULE)
"""Section 5.9 speaks of certificates that are invalid, and leaves it to others when one is."""

_UNNAMED: Final = replace(stated("RFC2407-4.6.2.1-01"), level=Level.RULE)
"""It is about identities that policy goes by: whoever goes by those of the certificate alone breaks no SHOULD."""

_RULES: Final = {
    Wrong.STRANGER: ("cert-untrusted", _INVALID),
    Wrong.EXPIRED: ("cert-expired", _INVALID),
    Wrong.EARLY: ("cert-not-yet-valid", _INVALID),
    Wrong.NAME: ("cert-other-name", stated("RFC2407-4.6.2.1-01")),
}


def certificate_cases(where: Where, message: Message) -> Iterator[Case]:
    """What a message with a signature must not be taken with; of other messages nothing."""
    if not any(slot.payload is PayloadType.SIG for slot in message.slots):
        return
    other = ("sig-other-key", "with a signature by another key than that of its certificate")
    yield case(where, stated("RFC2408-5.12-05"), other, Allows.REFUSAL, _play(where, _signed_by_another, other[1]))
    identity = ("id-other-name", f"with an identity that its certificate does not name, {NOBODY}")
    yield case(where, _UNNAMED, identity, Allows.REFUSAL, _named_otherwise(where, identity[1]))
    for wrong, (slug, rule) in _RULES.items():
        what = (slug, f"with a certificate {wrong.value}")
        yield case(where, rule, what, Allows.REFUSAL, _play(where, partial(_certified, wrong=wrong), what[1]))


def _signed_by_another(dialogue: Dialogue) -> Config | str:
    config = dialogue.config
    key = config.credentials.private_key
    if key is None:
        return "the partner has no key to sign with"
    return replace(config, credentials=replace(config.credentials, private_key=other_key(key, dialogue.backend)))


def _as_nobody(dialogue: Dialogue) -> Config | str:
    return replace(dialogue.config, identity=Identity.fqdn(NOBODY))


def _certified(dialogue: Dialogue, wrong: Wrong) -> Config | str:
    config, authority = dialogue.config, dialogue.authority
    own, key = config.credentials.certificate, config.credentials.private_key
    if own is None or key is None:
        return "the partner has no certificate"
    if wrong.needs_authority and authority is None:
        return "the authority's key is not there, by which a certificate would have to be issued"
    signer = authority if wrong.needs_authority else None
    fresh = other_key(key, dialogue.backend)
    certificate = issued_again(own, fresh, wrong, authority=signer, now=dialogue.target.now, backend=dialogue.backend)
    return replace(config, credentials=replace(config.credentials, private_key=fresh, certificate=certificate))


def _play(where: Where, changed: Changed, words: str) -> Callable[[Dialogue], Finding]:
    def play(dialogue: Dialogue) -> Finding:
        config = changed(dialogue)
        if isinstance(config, str):
            return Finding(Verdict.INCONCLUSIVE, config)
        dialogue.use(config)
        try:
            pending = reached(dialogue, where)
        except Unreached as refused:  # honestly the exchange was seen to come to the message
            return Finding(Verdict.CONFORMS, f"it was refused before: {refused}")
        return send_changed(dialogue, pending, Change("", words, _unchanged), Allows.REFUSAL)

    return play


def _unchanged(draft: Draft) -> Draft:
    return draft


def _named_otherwise(where: Where, words: str) -> Callable[[Dialogue], Finding]:
    """Another name tells nothing of who does not look at certificates, since the key is known to it beforehand."""
    wrong = _play(where, _as_nobody, words)

    def play(dialogue: Dialogue) -> Finding:
        honest = dialogue.config
        finding = wrong(dialogue)
        if finding.verdict is not Verdict.DEVIATES:
            return finding
        dialogue.use(honest)
        bare = Change("", "without its certificate", _bare)
        if send_changed(dialogue, reached(dialogue, where), bare, Allows.REFUSAL).verdict is Verdict.DEVIATES:
            return Finding(Verdict.INCONCLUSIVE, "the target needs no certificate: it knows the key beforehand")
        return finding

    return play


def _bare(draft: Draft) -> Draft:
    return draft.with_payloads(tuple(payload for payload in draft.payloads if not isinstance(payload, CERT)))
