"""Citations: how the tables of the specification say where a fact comes from.

A citation is a short string, document and section joined by a colon: ``"RFC2409:5.4"``, ``"RFC2409:Appendix A"``,
``"MODECFG:3.2"``, ``"IANA:ipsec-registry"``.  It stays a plain string, because thousands of table cells hold one and
because it has to read well beside the fact that it supports; this module gives strings a meaning: which documents
exist, how a citation is split, and how it is printed.  Whether a cited section really exists in the document is
checked by the tests, against an index of headings that is extracted from the texts.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

Cite: TypeAlias = str
"""``"<document>:<section>"``, where the document is a key of :data:`DOCUMENTS`."""


class CitationError(ValueError):
    """A string that is not a citation, or that names a document which :data:`DOCUMENTS` does not list."""


@dataclass(frozen=True, slots=True)
class Document:
    """A source that facts are cited from.

    ``name`` is how running text names it, ``year`` the year of publication (0 where there is no single one).
    ``numbered`` tells whether sections are cited; else the name of a registry or of a product follows the colon.
    """

    name: str
    title: str
    year: int
    url: str
    numbered: bool = True


_RFC: Final = "https://www.rfc-editor.org/rfc/rfc"
_DRAFT: Final = "https://datatracker.ietf.org/doc/html/"


def _rfc(number: int, title: str, year: int) -> tuple[str, Document]:
    return f"RFC{number}", Document(f"RFC {number}", title, year, f"{_RFC}{number}")


def _draft(key: str, name: str, title: str, year: int) -> tuple[str, Document]:
    return key, Document(name, title, year, f"{_DRAFT}{name}")


DOCUMENTS: Final[dict[str, Document]] = dict(
    (
        _rfc(2104, "HMAC: Keyed-Hashing for Message Authentication", 1997),
        _rfc(2407, "The Internet IP Security Domain of Interpretation for ISAKMP", 1998),
        _rfc(2408, "Internet Security Association and Key Management Protocol (ISAKMP)", 1998),
        _rfc(2409, "The Internet Key Exchange (IKE)", 1998),
        _rfc(2412, "The OAKLEY Key Determination Protocol", 1998),
        _rfc(2451, "The ESP CBC-Mode Cipher Algorithms", 1998),
        _rfc(2857, "The Use of HMAC-RIPEMD-160-96 within ESP and AH", 2000),
        _rfc(3051, "IP Payload Compression Using ITU-T V.44 Packet Method", 2001),
        _rfc(3168, "The Addition of Explicit Congestion Notification (ECN) to IP", 2001),
        _rfc(3526, "More Modular Exponential (MODP) Diffie-Hellman groups for Internet Key Exchange (IKE)", 2003),
        _rfc(3547, "The Group Domain of Interpretation", 2003),
        _rfc(3554, "On the Use of Stream Control Transmission Protocol (SCTP) with IPsec", 2003),
        _rfc(3566, "The AES-XCBC-MAC-96 Algorithm and Its Use With IPsec", 2003),
        _rfc(3602, "The AES-CBC Cipher Algorithm and Its Use with IPsec", 2003),
        _rfc(3686, "Using Advanced Encryption Standard (AES) Counter Mode With IPsec ESP", 2004),
        _rfc(3706, "A Traffic-Based Method of Detecting Dead Internet Key Exchange (IKE) Peers", 2004),
        _rfc(3715, "IPsec-Network Address Translation (NAT) Compatibility Requirements", 2004),
        _rfc(3947, "Negotiation of NAT-Traversal in the IKE", 2005),
        _rfc(3948, "UDP Encapsulation of IPsec ESP Packets", 2005),
        _rfc(4106, "The Use of Galois/Counter Mode (GCM) in IPsec Encapsulating Security Payload (ESP)", 2005),
        _rfc(4109, "Algorithms for Internet Key Exchange version 1 (IKEv1)", 2005),
        _rfc(4196, "The SEED Cipher Algorithm and Its Use with IPsec", 2005),
        _rfc(4304, "Extended Sequence Number (ESN) Addendum to IPsec DOI for ISAKMP", 2005),
        _rfc(4309, "Using Advanced Encryption Standard (AES) CCM Mode with IPsec ESP", 2005),
        _rfc(4312, "The Camellia Cipher Algorithm and Its Use With IPsec", 2005),
        _rfc(4359, "The Use of RSA/SHA-1 Signatures within ESP and AH", 2006),
        _rfc(4434, "The AES-XCBC-PRF-128 Algorithm for the Internet Key Exchange Protocol (IKE)", 2006),
        _rfc(4543, "The Use of Galois Message Authentication Code (GMAC) in IPsec ESP and AH", 2006),
        _rfc(4705, "GigaBeam High-Speed Radio Link Encryption", 2006),
        _rfc(4754, "IKE and IKEv2 Authentication Using the Elliptic Curve Digital Signature Algorithm (ECDSA)", 2007),
        _rfc(4868, "Using HMAC-SHA-256, HMAC-SHA-384, and HMAC-SHA-512 with IPsec", 2007),
        _rfc(5114, "Additional Diffie-Hellman Groups for Use with IETF Standards", 2008),
        _rfc(5903, "Elliptic Curve Groups modulo a Prime (ECP Groups) for IKE and IKEv2", 2010),
        _rfc(6407, "The Group Domain of Interpretation", 2011),
        _rfc(6932, "Brainpool Elliptic Curves for the Internet Key Exchange (IKE) Group Description Registry", 2013),
        _rfc(8221, "Cryptographic Algorithm Implementation Requirements and Usage Guidance for ESP and AH", 2017),
        _rfc(8247, "Algorithm Implementation Requirements and Usage Guidance for IKEv2", 2017),
        _rfc(9395, "Deprecation of the IKEv1 Protocol and Obsoleted Algorithms", 2023),
        _draft("XAUTH", "draft-beaulieu-ike-xauth-02", "Extended Authentication within IKE (XAUTH)", 2001),
        _draft("MODECFG", "draft-dukes-ike-mode-cfg-02", "The ISAKMP Configuration Method", 2001),
        _draft("HYBRID", "draft-ietf-ipsec-isakmp-hybrid-auth-05", "A Hybrid Authentication Mode for IKE", 2000),
        _draft("SPENCER", "draft-spencer-ipsec-ike-implementation-02", "IKE Implementation Issues", 2002),
        _draft("NATT-00", "draft-ietf-ipsec-nat-t-ike-00", "Negotiation of NAT-Traversal in the IKE", 2001),
        _draft("NATT-02", "draft-ietf-ipsec-nat-t-ike-02", "Negotiation of NAT-Traversal in the IKE", 2002),
        _draft("NATT-03", "draft-ietf-ipsec-nat-t-ike-03", "Negotiation of NAT-Traversal in the IKE", 2002),
        _draft("NATT-08", "draft-ietf-ipsec-nat-t-ike-08", "Negotiation of NAT-Traversal in the IKE", 2004),
        _draft("UDPENCAPS-03", "draft-ietf-ipsec-udp-encaps-03", "UDP Encapsulation of IPsec Packets", 2002),
        _draft("IKE-ECC", "draft-ietf-ipsec-ike-ecc-groups", "Additional ECC Groups For IKE and IKEv2", 2001),
        (
            "SP800-77r1",
            Document(
                "NIST SP 800-77 Rev. 1",
                "Guide to IPsec VPNs",
                2020,
                "https://doi.org/10.6028/NIST.SP.800-77r1",
                numbered=False,
            ),
        ),
        (
            "IANA",
            Document(
                "IANA", "IANA protocol registries of IKEv1", 0, "https://www.iana.org/assignments/", numbered=False
            ),
        ),
        (
            "PEERS",
            Document("implementations", "Numbers that real peers send, without a document", 0, "", numbered=False),
        ),
    )
)
"""Every document that a citation may name, by its key."""


def parse_cite(cite: Cite) -> tuple[str, str]:
    """Split a citation into document key and section.

    >>> parse_cite("RFC2409:5.4")
    ('RFC2409', '5.4')

    Raises :class:`CitationError` where the colon, the section or the document is missing.
    """
    document, colon, section = cite.partition(":")
    if not colon or not section or section != section.strip():
        raise CitationError(f"not of the form 'document:section': {cite!r}")
    if document not in DOCUMENTS:
        raise CitationError(f"unknown document {document!r} in {cite!r}; known: {', '.join(sorted(DOCUMENTS))}")
    return document, section


def format_cite(cite: Cite) -> str:
    """Give a citation as running text.

    >>> format_cite("RFC2409:5.4")
    'RFC 2409 section 5.4'
    >>> format_cite("RFC2409:Appendix A")
    'RFC 2409 Appendix A'
    >>> format_cite("IANA:ipsec-registry")
    'IANA ipsec-registry'

    Raises :class:`CitationError` as :func:`parse_cite` does.
    """
    document, section = parse_cite(cite)
    source = DOCUMENTS[document]
    if not source.numbered or section.startswith("Appendix"):
        return f"{source.name} {section}"
    return f"{source.name} section {section}"


def cite_url(cite: Cite) -> str:
    """Give the address of the cited place, with the section as fragment where the publisher sets such anchors.

    Returns an empty text for sources that have no address.  Raises :class:`CitationError` as :func:`parse_cite` does.
    """
    document, section = parse_cite(cite)
    source = DOCUMENTS[document]
    if document == "IANA":
        return f"{source.url}{section}"
    if not source.url or not source.numbered:
        return source.url
    letter = section.removeprefix("Appendix ")
    return f"{source.url}#{'appendix' if letter[0].isalpha() else 'section'}-{letter}"
