"""A quick mode with a bundle and several SAs is no deviation to the checker."""

from __future__ import annotations

from dataclasses import replace

from isakmp.conform.check import check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import Outcome
from isakmp.machine.config import IpsecProposal
from isakmp.machine.memory import handshake
from isakmp.spec.registries import AhTransform, IntegrityAlgorithm, ProtocolId
from isakmp.spec.terms import Role
from tests.conform.checking import BACKEND, deviations, exchange, recorded
from tests.machine.ends import NOW, PSK, ends


def test_several_sas_and_a_bundle_are_as_the_rfcs_say() -> None:
    suite, ah = IpsecProposal(), IpsecProposal(ProtocolId.AH, AhTransform.SHA1, None, IntegrityAlgorithm.HMAC_SHA1)
    run = handshake(*ends(ipsec=(replace(suite, beside=(ah,)),), further_sas=((ah,), (suite,))), "main", now=NOW)
    sa, pair = run.sas[Role.I], run.pairs[Role.I]
    known = SaKeys(
        sa.cky_i,
        sa.cky_r,
        psk_i=PSK,
        psk_r=PSK,
        skeyid=sa.skeyid,
        skeyid_d=sa.skeyid_d,
        skeyid_a=sa.skeyid_a,
        skeyid_e=sa.skeyid_e,
        logged={f"keymat_initiator_sa/{pair.message_id}": pair.outbound.keymat},
    )
    report = check_capture(recorded(run), Keys("k", KeyForm.IKEV1_CAPTURE, (known,)), BACKEND)
    assert deviations(report) == []
    quick = exchange(report, "quick")
    assert quick.outcome is Outcome.ESTABLISHED
    assert {key.name: key.ok for key in quick.keys} == {"keymat_initiator_sa": True}
