"""The layouts are those of the RFCs' figures, and their classes behave as declared."""

from __future__ import annotations

import copy
import pickle
from itertools import pairwise

import pytest

from isakmp.spec.citations import format_cite
from isakmp.spec.layouts import GenericHeader, Kind, Layout, Payload, octets, reserved, uint
from isakmp.spec.payloads import LAYOUTS, PAYLOADS, SA, STRUCTURES, Attribute, Header, Transform
from isakmp.spec.registries import NotifyType, PayloadType, ProtocolId

# The rows of the figures in RFC 2407, RFC 2408, RFC 3947 and the mode-config draft as printed there: two columns for
# each bit, "~" around what varies in length. Rows between separators belong to one field.
GENERIC = "! Next Payload  !   RESERVED    !         Payload Length        !"
VARIABLE = "~                                                               ~"
FIGURES = {
    "Header": """
!                          Initiator                            !
!                            Cookie                             !
+
!                          Responder                            !
!                            Cookie                             !
+
!  Next Payload ! MjVer ! MnVer ! Exchange Type !     Flags     !
+
!                          Message ID                           !
+
!                            Length                             !
""",
    "Attribute": """
!A!       Attribute Type        !    AF=0  Attribute Length     !
+
~                   AF=0  Attribute Value                       ~
""",
    "SA": f"""
{GENERIC}
+
!                Domain of Interpretation (IPSEC)               !
+
!                       Situation (bitmap)                      !
+
!                    Labeled Domain Identifier                  !
+
~                        Secrecy                                ~
+
~                       Integrity                               ~
+
~                       Proposals                               ~
""",
    "SecurityLabel": """
!  Secrecy Length (in octets)   !           RESERVED            !
+
~                        Secrecy Level                          ~
+
! Secrecy Cat. Length (in bits) !           RESERVED            !
+
~                    Secrecy Category Bitmap                    ~
""",
    "Proposal": f"""
{GENERIC}
+
!  Proposal #   !  Protocol-Id  !    SPI Size   !# of Transforms!
+
~                        SPI (variable)                         ~
+
~                        Transforms                             ~
""",
    "Transform": f"""
{GENERIC}
+
!  Transform #  !  Transform-Id !           RESERVED2           !
+
~                        SA Attributes                          ~
""",
    "ID": f"""
{GENERIC}
+
!   ID Type     !  Protocol ID  !             Port              !
+
~                     Identification Data                       ~
""",
    "GenericID": f"""
{GENERIC}
+
!   ID Type     !             DOI Specific ID Data              !
+
~                   Identification Data                         ~
""",
    "CERT": f"""
{GENERIC}
+
! Cert Encoding !
+
~                       Certificate Data                        ~
""",
    "CR": f"""
{GENERIC}
+
!  Cert. Type   !
+
~                    Certificate Authority                      ~
""",
    "N": f"""
{GENERIC}
+
!              Domain of Interpretation  (DOI)                  !
+
!  Protocol-ID  !   SPI Size    !      Notify Message Type      !
+
~                Security Parameter Index (SPI)                 ~
+
~                       Notification Data                       ~
""",
    "D": f"""
{GENERIC}
+
!              Domain of Interpretation  (DOI)                  !
+
!  Protocol-Id  !   SPI Size    !           # of SPIs           !
+
~               Security Parameter Index(es) (SPI)              ~
""",
    "NAT_OA": """
| Next Payload  | RESERVED      | Payload length                |
+
| ID Type       | RESERVED      | RESERVED                      |
+
~           IPv4 (4 octets) or IPv6 address (16 octets)         ~
""",
    "ATTR": f"""
{GENERIC}
+
!     Type      !   RESERVED    !           Identifier          !
+
~                           Attributes                          ~
""",
    "FRAGMENT": f"""
{GENERIC}
+
!          Fragment_ID          !Fragment_Number!     Flags     !
+
~                         Fragment_Data                         ~
""",
    **dict.fromkeys(("KE", "HASH", "SIG", "NONCE", "VID", "NAT_D", "NAT_D_DRAFT"), f"{GENERIC}\n+\n{VARIABLE}"),
}
FIGURES["NAT_OA_DRAFT"] = FIGURES["NAT_OA"]


