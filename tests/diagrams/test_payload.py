"""Packets: the rows of the RFCs' figures, and every field with its rule."""

from __future__ import annotations

import pytest

from isakmp.diagrams import overview, packet
from isakmp.diagrams.payload import family, rows_of
from isakmp.spec.citations import format_cite
from isakmp.spec.fields import Field, Kind
from isakmp.spec.layouts import Layout
from isakmp.spec.payloads import LAYOUTS
from isakmp.spec.registries import NotifyType, PayloadType
from tests.diagrams.reading import Picture

EACH_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)

# The rows of the figures in RFC 2408 and RFC 2407: label and width in bits; a field of variable length fills a row.
GENERIC = [("Next Payload", 8), ("RESERVED", 8), ("Payload Length", 16)]
FIGURES = {
    # RFC 2408 section 3.1; each cookie takes two rows
    "Header": [
        [("Initiator Cookie", 32)],
        [("Responder Cookie", 32)],
        [("Next Payload", 8), ("MjVer", 4), ("MnVer", 4), ("Exchange Type", 8), ("Flags", 8)],
        [("Message ID", 32)],
        [("Length", 32)],
    ],
    # RFC 2408 section 3.14
    "N": [
        GENERIC,
        [("Domain of Interpretation", 32)],
        [("Protocol-ID", 8), ("SPI Size", 8), ("Notify Message Type", 16)],
        [("Security Parameter Index (SPI)", 32)],
        [("Notification Data", 32)],
    ],
    # RFC 2408 section 3.8
    "GenericID": [GENERIC, [("ID Type", 8), ("DOI Specific ID Data", 24)], [("Identification Data", 32)]],
    # RFC 2407 section 4.6.2
    "ID": [GENERIC, [("ID Type", 8), ("Protocol ID", 8), ("Port", 16)], [("Identification Data", 32)]],
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_rows_are_those_of_the_figure(name: str) -> None:
    rows = [[(part.field.label, part.bits) for part in row] for row in rows_of(LAYOUTS[name])]
    assert rows == FIGURES[name]


@EACH_LAYOUT
def test_no_row_has_more_than_32_bits_and_only_the_last_has_fewer(layout: Layout) -> None:
    widths = [sum(part.bits for part in row) for row in rows_of(layout)]
    assert set(widths[:-1]) <= {32}
    assert 0 < widths[-1] <= 32


def test_data_begins_in_the_row_of_the_field_before_it() -> None:
    # RFC 2408 section 3.9: Cert Encoding has 8 bits, and the data follows at once
    rows = [[(part.field.label, part.bits, part.lead) for part in row] for row in rows_of(LAYOUTS["CERT"])[1:]]
    assert rows == [[("Cert Encoding", 8, False), ("Certificate Data", 24, True)], [("Certificate Data", 32, False)]]


def test_a_field_that_crosses_the_end_of_a_row_goes_on_in_the_next() -> None:
    fields = tuple(Field(kind=Kind.UINT, label=label, bits=bits, name=label) for label, bits in (("a", 24), ("b", 16)))
    layout = Layout("X", "RFC2408:3.1", "", None, NotifyType.PAYLOAD_MALFORMED, (), fields)
    rows = [[(part.field.label, part.bits, part.continued) for part in row] for row in rows_of(layout)]
    assert rows == [[("a", 24, False), ("b", 8, False)], [("b", 8, True)]]


@EACH_LAYOUT
def test_every_field_is_drawn_and_tells_its_section_and_rule(layout: Layout) -> None:
    picture = Picture(packet(layout))
    shown = " ".join(picture.texts(layout.name))
    for field in layout.fields:
        if field.bits != 0:
            assert field.label in shown
            assert field.kind.value in picture.tooltips(layout.name)
            assert format_cite(field.cite) in picture.tooltips(layout.name)


def test_a_tooltip_lists_the_allowed_values_by_name_and_the_answer_to_others() -> None:
    tooltips = Picture(packet(LAYOUTS["Proposal"])).tooltips("Proposal")
    assert "2 PROTO_IPSEC_AH" in tooltips  # RFC 2407 section 4.4.1
    assert f"otherwise: {NotifyType.INVALID_PROTOCOL_ID.label}" in tooltips
    assert "4 where Protocol-Id is PROTO_IPSEC_ESP" in tooltips


def test_reserved_and_variable_fields_look_different_from_values() -> None:
    families = {family(field) for layout in LAYOUTS.values() for field in layout.fields}
    assert families == {"value", "derived", "reserved", "variable"}
    dot = packet(LAYOUTS["ID"])
    assert dot.count('STYLE="dashed"') == 2  # the data, and its sign in the legend


def test_the_sheet_shows_every_layout_and_every_field() -> None:
    texts = Picture(overview(LAYOUTS.values())).texts()
    for layout in LAYOUTS.values():
        assert layout.name in texts
        for field in layout.body:
            assert field.bits == 0 or any(text.startswith(field.label) for text in texts)


def test_every_payload_type_that_is_laid_out_is_drawn_with_its_number() -> None:
    picture = Picture(packet(LAYOUTS["KE"]))
    assert any(text.endswith(f"payload type {PayloadType.KE.value}") for text in picture.texts())
