"""Where the tests stand that requirements name, so that a reference is short: `BEHAVIOUR + "a_replayed_delete_..."`."""

from __future__ import annotations

from typing import Final


def _file(path: str) -> str:
    return f"test:tests/{path}.py::test_"


ALGORITHMS: Final = _file("spec/test_algorithms")
AUTHENTICATORS: Final = _file("machine/test_authenticators")
BEHAVIOUR: Final = _file("machine/test_behaviour")
BUNDLES: Final = _file("machine/test_bundles")
CAPTURE: Final = _file("conform/test_capture")
CERTIFYING: Final = _file("machine/test_certificates")
CHECK: Final = _file("conform/test_check")
DEVIATIONS: Final = _file("conform/test_check_deviations")
ENCRYPTION: Final = _file("machine/test_encryption")
GENERIC: Final = _file("machine/test_generic_exchanges")
GROUPS: Final = _file("spec/test_groups")
HANDSHAKE: Final = _file("machine/test_handshake")
HYBRID_CLIENT: Final = _file("machine/test_hybrid_client")
KNOWN: Final = _file("machine/test_known_answers")
LAYOUTS: Final = _file("spec/test_layouts")
LIFETIMES: Final = _file("machine/test_lifetimes")
MISUSE: Final = _file("machine/test_misuse")
NEW_GROUP: Final = _file("machine/test_new_group")
ORIGINALS: Final = _file("machine/test_originals")
POLICY: Final = _file("machine/test_policy")
REFUSALS: Final = _file("machine/test_codec_refusals")
REGISTRIES: Final = _file("spec/test_registries")
ROUND_TRIP: Final = _file("machine/test_codec_round_trip")
SEVERAL: Final = _file("machine/test_several")
SHARING: Final = _file("machine/test_sharing")
SIGNATURES: Final = _file("crypto/test_signatures")
SITUATION: Final = _file("machine/test_situation")
TABLE: Final = _file("spec/test_table")
TRANSFORMS: Final = _file("machine/test_transform_rules")
TRANSPORT: Final = _file("machine/test_transport")
UPKEEP: Final = _file("machine/test_upkeep")
UDP_TRANSPORT: Final = _file("machine/test_udp")
USERS: Final = _file("machine/test_xauth")
VENDORS: Final = _file("spec/test_vendor_ids")
