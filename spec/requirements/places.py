"""Where the tests stand that requirements name, so that a reference is short: `BEHAVIOUR + "a_replayed_delete_..."`."""

from __future__ import annotations

from typing import Final


def _file(path: str) -> str:
    return f"test:tests/{path}.py::test_"


BEHAVIOUR: Final = _file("machine/test_behaviour")
HANDSHAKE: Final = _file("machine/test_handshake")
ENCRYPTION: Final = _file("machine/test_encryption")
MISUSE: Final = _file("machine/test_misuse")
REFUSALS: Final = _file("machine/test_codec_refusals")
ROUND_TRIP: Final = _file("machine/test_codec_round_trip")
KNOWN: Final = _file("machine/test_known_answers")
CHECK: Final = _file("conform/test_check")
DEVIATIONS: Final = _file("conform/test_check_deviations")
FAIRNESS: Final = _file("conform/test_check_fairness")
TABLE: Final = _file("spec/test_table")
LAYOUTS: Final = _file("spec/test_layouts")
REGISTRIES: Final = _file("spec/test_registries")
ALGORITHMS: Final = _file("spec/test_algorithms")
GROUPS: Final = _file("spec/test_groups")
VENDORS: Final = _file("spec/test_vendor_ids")
CERTIFICATES: Final = _file("crypto/test_certificates")
CRYPTO: Final = _file("crypto/test_known_answers")
SIGNATURES: Final = _file("crypto/test_signatures")
UPKEEP: Final = _file("machine/test_upkeep")
POLICY: Final = _file("machine/test_policy")
GENERIC: Final = _file("machine/test_generic_exchanges")
CAPTURE: Final = _file("conform/test_capture")
NEW_GROUP: Final = _file("machine/test_new_group")
SITUATION: Final = _file("machine/test_situation")
TRANSPORT: Final = _file("machine/test_transport")
USERS: Final = _file("machine/test_xauth")
LIFETIMES: Final = _file("machine/test_lifetimes")
CERTIFYING: Final = _file("machine/test_certificates")
HYBRID_CLIENT: Final = _file("machine/test_hybrid_client")
AUTHENTICATORS: Final = _file("machine/test_authenticators")
BUNDLES: Final = _file("machine/test_bundles")
ORIGINALS: Final = _file("machine/test_originals")
TRANSFORMS: Final = _file("machine/test_transform_rules")
SEVERAL: Final = _file("machine/test_several")
