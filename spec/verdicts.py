"""What the search has to find: attacks that are known, each with its reason and its source; where none is named, none.

A finding names the weakest claim that breaks. What is stronger breaks with it, by Lowe's hierarchy: `BREAKS_WITH`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from isakmp.spec.claims import CLAIM_NAMES
from isakmp.spec.frozen import frozen
from isakmp.spec.terms import Role
from isakmp.spec.variants import VARIANT_NAMES

I, R = (Role.I,), (Role.R,)
BOTH = (Role.I, Role.R)
_APART = {"agreement-identities", "agreement-transform"}
_PARTS = tuple(name for name in CLAIM_NAMES if name.startswith("agreement-") and name not in _APART)
BREAKS_WITH: Final[dict[str, tuple[str, ...]]] = {
    "secrecy": ("forward-secrecy",),
    "aliveness": ("weak-agreement", "key-compromise-impersonation"),
    "weak-agreement": ("agreement-identities",),
    "agreement-identities": (*_PARTS, "agreement-transform", "agreement"),
    **dict.fromkeys(_PARTS, ("agreement",)),
    "agreement": ("injective-agreement",),
    "identity-passive": ("identity-active",),
    "guessing-passive": ("guessing-active",),
}
"""What breaks where a claim breaks: what is stronger, and what an active intruder can do since a passive one can."""


@frozen
class Finding:
    """An attack that is known: of which protocols (by name) and variants, whose claims, why, and who has found it.

    `variants` are those in which it is there; None for all that the protocols have, `but` for those.
    """

    claims: tuple[str, ...]
    protocols: tuple[str, ...]
    roles: tuple[Role, ...]
    why: str
    source: str
    variants: tuple[str, ...] | None = None
    but: tuple[str, ...] = ()

    def covers(self, protocol: str, variant: str, role: Role) -> bool:
        """Whether it is there in a variant of a protocol for a role."""
        there = variant in self.variants if self.variants is not None else variant not in self.but
        return there and protocol in self.protocols and role in self.roles

    @property
    def broken(self) -> frozenset[str]:
        """The claims that break, and all that break with them."""
        found: set[str] = set()
        waiting = list(self.claims)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += BREAKS_WITH.get(name, ())
        return frozenset(found)


_CREMERS = "Cremers, Key Exchange in IPsec Revisited, 2011"
_PERLMAN = "Perlman, Kaufman, Analysis of the IPSec Key Exchange Standard, 2001"
_FELSCH = "Felsch et al., The Dangers of Key Reuse, 2018; CVE-2018-5389"
_PLAIN = ("psk", "signature", "encryption", "revised")
_FORMS = (*_PLAIN, "hybrid", "hybrid-responder")
_MAIN = tuple(f"main-{form}" for form in _FORMS)
_AGGRESSIVE = tuple(f"aggressive-{form}" for form in _FORMS)
_GENERIC = ("base-psk", "base-signature", "authentication-only-psk", "authentication-only-signature")
_UNNAMED = ("quick-no-identities", "quick-pfs-no-identities", "transaction", "new-group")


def _over(*below: str, above: tuple[str, ...] = ("quick", "quick-no-identities", "informational")) -> tuple[str, ...]:
    """Exchanges of phase 1 and those that have phase 2 on top of them."""
    return (*below, *(f"{first}+{second}" for first in below for second in above))


FINDINGS: tuple[Finding, ...] = (
    # ---- agreement ----
    Finding(("agreement-transform",), (*_MAIN, *_AGGRESSIVE, *_GENERIC), BOTH,
            "the hashes cover what was offered and not what was chosen", "RFC 2409 section 5; Ferguson, Schneier 1999"),
    Finding(("weak-agreement",), ("main-signature", "main-encryption", "main-hybrid-responder"), R,
            "HASH_I does not name the responder: the initiator may have meant somebody else", _CREMERS,
            but=("peers-named", "together", "responder-first")),
    Finding(("weak-agreement",), ("aggressive-signature", "aggressive-encryption", "aggressive-hybrid"), I,
            "HASH_R does not name the initiator: the responder may have meant somebody else", _CREMERS,
            but=("peers-named",)),
    Finding(("weak-agreement",), ("main-signature",), I,
            "with the responder's proof first, it is HASH_R that is given to somebody whose name it does not cover",
            _CREMERS, variants=("responder-first",)),
    Finding(("weak-agreement",), ("base-signature", "authentication-only-signature"), BOTH,
            "no proof names the peer, and identities travel in the clear, where they can be exchanged",
            "as in aggressive mode: " + _CREMERS, but=("peers-named",)),
    Finding(("unknown-key-share",), ("base-signature",), I,
            "the responder is done when it has proven itself, and may mean somebody who signed for the same values",
            "as Blake-Wilson, Menezes 1999 against station-to-station", but=("peers-named",)),
    Finding(("unknown-key-share",), ("aggressive-signature",), I,
            "a responder of the base exchange is done when it has proven itself: its proof serves in aggressive mode",
            "as Blake-Wilson, Menezes 1999 against station-to-station", variants=("with-base",)),
    Finding(("weak-agreement",),
            ("aggressive-signature+informational", "aggressive-encryption+informational",
             "base-signature+informational"), I,
            "nobody answers what is sent under the keys: whom the responder has meant stays open",
            "as in phase 1 by itself: " + _CREMERS),
    Finding(("weak-agreement",), ("base-signature+quick-no-identities",), I,
            "the responder has the keys, and a quick mode without identities does not say whom it means them for",
            "as in the base exchange by itself"),
    Finding(("unknown-key-share",), ("base-signature+quick-no-identities", "base-signature+informational"), I,
            "the responder means the keys for somebody who signed for the same values",
            "as Blake-Wilson, Menezes 1999 against station-to-station"),
    Finding(("agreement-offer",), ("main-psk", "main-signature"), BOTH,
            "nothing covers the offer", "RFC 2409 section 5, where SAi_b is in the hashes",
            variants=("offer-not-covered",)),
    # ---- an end that does not prove itself ----
    Finding(("secrecy", "aliveness", "reflection", "identity-active"), ("main-hybrid", "aggressive-hybrid"), R,
            "the client gives a hash that anybody can compute; it is authenticated by XAuth only afterwards",
            "draft-ietf-ipsec-isakmp-hybrid-auth-05 section 4"),
    Finding(("secrecy", "aliveness", "reflection", "identity-active"),
            ("main-hybrid-responder", "aggressive-hybrid-responder"), I,
            "the client gives a hash that anybody can compute; it is authenticated by XAuth only afterwards",
            "draft-ietf-ipsec-isakmp-hybrid-auth-05 section 4"),
    Finding(("unknown-key-share",), ("main-hybrid", "aggressive-hybrid"), R,
            "a public value that leads to no secret gives every session the same key", "RFC 2412 section 5",
            variants=("unchecked-values",)),
    Finding(("unknown-key-share",), ("main-hybrid-responder", "aggressive-hybrid-responder"), I,
            "a public value that leads to no secret gives every session the same key", "RFC 2412 section 5",
            variants=("unchecked-values",)),
    Finding(("key-compromise-impersonation",),
            (*_over("main-psk", "aggressive-psk", "base-psk"), "authentication-only-psk"), BOTH,
            "the key of one end is the key of the other", "Blake-Wilson, Johnson, Menezes 1997"),
    Finding(("cost-before-cookie",),
            (*_AGGRESSIVE, *_over(*(f"aggressive-{form}" for form in _PLAIN)), "authentication-only-psk",
             "authentication-only-signature"), R,
            "the second message holds a public value and a proof, whoever has sent the first",
            "RFC 2408 section 2.5.3"),
    # ---- identities ----
    Finding(("identity-active",), (*_over("main-signature"), "main-hybrid"), I,
            "the initiator gives its identity to whoever answers, before that one has proven itself", _PERLMAN,
            but=("responder-first",)),
    Finding(("identity-active",), ("main-psk",), I,
            "who answers has the key that encrypts the identity, as it does not rest on the shared key", _PERLMAN,
            variants=("keys-without-psk",)),
    Finding(("identity-active",), ("main-signature",), R,
            "now it is the responder that gives its identity to whoever asks", _PERLMAN, variants=("responder-first",)),
    Finding(("identity-passive",), ("main-psk", "main-signature"), BOTH,
            "identities travel in the clear", _PERLMAN, variants=("early-identity",)),
    Finding(("identity-passive",),
            (*_over("aggressive-psk", "aggressive-signature", "base-psk", "base-signature"), "aggressive-hybrid",
             "aggressive-hybrid-responder", "authentication-only-psk", "authentication-only-signature"),
            BOTH, "identities travel in the clear", "RFC 2408 sections 4.4, 4.6 and 4.7"),
    # ---- guessing ----
    Finding(("guessing-active",), _over("main-psk"), I,
            "MM5 goes to whoever answers, encrypted with a key that the shared key and his own values give", _FELSCH),
    Finding(("guessing-passive",), (*_over("aggressive-psk", "base-psk"), "authentication-only-psk"), BOTH,
            "a hash that rests on the shared key and on values in the clear travels in the clear",
            "Pliam 1999; CVE-2002-1623"),
    # ---- phase 2 by itself ----
    Finding(("aliveness", "reflection"), _UNNAMED, BOTH,
            "keys are the same in both directions, and nothing in the messages says whose they are",
            "Meadows 1999; " + _CREMERS, but=("ids-remembered",)),
    Finding(("aliveness", "reflection"), ("informational",), R,
            "keys are the same in both directions, and nothing in the messages says whose they are",
            "Meadows 1999; " + _CREMERS, but=("ids-remembered",)),
)  # fmt: skip
"""All attacks that are known of the protocols and variants that are verified, under the compromises of the claims."""


def expected(protocol: str, variant: str, role: Role, claim: str) -> Finding | None:
    """The finding that says that a claim breaks; None where it is expected to hold."""
    covering = (finding for finding in FINDINGS if finding.covers(protocol, variant, role) and claim in finding.broken)
    return next(covering, None)


def unknown(names: Collection[str]) -> tuple[str, ...]:
    """The names in findings that no protocol (of those given) and no variant has: for the test of this table."""
    protocols = {name for finding in FINDINGS for name in finding.protocols}
    variants = {name for finding in FINDINGS for name in (*(finding.variants or ()), *finding.but)}
    return (*sorted(protocols - set(names)), *sorted(variants - set(VARIANT_NAMES)))
