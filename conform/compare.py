"""What we computed beside what a daemon logged: keys, hashes, vectors; never the values, only whether they agree."""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.conform.keytypes import SaKeys
from isakmp.conform.negotiated import initiator_spi
from isakmp.conform.session import Ring, Session, evaluate
from isakmp.conform.track import Track
from isakmp.conform.verdicts import KeyComparison
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.checks import group_in_use
from isakmp.machine.results import keymat, seed_of
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Role, Term

__all__ = ["compare"]


def compare(session: Session) -> None:
    """Put the comparisons of a session into the reports of its exchanges."""
    keys, phase_1 = session.keys, session.phase_1
    if keys is None or phase_1 is None:
        return
    if session.auth is not None:
        phase_1.report.keys += _phase_1(session, keys, session.auth)
    for track in (phase_1, *session.tracks.values()):
        track.report.keys += [*_vectors(track, keys), *_hashes(track, keys)]
        if track.phase != 1 and track.known is not None:
            track.report.keys += _phase_2(track, keys)


def _terms(auth: Auth) -> dict[str, Term]:
    hash_i, hash_r = k.hash_i(auth), k.hash_r(auth)
    return {
        "ke_i": k.G_XI,
        "ke_r": k.G_XR,
        "nonce_i": k.NI,
        "nonce_r": k.NR,
        "dh_shared_secret": k.G_XY,
        "skeyid": k.SKEYID[auth],
        "skeyid_d": k.skeyid_d(auth),
        "skeyid_a": k.skeyid_a(auth),
        "skeyid_e": k.skeyid_e(auth),
        "ka": k.cipher_key(auth),
        "initial_iv": k.IV_PHASE_1,
        "hash_i_data": hash_i.term.children[1],
        "hash_r_data": hash_r.term.children[1],
        "hash_i": hash_i,
        "hash_r": hash_r,
    }


def _phase_1(session: Session, keys: SaKeys, auth: Auth) -> Iterator[KeyComparison]:
    logger = Role.R if keys.logged_by == Role.R.value else Role.I
    for role, logged in ((logger, keys.logged), (logger.other, keys.logged_by_other)):
        ring = session.rings[role]
        for name, term in _terms(auth).items():
            if name in logged:
                yield from _one(session, ring, name, term, logged[name])


def _one(session: Session, ring: Ring, name: str, term: Term, logged: bytes) -> Iterator[KeyComparison]:
    given = str(term) in ring.taken or (term == k.G_XY and ring.known.values.own is None)
    value, _ = evaluate(ring.known.values, term)
    if given or value is None:
        return
    track = session.phase_1
    also = track.hashes.get(str(term), set()) if track is not None else set()
    yield _said(name, ok=logged == value or logged in also)


def _said(name: str, *, ok: bool) -> KeyComparison:
    return KeyComparison(name, ok, "equals the logged one" if ok else "differs from the logged one")


def _vectors(track: Track, keys: SaKeys) -> Iterator[KeyComparison]:
    logged = [entry.iv for entry in keys.iv_chain if entry.message_id == track.message_id]
    if logged and track.opened_once:
        same = sum(iv in track.vectors for iv in logged)
        said = f"{same} of {len(logged)} logged vectors were used"
        if _all_read(track):
            yield KeyComparison("iv_chain", same == len(logged), said)
        elif same:
            yield KeyComparison("iv_chain", ok=True, detail=f"{said}; not all messages are in the capture")


def _all_read(track: Track) -> bool:
    """Whether every message of the exchange is in the capture and open: else logged values have no counterpart."""
    seen = {each.name for each in track.order}
    unread = any(each.wire.encrypted is not None and not each.report.decrypted for each in track.order)
    return not (track.gap or unread) and seen.issuperset(track.exchange_names)


def _hashes(track: Track, keys: SaKeys) -> Iterator[KeyComparison]:
    if track.phase == 1:
        return
    for entry in keys.phase2_hashes:
        if entry.message_id != track.message_id:
            continue
        name = entry.name.upper()
        found = track.hashes.get(name)
        if found is None and len(track.hashes) == 1 and len(track.exchange_names) <= 1:  # logged as plain "Hash"
            found = next(iter(track.hashes.values()))
        if found:
            yield _said(name, ok=entry.value in found)


def _secrets(track: Track, known: Knowledge, keys: SaKeys) -> Iterator[KeyComparison]:
    """Take the exponents of a quick mode with forward secrecy into use; tell of each whether it is the right one."""
    group = group_in_use(known, 2)
    told = ((Role.I, keys.pfs_secrets_i, k.QM_XI), (Role.R, keys.pfs_secrets_r, k.QM_XR))
    for role, secrets, public in told:
        secret = secrets.get(track.message_id)
        if group is None or secret is None or public not in known.values:
            continue
        name = f"dh_secret_{role.name.lower()} of the quick mode"
        try:
            pair = track.session.backend.private_from(group, secret)
        except (CryptoFailure, ValueError):
            yield _said(name, ok=False)
            continue
        fits = pair.public == known.values[public]
        if fits:
            known.values.own, known.values.role = pair, role
        yield _said(name, ok=fits)


def _phase_2(track: Track, keys: SaKeys) -> Iterator[KeyComparison]:
    """Keying material in both directions. The initiator's SA is the one on which the initiator sends."""
    known, suffix = track.known, f"/{track.message_id}"
    if known is None or known.choice is None or known.offer is None or known.ipsec is None:
        return
    protocol = known.ipsec.protocol
    mine = initiator_spi(known.offer, known.choice.proposal)
    ends = {"initiator": known.choice.proposal.spi, "responder": mine}
    logger = Role.R if keys.logged_by == Role.R.value else Role.I
    inbound = ends["responder"] if track.role(logger) is Role.I else ends["initiator"]
    for name, spi in (("spi_inbound", inbound), ("spi_outbound", ends["initiator"] if inbound is mine else mine)):
        if name + suffix in keys.logged and spi is not None:
            yield _said(name, ok=keys.logged[name + suffix] == spi)
    pfs = known.ipsec.group is not None
    yield from _secrets(track, known, keys)
    for side, spi in ends.items():
        if spi is None:
            continue
        logged = {
            name: keys.logged.get(f"{name}{suffix}")
            for name in (f"seed_{side}_sa", f"keymat_{side}_sa", f"enc_key_{side}", f"integ_key_{side}")
        }
        seed, material, cipher, integrity = logged.values()
        parts = b"".join(filter(None, (cipher, integrity)))
        try:
            if seed:
                yield _said(f"seed_{side}_sa", ok=seed == seed_of(known, protocol, spi, pfs=pfs))
            if material:
                yield _said(f"keymat_{side}_sa", ok=material == keymat(known, protocol, spi, len(material), pfs=pfs))
            if parts:
                computed = keymat(known, protocol, spi, len(parts), pfs=pfs)
                if cipher:
                    yield _said(f"enc_key_{side}", ok=computed[: len(cipher)] == cipher)
                if integrity:
                    yield _said(f"integ_key_{side}", ok=computed[len(cipher or b"") :] == integrity)
        except (MissingValueError, KeyError, CryptoFailure):
            continue  # nothing to compare with: SKEYID_d or the shared secret of this quick mode is not known