def widths(figure: str) -> list[int | None]:
    """Return the width in bits of each cell of a figure, ``None`` where it varies."""
    found: list[int | None] = []
    for block in figure.strip().split("+"):
        rows = block.strip().splitlines()
        if rows[0].startswith("~"):
            found.append(None)
            continue
        edges = [at for at, character in enumerate(rows[0]) if character in "!|"]
        cells = [(right - left) // 2 for left, right in pairwise(edges)]
        found += [cells[0] * len(rows)] if len(rows) > 1 else cells
    return found


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_layout_has_the_widths_of_its_figure(name: str) -> None:
    assert [field.bits for field in LAYOUTS[name].fields] == widths(FIGURES[name])


def test_every_layout_is_compared_with_a_figure() -> None:
    assert set(LAYOUTS) == set(FIGURES) | {"Unknown"}


def test_the_header_has_28_octets_and_the_generic_one_4() -> None:
    assert Header.layout.minimum == 28  # 8 + 8 + 4 + 4 + 4, RFC 2408 section 3.1
    assert GenericHeader.layout.minimum == 4


def test_every_payload_type_of_rfc_2408_that_may_stand_in_a_message_has_a_layout() -> None:
    assert set(range(1, 14)) - {PayloadType.PROPOSAL, PayloadType.TRANSFORM} <= set(PAYLOADS)
    assert all(cls.layout.code == code for code, cls in PAYLOADS.items())


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_field_cites_a_section_and_refers_to_fields_before_it(layout: Layout) -> None:
    before: set[str] = set()
    assert format_cite(layout.cite)
    for field in layout.fields:
        assert format_cite(field.cite)
        assert field.label
        assert (field.bits is None) == bool(field.length_rule)
        if field.kind is Kind.OCTETS and field.refers:
            assert field.refers in before
        if field.when:
            assert field.when.field in before
        if field.lengths:
            assert field.lengths.field in before
        assert field.notify is not None or field.only_logged
        before.add(field.name)


def test_reserved_and_derived_fields_are_no_arguments() -> None:
    with pytest.raises(TypeError):
        Transform(1, 1, reserved2=0)  # type: ignore[call-arg]
    assert [field.name for field in Transform.layout.values] == ["number", "transform_id", "attributes"]


def test_members_keep_their_defaults_and_can_be_replaced_in_a_copy() -> None:
    association = SA()
    assert (association.doi, association.situation, association.proposals) == (1, 1, ())
    assert association.replace(doi=0) == SA(doi=0)
    with pytest.raises(ValueError, match="nothing"):
        association.replace(nothing=1)


def test_objects_can_be_copied_pickled_and_matched() -> None:
    transform = Transform(3, 1, (Attribute(1, 7),))
    assert copy.deepcopy(transform) == transform
    assert pickle.loads(pickle.dumps(transform)) == transform  # noqa: S301 - our own octets
    match transform:
        case Transform(number, 1, (Attribute(type=1, value=value),)):
            assert (number, value) == (3, 7)
        case _:
            pytest.fail("no match")


def test_a_repr_names_the_members_of_registries() -> None:
    proposal = LAYOUTS["Proposal"]
    assert proposal.field("protocol").registry is ProtocolId
    assert repr(SA()) == (
        "SA(doi=Doi.IPSEC, situation=Situation.IDENTITY_ONLY, domain=0, secrecy=None, integrity=None, proposals=())"
    )


def test_a_layout_of_ones_own_is_declared_in_the_same_way() -> None:
    class Own(Payload, code=PayloadType.VID, cite="RFC2408:3.16", notify=NotifyType.INVALID_FLAGS):
        kind: int = uint(8, "Kind", allowed=frozenset({1, 2}))
        spare = reserved(8)
        data: bytes = octets("Data", default=b"")

    assert Own(1) == Own(kind=1, data=b"")
    assert [field.name for field in Own.layout.fields] == [
        *("next_payload", "reserved_1", "length"),
        *("kind", "spare", "data"),
    ]
    assert {field.notify for field in Own.layout.body} == {NotifyType.INVALID_FLAGS}
    assert not hasattr(Own(1), "__dict__")


def test_all_structures_are_listed_once() -> None:
    assert len(set(STRUCTURES)) == len(STRUCTURES)
    assert all(cls.layout is LAYOUTS[cls.__name__] for cls in STRUCTURES)
