"""Every number that the protocol knows, by registry, with its name and the section that assigns it.

One module a document; all names are re-exported here.

* :mod:`~isakmp.spec.registries.isakmp`: RFC 2408
* :mod:`~isakmp.spec.registries.ipsec_doi`, :mod:`~isakmp.spec.registries.ipsec_attributes`: RFC 2407
* :mod:`~isakmp.spec.registries.ike`: RFC 2409
* :mod:`~isakmp.spec.registries.extensions`: drafts
* :mod:`~isakmp.spec.registries.vendor_ids`: what peers send to say who they are and what they can
"""

from isakmp.spec.registries.base import AttributeRegistry, Encoding, FlagRegistry, Kind, Range, Registry
from isakmp.spec.registries.extensions import ConfigAttribute, ConfigType, DraftNatPayloadType, XauthStatus, XauthType
from isakmp.spec.registries.ike import (
    AuthMethod,
    EncryptionAlgorithm,
    Group,
    GroupType,
    HashAlgorithm,
    IkeAttribute,
    LifeType,
    Prf,
)
from isakmp.spec.registries.ipsec_attributes import (
    AddressPreservation,
    EcnTunnel,
    EncapsulationMode,
    ExtendedSequenceNumber,
    IntegrityAlgorithm,
    IpsecAttribute,
    SaDirection,
    SaLifeType,
    SignatureEncoding,
)
from isakmp.spec.registries.ipsec_doi import (
    AhTransform,
    EspTransform,
    IdType,
    IpcompTransform,
    IsakmpTransform,
    LabeledDomain,
    ProtocolId,
    Situation,
)
from isakmp.spec.registries.isakmp import CertEncoding, Doi, ExchangeType, Flag, IsakmpIdType, NotifyType, PayloadType
from isakmp.spec.registries.vendor_ids import VENDOR_IDS, Origin, VendorId, identify_vendor

__all__ = [
    "VENDOR_IDS",
    "AddressPreservation",
    "AhTransform",
    "AttributeRegistry",
    "AuthMethod",
    "CertEncoding",
    "ConfigAttribute",
    "ConfigType",
    "Doi",
    "DraftNatPayloadType",
    "EcnTunnel",
    "EncapsulationMode",
    "Encoding",
    "EncryptionAlgorithm",
    "EspTransform",
    "ExchangeType",
    "ExtendedSequenceNumber",
    "Flag",
    "FlagRegistry",
    "Group",
    "GroupType",
    "HashAlgorithm",
    "IdType",
    "IkeAttribute",
    "IntegrityAlgorithm",
    "IpcompTransform",
    "IpsecAttribute",
    "IsakmpIdType",
    "IsakmpTransform",
    "Kind",
    "LabeledDomain",
    "LifeType",
    "NotifyType",
    "Origin",
    "PayloadType",
    "Prf",
    "ProtocolId",
    "Range",
    "Registry",
    "SaDirection",
    "SaLifeType",
    "SignatureEncoding",
    "Situation",
    "VendorId",
    "XauthStatus",
    "XauthType",
    "identify_vendor",
]
