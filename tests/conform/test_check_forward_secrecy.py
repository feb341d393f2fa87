"""The exponent of either end of a quick mode is enough to compute its keying material, and a wrong one is told of."""

from __future__ import annotations

import pytest

from isakmp.conform.check import check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.machine.config import IpsecProposal
from isakmp.machine.memory import handshake
from isakmp.spec.registries import Group
from isakmp.spec.terms import Role
from tests.conform.checking import BACKEND, exchange, recorded
from tests.machine.ends import NOW, PSK, ends


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("error", [0, 1])
def test_an_exponent_of_a_quick_mode_is_taken_into_use(role: Role, error: int) -> None:
    peers = dict(zip(Role, ends(ipsec=(IpsecProposal(group=Group.MODP_1024),)), strict=True))
    run = handshake(peers[Role.I], peers[Role.R], "main", now=NOW)
    sa, pair = run.sas[Role.I], run.pairs[Role.I]
    (quick,) = peers[role].database.under(sa.cookies)
    assert quick.known.values.own is not None
    number = quick.known.values.own.private.number  # type: ignore[attr-defined]
    secret = {pair.message_id: (number + error).to_bytes(64)}
    known = SaKeys(
        sa.cky_i,
        sa.cky_r,
        psk_i=PSK,
        psk_r=PSK,
        skeyid=sa.skeyid,
        skeyid_d=sa.skeyid_d,
        skeyid_a=sa.skeyid_a,
        skeyid_e=sa.skeyid_e,
        pfs_secrets_i=secret if role is Role.I else {},
        pfs_secrets_r=secret if role is Role.R else {},
        logged={f"keymat_initiator_sa/{pair.message_id}": pair.outbound.keymat},
    )
    report = check_capture(recorded(run), Keys("k", KeyForm.IKEV1_CAPTURE, (known,)), BACKEND)
    told = {key.name: key.ok for key in exchange(report, "quick").keys}
    name = f"dh_secret_{role.name.lower()} of the quick mode"
    assert told == ({name: True, "keymat_initiator_sa": True} if not error else {name: False})
