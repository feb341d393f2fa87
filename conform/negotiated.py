"""Judging what is negotiated: offers, choices, public values, nonces, identities.

Each function answers one guard of the table and says whether the receiver takes the message: yes, no, or not known
(None).
"""

from __future__ import annotations

from isakmp.conform.scene import Scene
from isakmp.crypto.errors import CryptoFailure, OutsideSubgroup, Unsupported
from isakmp.machine.checks import group_in_use
from isakmp.machine.config import Identity, IkeProposal
from isakmp.machine.identities import identity_of, phase_1_problem
from isakmp.machine.negotiation import Choice, missing_attributes, primary, read_ike, read_ipsec, values, was_offered
from isakmp.spec import keying as k
from isakmp.spec.groups import AnyGroup, PrivateGroup
from isakmp.spec.guards import Check
from isakmp.spec.limits import ISAKMP_PORT
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ID, KE, NONCE_OCTETS, SA, Proposal
from isakmp.spec.registries import Group, ProtocolId
from isakmp.spec.terms import Role

__all__ = [
    "acceptable",
    "identity",
    "initiator_spi",
    "ke_valid",
    "nonce_length",
    "offered",
    "pfs",
    "suite_name",
    "uncommitted",
]

OFFER = "offer"
CHOICE = "chosen was offered"
SUITE_SECTION = "RFC2409:5"


def suite_name(suite: IkeProposal) -> str:
    """A suite as users write it: `aes256-sha256-modp2048`."""
    try:
        return str(suite.suite)
    except KeyError:
        return f"{suite.encryption.label}, {suite.hash.label}, {suite.group.label}"


# ---- offers and choices ----------------------------------------------------------------------------------------------


def acceptable(scene: Scene, slot: Slot | None) -> bool | None:
    """Read an offer. Whether it is acceptable is the receiver's policy, which only its answer shows."""
    offer = scene.find(slot, SA)
    if offer is None:
        return None
    if scene.track.phase == 1:
        for ring in scene.session.rings.values():
            ring.known.offer = offer
        _mandatory(scene, slot, offer)
        unread = [str(t.number) for p in offer.proposals for t in p.transforms if read_ike(t) is None]
        if unread:
            scene.report.notes.append(f"offer: transforms {', '.join(unread)} hold attributes that are unknown here")
        return _one_proposal(scene, slot, offer)
    scene.known.offer = offer
    skipped = [p.number for p in offer.proposals if not any(read_ipsec(p, t) for t in p.transforms)]
    if skipped:
        scene.report.notes.append(
            f"offer: proposals {', '.join(map(str, skipped))} hold algorithms that are unknown here"
        )
    return True


def _mandatory(scene: Scene, slot: Slot | None, offer: SA) -> None:
    """Look for transforms without a mandatory attribute: nobody can choose them."""
    transforms = [t for p in offer.proposals for t in p.transforms]
    lacking = {t.number: missing_attributes(t) for t in transforms if missing_attributes(t)}
    if not lacking:
        return
    words = "; ".join(
        f"transform {n} lacks {', '.join(a.label for a in attributes)}" for n, attributes in lacking.items()
    )
    if len(lacking) == len(transforms):
        scene.breach(OFFER, slot, "RFC2409:4", f"every transform lacks a mandatory attribute: {words}")
    else:
        scene.report.notes.append(f"offer: cannot be chosen for want of a mandatory attribute: {words}")


def _one_proposal(scene: Scene, slot: Slot | None, offer: SA) -> bool:
    """Answer whether phase 1 has one proposal, for ISAKMP itself (RFC 2409 section 5)."""
    protocols = {proposal.protocol for proposal in offer.proposals}
    if len(offer.proposals) != 1:
        scene.breach(OFFER, slot, SUITE_SECTION, f"{len(offer.proposals)} proposals in phase 1, where there is one")
    elif protocols != {ProtocolId.ISAKMP}:
        scene.breach(OFFER, slot, "RFC2407:4.4.1", "the proposal of phase 1 is not for the protocol ISAKMP")
    else:
        scene.report.check(OFFER, SUITE_SECTION, f"transforms: {len(offer.proposals[0].transforms)}", ok=True)
        return True
    return False


