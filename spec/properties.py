"""What has to hold whatever an adversary does who owns the network: the safety properties of the model.

A property says what is claimed, for whom, and where the claim comes from; which attack breaks it in IKEv1 itself, if
one does (numbers are those of `isakmp.spec.attacks`), and how the claim is then narrowed; and which fault is sown into
tables or peers to show that the tests would see it broken.
"""

from __future__ import annotations

from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen


@frozen
class Property:
    """A safety property.

    `claim` is written in terms of the algebra where that is possible. `broken_by` are the numbers of the attacks by
    which IKEv1 itself breaks the wider claim, and `narrowed` says what of it is claimed here. `fault` is what the
    tests sow to see the property broken.
    """

    id: str
    statement: str
    cite: Cite
    claim: str
    fault: str
    broken_by: tuple[int, ...] = ()
    narrowed: str = ""


PROPERTIES: tuple[Property, ...] = (
    Property(
        "authenticated-peer",
        "no SA stands at an honest end unless the peer that it names took part in the same exchange",
        "RFC2409:5",
        "SA(A; B, CKY-I, CKY-R) => B sent a message with CKY-I and CKY-R in the other role, or the adversary owns B",
        fault="HASH_I and HASH_R that are not checked where they come in the clear",
        broken_by=(1, 2, 3),
        narrowed="that B took part, not that B meant A: the hashes do not cover the identity of the intended peer; "
        "where authentication is hybrid, nothing is claimed of a client before XAuth, since its hash is keyed by what "
        "anybody can agree on (draft-ietf-ipsec-isakmp-hybrid-auth-05 section 4.2): B is whoever has SKEYID",
    ),
    Property(
        "agreement",
        "both ends of an SA hold the same keys, transform, identities and lifetime, or one end at most believes in it",
        "RFC2409:5",
        "SA(A; CKY-I, CKY-R) and SA(B; CKY-I, CKY-R) => equal SKEYID_d, SKEYID_a, SKEYID_e, suite; IDs cross",
        fault="a responder that takes the lifetime of its own configuration instead of the negotiated one",
        broken_by=(9,),
        narrowed="an answer is compared with the offer, attribute for attribute, since no hash covers it",
    ),
    Property(
        "secrecy",
        "neither a pre-shared key nor a key of an SA between honest ends follows from what the network carries",
        "RFC2409:5",
        "not derivable(network, owned keys; pre-shared-key, SKEYID, SKEYID_d, SKEYID_a, SKEYID_e, Ka, KEYMAT)",
        fault="a nonce that is the sender's secret exponent",
        broken_by=(5, 6, 11, 37),
        narrowed="perfect cryptography and keys that cannot be guessed",
    ),
    Property(
        "replay",
        "what an exchange has taken once changes nothing when it arrives again, creates no SA, and is answered by "
        "octets that were sent before, if at all",
        "RFC2408:5.1",
        "taken(m) and m arrives again => state unchanged, no SA, answers(m) subset of what was sent",
        fault="a duplicate that starts the timers anew",
        broken_by=(29, 30),
        narrowed="first messages of phase 1, which hold nothing of the responder's, are taken anew once their exchange "
        "is gone; they make no SA",
    ),
    Property(
        "unauthenticated-harmless",
        "input that the holder of an SA's keys did not send neither tears down nor alters what is established",
        "RFC2408:5.15",
        "SA stands, m arrives, SA is gone or altered => the other end of that SA sent m",
        fault="a delete in the clear that is obeyed",
        broken_by=(),
        narrowed="that the other end sent what is encrypted in m, under these cookies and this message id: HASH covers "
        "nothing else of the header (RFC 2409 section 5.7)",
    ),
    Property(
        "freshness",
        "cookies, nonces, public values, message ids and initialization vectors are used once",
        "RFC2409:3.2",
        "CKY-I, CKY-R, Ni_b, Nr_b, g^xi, g^xr, (SA, M-ID), (Ka, IV): pairwise different over all exchanges of all ends",
        fault="a nonce that is a constant",
        broken_by=(26, 31),
    ),
    Property(
        "iv-chain",
        "vectors are those of Appendix B: from the public values, then the last block, then the message id",
        "RFC2409:Appendix B",
        "IV = hash(g^xi | g^xr); IV(M-ID) = hash(last phase 1 CBC output block | M-ID); next IV = last block sent",
        fault="a first vector from the public values in the other order, at both ends",
    ),
    Property(
        "choice-offered",
        "the transform that an end takes is one of those that it offered, unchanged",
        "RFC2409:5",
        "taken(SAr_b) => values(SAr_b) in values(SAi_b)",
        fault="an initiator that takes any readable answer",
        broken_by=(9,),
        narrowed="as for agreement: the initiator compares",
    ),
    Property(
        "identities-hidden",
        "identities do not travel in the clear in main mode",
        "RFC2409:5",
        "main mode: no ID payload, and no octets of IDii_b or IDir_b, outside an encryption",
        fault="a fifth message of main mode that is not encrypted",
        broken_by=(33, 34),
        narrowed="against who only watches; an adversary that answers gets the initiator's identity with signatures",
    ),
    Property(
        "forward-secrecy",
        "keys of a quick mode with PFS do not follow from the keys of phase 1",
        "RFC2409:5.5",
        "not derivable(network, SKEYID_d, SKEYID_a, SKEYID_e, pre-shared-key; KEYMAT) where g(qm)^xy is in KEYMAT",
        fault="KEYMAT that leaves g(qm)^xy out, at both ends",
        broken_by=(46,),
        narrowed="only where KE is sent",
    ),
    Property(
        "bounded-work",
        "what an unauthenticated datagram costs is bounded: memory for one exchange at most, and none if it is "
        "refused; two exponentiations, two operations with long-term keys, and two answers, whole or in fragments",
        "RFC2408:1.7.1",
        "m arrives => exchanges + 1 at most, and + 0 if m is refused; work(m) <= constant",
        fault="exchanges that are kept though their first message was refused",
        broken_by=(24, 25),
        narrowed="per datagram; how many arrive, only the network decides",
    ),
    Property(
        "exchanges-end",
        "every exchange ends once the network is quiet: established, failed or timed out",
        "RFC2408:5.1",
        "no datagram for longer than all timers => no exchange is running",
        fault="a half-open exchange without a limit of time",
    ),
    Property(
        "user-known",
        "where XAuth is agreed on, no IPsec SA stands at the edge device before its user is authenticated",
        "XAUTH:6",
        "SA(B; CKY-I, CKY-R) with XAuth and KEYMAT(B) under it => an authenticator accepted the user of that SA",
        fault="a guard on the user that always finds one",
        broken_by=(7,),
        narrowed="that some user was accepted; who holds the key of a group can pass a user's answers on",
    ),
    Property(
        "table-followed",
        "every event leads where the table says: one row applies, and state, answer and end are those of the row",
        "RFC2408:5.1",
        "for each (state, event, outcome of guards): the only row whose guards hold is taken",
        fault="an engine that stays where a row says to go on",
    ),
)
"""All properties, in the order in which a violation is reported."""


def named(name: str) -> Property:
    """The property of that id.

    Raises:
        KeyError: there is none.
    """
    for each in PROPERTIES:
        if each.id == name:
            return each
    raise KeyError(name)
