"""What a key file of the form `ikev1-capture/1` says of SAs that an end of ours holds."""

from __future__ import annotations

from typing import Any

from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec.terms import Role


def of_sa(sa: IsakmpSa) -> dict[str, Any]:
    """The member of `ike_sas` for an ISAKMP SA."""
    return {
        "cookies": [sa.cky_i.hex(), sa.cky_r.hex()],
        "values_from": sa.role.value,
        "skeyid": sa.skeyid.hex(),
        "skeyid_d": sa.skeyid_d.hex(),
        "skeyid_a": sa.skeyid_a.hex(),
        "skeyid_e": sa.skeyid_e.hex(),
        "ka": sa.cipher_key.hex(),
    }


def of_pair(pair: IpsecSaPair, role: Role) -> dict[str, Any]:
    """The member of `quick_modes` for a pair of IPsec SAs; `role` is the one that this end had in that quick mode."""
    # The SA that the quick mode's initiator sends on is its outbound one.
    sent, received = (pair.outbound, pair.inbound) if role is Role.I else (pair.inbound, pair.outbound)
    return {
        "message_id": pair.message_id,
        "spi_inbound": pair.inbound.spi.hex(),
        "spi_outbound": pair.outbound.spi.hex(),
        "keymat_initiator_sa": sent.keymat.hex(),
        "keymat_responder_sa": received.keymat.hex(),
    }
