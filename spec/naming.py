"""Which registry names a number whose meaning depends on what stands around it: transforms, attributes, values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from isakmp.spec.registries import (
    AhTransform,
    AuthMethod,
    ConfigAttribute,
    EncapsulationMode,
    EncryptionAlgorithm,
    EspTransform,
    ExtendedSequenceNumber,
    Group,
    GroupType,
    HashAlgorithm,
    IkeAttribute,
    IntegrityAlgorithm,
    IpcompTransform,
    IpsecAttribute,
    IsakmpTransform,
    LifeType,
    Prf,
    ProtocolId,
    Registry,
    SaLifeType,
    XauthStatus,
    XauthType,
)

TRANSFORM_IDS: Final[MappingProxyType[int, type[Registry]]] = MappingProxyType(
    {
        ProtocolId.ISAKMP: IsakmpTransform,
        ProtocolId.AH: AhTransform,
        ProtocolId.ESP: EspTransform,
        ProtocolId.IPCOMP: IpcompTransform,
    }
)
"""What names a Transform-Id, by the protocol of the proposal (RFC 2407 sections 4.4.2 to 4.4.5)."""

SA_ATTRIBUTES: Final[MappingProxyType[int, type[Registry]]] = MappingProxyType(
    {
        ProtocolId.ISAKMP: IkeAttribute,
        ProtocolId.AH: IpsecAttribute,
        ProtocolId.ESP: IpsecAttribute,
        ProtocolId.IPCOMP: IpsecAttribute,
    }
)
"""What names a SA attribute, by the protocol of the proposal (RFC 2409 Appendix A, RFC 2407 section 4.5)."""

CONFIG_ATTRIBUTES: Final = ConfigAttribute
"""What names an attribute of an ATTR payload."""

ATTRIBUTE_VALUES: Final[Mapping[tuple[type[Registry], int], type[Registry]]] = MappingProxyType(
    {
        (IkeAttribute, IkeAttribute.ENCRYPTION_ALGORITHM): EncryptionAlgorithm,
        (IkeAttribute, IkeAttribute.HASH_ALGORITHM): HashAlgorithm,
        (IkeAttribute, IkeAttribute.AUTHENTICATION_METHOD): AuthMethod,
        (IkeAttribute, IkeAttribute.GROUP_DESCRIPTION): Group,
        (IkeAttribute, IkeAttribute.GROUP_TYPE): GroupType,
        (IkeAttribute, IkeAttribute.LIFE_TYPE): LifeType,
        (IkeAttribute, IkeAttribute.PRF): Prf,
        (IpsecAttribute, IpsecAttribute.SA_LIFE_TYPE): SaLifeType,
        (IpsecAttribute, IpsecAttribute.GROUP_DESCRIPTION): Group,
        (IpsecAttribute, IpsecAttribute.ENCAPSULATION_MODE): EncapsulationMode,
        (IpsecAttribute, IpsecAttribute.AUTHENTICATION_ALGORITHM): IntegrityAlgorithm,
        (IpsecAttribute, IpsecAttribute.EXTENDED_SEQUENCE_NUMBER): ExtendedSequenceNumber,
        (ConfigAttribute, ConfigAttribute.XAUTH_TYPE): XauthType,
        (ConfigAttribute, ConfigAttribute.XAUTH_STATUS): XauthStatus,
    }
)
"""What names the value of an attribute, where the value has a name (RFC 2409 Appendix A, RFC 2407 section 4.5)."""