def offered(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether the choice is one of the offered ones, its attributes unchanged, and take it into use."""
    answer, offer, rule = scene.find(slot, SA), scene.known.offer, Check.OFFERED.value
    if answer is None or slot is None:
        return None
    if offer is None:
        scene.report.check(CHOICE, Check.OFFERED.value.cite, "the offer is not in the capture", ok=None)
        _use(scene, answer)
        return None
    choice = was_offered(offer, answer)
    _use(scene, answer)
    if choice is None:
        detail, cite = "the answer is not one of the offered transforms with its attributes unchanged", rule.cite
        if len({proposal.number for proposal in answer.proposals}) > 1:
            detail, cite = "the answer holds several proposals, where the selected one is to be sent", "RFC2408:4.2"
        elif any(len(proposal.transforms) != 1 for proposal in answer.proposals):
            detail = "the answer does not choose one transform"
        scene.breach(CHOICE, slot, cite, detail)
        return False
    if (answer.doi, answer.situation) != (offer.doi, offer.situation):
        scene.breach(CHOICE, slot, Check.OFFERED.value.cite, "the answer has another DOI or situation than the offer")
        return False
    scene.known.choice = choice
    scene.report.check(CHOICE, Check.OFFERED.value.cite, f"transform {choice.transform.number} of the answer", ok=True)
    if not _keeps_numbers(offer, choice):
        scene.report.notes.append(
            "the answer does not keep the numbers of the offer (a SHOULD of RFC 2408 section 4.2)"
        )
    if scene.track.phase != 1:
        return _spi(scene, slot, choice.proposal)
    return True


def _keeps_numbers(offer: SA, choice: Choice) -> bool:
    """Whether the choice has the numbers that its proposal and transform have in the offer."""
    chosen, transform = choice.proposal, choice.transform
    return any(
        (p.number, p.protocol, t.number, t.transform_id)
        == (chosen.number, chosen.protocol, transform.number, transform.transform_id)
        and values(p.protocol, t) == values(p.protocol, transform)
        for p in offer.proposals
        for t in p.transforms
    )


def _use(scene: Scene, answer: SA) -> None:
    """Take what the answer chose into use, whether or not it was offered: what follows is protected by it."""
    proposal = primary(answer)
    if proposal is None:
        return
    transform = proposal.transforms[0]
    if scene.track.phase != 1:
        scene.known.ipsec = read_ipsec(proposal, transform)
        scene.known.peer_spi = proposal.spi
        if scene.known.ipsec is None:
            scene.track.report.undecided.append(f"frame {scene.report.frame}: the chosen transform is unknown here")
        return
    suite = read_ike(transform)
    if suite is None:
        scene.track.report.undecided.append(f"frame {scene.report.frame}: the chosen transform is unknown here")
        return
    scene.track.report.suite = suite_name(suite)
    scene.track.report.auth = suite.auth.label
    refusal = scene.session.negotiated(suite)
    if refusal:
        scene.track.report.undecided.append(f"frame {scene.report.frame}: {refusal}")


def _spi(scene: Scene, slot: Slot, proposal: Proposal) -> bool:
    if proposal.spi and any(proposal.spi):
        return True
    scene.breach("SPI", slot, "RFC2408:3.5", "the chosen proposal has no SPI")
    return False


def initiator_spi(offer: SA, chosen: Proposal) -> bytes | None:
    """The SPI that the initiator gave with the proposal that was chosen."""
    same = [p for p in offer.proposals if p.protocol == chosen.protocol]
    return next((p.spi for p in same if p.number == chosen.number), same[0].spi if same else None)


# ---- public values, nonces -------------------------------------------------------------------------------------------


def pfs(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether a public value is carried exactly where the transform names a group."""
    carried = slot in scene.positions
    groups = _phase_2_groups(scene)
    if not groups:
        return None
    if carried in {group is not None for group in groups}:
        scene.report.check("PFS", Check.PFS_AS_NEGOTIATED.value.cite, "KE carried" if carried else "no KE", ok=True)
        return True
    detail = (
        "a KE payload, but the transform names no group"
        if carried
        else "the transform names a group, but no KE payload"
    )
    scene.breach("PFS", slot, Check.PFS_AS_NEGOTIATED.value.cite, detail)
    return False


def _phase_2_groups(scene: Scene) -> set[Group | PrivateGroup | None]:
    """The groups that the choice names, or before there is one those of the offer."""
    if scene.known.ipsec is not None:
        return {scene.known.ipsec.group}
    offer = scene.known.offer
    read = [read_ipsec(p, t) for p in offer.proposals for t in p.transforms] if offer else []
    return {each.group for each in read if each is not None}


def ke_valid(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether a public value belongs to the group."""
    ke = scene.find(slot, KE)
    if ke is None or slot is None:
        return None if slot is None or not slot.optional else True
    groups = _groups(scene)
    if len(groups) != 1:
        scene.report.check("KE", Check.KE_VALID.value.cite, "the group is not known", ok=None)
        return None
    group = groups.pop()
    try:
        scene.session.backend.check_public(group, ke.data)
    except OutsideSubgroup as failure:
        # No RFC of IKE has a sender promise it, or a receiver find out: told, and no deviation.
        scene.report.check(
            "KE", Check.KE_VALID.value.cite, f"{len(ke.data)} octets, in range for {_label(group)}", ok=True
        )
        scene.report.notes.append(f"KE: {failure.reason}")
        return True
    except Unsupported as failure:
        scene.report.check("KE", failure.cite, str(failure), ok=None)
        return None
    except CryptoFailure as failure:
        scene.breach("KE", slot, failure.cite, failure.reason)
        return False
    except KeyError:
        scene.report.check("KE", Check.KE_VALID.value.cite, f"{_label(group)} is unknown here", ok=None)
        return None
    scene.report.check("KE", Check.KE_VALID.value.cite, f"{len(ke.data)} octets, of {_label(group)}", ok=True)
    return True


def _label(group: AnyGroup) -> str:
    return group.label if isinstance(group, Group) else group.name


def _groups(scene: Scene) -> set[AnyGroup]:
    agreed = group_in_use(scene.known, scene.track.phase)
    if agreed is not None:
        return {agreed}
    if scene.track.phase != 1:
        return {group for group in _phase_2_groups(scene) if isinstance(group, Group)}
    offer = scene.known.offer
    read = [read_ike(t) for p in offer.proposals for t in p.transforms] if offer else []
    return {each.group for each in read if each is not None}


def uncommitted(_: Scene, __: Slot | None) -> bool | None:
    """Whether a receiver waits for CONNECTED is its policy; the exchange goes on all the same."""
    return True


def nonce_length(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether a nonce has the length that RFC 2409 section 5 allows."""
    if slot is None or slot not in scene.positions:
        return None
    length = len(scene.body(slot))
    rule = Check.NONCE_LENGTH.value
    if length in NONCE_OCTETS:
        scene.report.check("nonce", rule.cite, f"{length} octets", ok=True)
        return True
    if not any(fault.payload.startswith("NONCE") for fault in scene.report.deviations):
        allowed = f"{NONCE_OCTETS.start} to {NONCE_OCTETS.stop - 1}"
        scene.breach("nonce", slot, rule.cite, f"{length} octets, where {allowed} are allowed")
    return False


# ---- identities ------------------------------------------------------------------------------------------------------


def identity(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether identities are well formed, and in phase 2 whether both or none are given."""
    found = {s: scene.find(s, ID) for s in scene.positions if slot is not None and s.payload is slot.payload}
    try:
        known = {s: identity_of(payload) for s, payload in found.items() if payload is not None}
    except ValueError:
        return False  # of an unknown type, which the codec has reported
    if scene.track.phase == 1:
        return all(_phase_1(scene, s, each) for s, each in known.items()) if known else None
    return _clients(scene, slot, known)


def _phase_1(scene: Scene, slot: Slot, each: Identity) -> bool:
    scene.known.identities[str(slot.value)] = each
    problem = phase_1_problem(each)
    if problem:
        scene.breach("identity", slot, "RFC2407:4.6.2", problem)
        return False
    scene.report.check("identity", "RFC2407:4.6.2", f"{each.type.label}, {len(each.data)} octets", ok=True)
    if each.port not in (0, ISAKMP_PORT) or (each.protocol and not each.port):
        scene.report.notes.append(
            f"identity with protocol {each.protocol}, port {each.port}, as peers behind a NAT send it"
        )
    return True


def _clients(scene: Scene, slot: Slot | None, known: dict[Slot, Identity]) -> bool:
    given = {str(s.term): each for s, each in known.items()}
    section = "RFC2409:5.5"
    if len(given) == 1:
        scene.breach("identity", slot, section, f"only one of {k.IDCI} and {k.IDCR} is given")
        return False
    before = scene.known.identities
    if scene.sender is Role.I:
        scene.known.identities = given
    elif before != given:
        scene.report.notes.append("the responder's client identities are not those that the initiator sent")
    scene.report.check("identity", section, "both clients" if given else "none: the peers' own addresses", ok=True)
    return True
