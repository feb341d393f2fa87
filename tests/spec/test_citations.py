"""Citations are parsed and printed as people write them, and the index tells true sections from false ones."""

from __future__ import annotations

import pytest

from isakmp.spec.citations import DOCUMENTS, CitationError, cite_url, format_cite, parse_cite
from tests.citing import WITHOUT_TEXT, sections, unresolved


@pytest.mark.parametrize(
    ("cite", "document", "section", "text"),
    [
        ("RFC2409:5.4", "RFC2409", "5.4", "RFC 2409 section 5.4"),
        ("RFC2409:Appendix A", "RFC2409", "Appendix A", "RFC 2409 Appendix A"),
        ("RFC2408:A.4.1", "RFC2408", "A.4.1", "RFC 2408 section A.4.1"),
        ("MODECFG:3.2", "MODECFG", "3.2", "draft-dukes-ike-mode-cfg-02 section 3.2"),
        ("NATT-02:3.2", "NATT-02", "3.2", "draft-ietf-ipsec-nat-t-ike-02 section 3.2"),
        ("IANA:ipsec-registry", "IANA", "ipsec-registry", "IANA ipsec-registry"),
        ("PEERS:Cisco Unity", "PEERS", "Cisco Unity", "implementations Cisco Unity"),
    ],
)
def test_a_citation_is_split_and_printed(cite: str, document: str, section: str, text: str) -> None:
    assert parse_cite(cite) == (document, section)
    assert format_cite(cite) == text


@pytest.mark.parametrize(
    ("cite", "what"),
    [
        ("RFC2409", "not of the form"),
        ("RFC2409:", "not of the form"),
        ("", "not of the form"),
        ("RFC2409: 5.4", "not of the form"),
        ("RFC9999:1", "unknown document 'RFC9999'"),
        ("rfc2409:5.4", "unknown document 'rfc2409'"),
        ("RFC 2409:5.4", "unknown document 'RFC 2409'"),
    ],
)
def test_what_is_no_citation_is_refused_with_the_reason(cite: str, what: str) -> None:
    for use in (parse_cite, format_cite, cite_url):
        with pytest.raises(CitationError, match=what):
            use(cite)


@pytest.mark.parametrize(
    ("cite", "url"),
    [
        ("RFC2409:5.4", "https://www.rfc-editor.org/rfc/rfc2409#section-5.4"),
        ("RFC2409:Appendix A", "https://www.rfc-editor.org/rfc/rfc2409#appendix-A"),
        ("RFC2408:A.4", "https://www.rfc-editor.org/rfc/rfc2408#appendix-A.4"),
        ("XAUTH:6.1", "https://datatracker.ietf.org/doc/html/draft-beaulieu-ike-xauth-02#section-6.1"),
        ("IANA:isakmp-registry", "https://www.iana.org/assignments/isakmp-registry"),
        ("PEERS:Cisco", ""),
    ],
)
def test_the_address_leads_to_the_section(cite: str, url: str) -> None:
    assert cite_url(cite) == url


def test_each_document_is_in_the_index_or_named_as_one_without_text() -> None:
    assert set(sections()) | WITHOUT_TEXT == set(DOCUMENTS)
    assert not set(sections()) & WITHOUT_TEXT


def test_only_sources_without_sections_lack_a_year() -> None:
    assert {key for key, document in DOCUMENTS.items() if not document.year} == {"IANA", "PEERS"}
    assert {key for key, document in DOCUMENTS.items() if not document.numbered} == {"IANA", "PEERS", "SP800-77r1"}


@pytest.mark.parametrize(
    ("document", "section", "title"),
    [
        ("RFC2407", "4.6.2.12", "ID_KEY_ID"),
        ("RFC2408", "3.14.1", "Notify Message Types"),
        ("RFC2408", "A.4", "ISAKMP Identification Type Values"),
        ("RFC2409", "5.4", "Phase 1 Authenticated With a Pre-Shared Key"),
        ("RFC2409", "Appendix B", ""),
        ("RFC2412", "E.5", "Well-Known Group 5: A 1536 bit prime"),
        ("RFC3947", "3.2", "Detecting the Presence of NAT"),
        ("XAUTH", "7.2", "Notification via Authentication Method Types"),
    ],
)
def test_the_index_holds_the_headings_of_the_texts(document: str, section: str, title: str) -> None:
    assert sections()[document][section] == title


def test_true_citations_resolve() -> None:
    assert unresolved(["RFC2409:5.4", "RFC2409:Appendix A", "RFC4754:3", "IANA:ipsec-registry", "PEERS:Cisco"]) == []


def test_false_citations_are_reported_once_each() -> None:
    cites = ["RFC2409:5.8", "RFC2409:5.8", "RFC2409:Appendix C", "RFC2408:3.17", "IANA:ikev2-parameters", "nonsense"]
    faults = unresolved(cites)
    assert len(faults) == 5
    assert "RFC2409:5.8: RFC2409 has no section 5.8" in faults
    assert any("not of the form" in fault for fault in faults)


def test_the_index_has_no_section_without_its_parent_chapter_but_the_one_that_the_rfc_forgot() -> None:
    """RFC 2407 has sections 4.1 and following, but no heading for 4 in the form of the others."""
    orphans = {
        (document, section)
        for document, titles in sections().items()
        for section in titles
        if "." in section
        and section.rpartition(".")[0] not in titles
        and f"Appendix {section.rpartition('.')[0]}" not in titles
    }
    assert {document for document, _ in orphans} == {"RFC2407"}
    assert all(section.count(".") == 1 and section.startswith("4.") for _, section in orphans)
