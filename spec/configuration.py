"""Configuration attributes: which message answers which, and how long values are (draft-dukes-ike-mode-cfg-02)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from isakmp.spec.registries import ConfigAttribute, ConfigType

ANSWERS: Final[Mapping[ConfigType, ConfigType]] = MappingProxyType(
    {ConfigType.REQUEST: ConfigType.REPLY, ConfigType.SET: ConfigType.ACK}
)
"""What answers a message that begins a transaction exchange (section 2)."""

LENGTHS: Final[Mapping[ConfigAttribute, range]] = MappingProxyType(
    {
        ConfigAttribute.INTERNAL_IP4_ADDRESS: range(4, 5),
        ConfigAttribute.INTERNAL_IP4_NETMASK: range(4, 5),
        ConfigAttribute.INTERNAL_IP4_DNS: range(4, 5),
        ConfigAttribute.INTERNAL_IP4_NBNS: range(4, 5),
        ConfigAttribute.INTERNAL_ADDRESS_EXPIRY: range(4, 5),
        ConfigAttribute.INTERNAL_IP4_DHCP: range(4, 5),
        ConfigAttribute.APPLICATION_VERSION: range(1, 0x1_0000),
        ConfigAttribute.INTERNAL_IP6_ADDRESS: range(16, 17),
        ConfigAttribute.INTERNAL_IP6_NETMASK: range(16, 17),
        ConfigAttribute.INTERNAL_IP6_DNS: range(16, 17),
        ConfigAttribute.INTERNAL_IP6_NBNS: range(16, 17),
        ConfigAttribute.INTERNAL_IP6_DHCP: range(16, 17),
        ConfigAttribute.INTERNAL_IP4_SUBNET: range(8, 9),
        ConfigAttribute.SUPPORTED_ATTRIBUTES: range(0, 0x1_0000, 2),
        ConfigAttribute.INTERNAL_IP6_SUBNET: range(17, 18),
    }
)
"""Octets of a value that is given; one that is asked for has none (section 3.4)."""

FIRST_PRIVATE: Final = 16_384
"""Attributes from here on are for private use: XAuth's and vendors' (section 3.4)."""

ALONE: Final = frozenset({ConfigAttribute.XAUTH_NEXT_PIN, ConfigAttribute.XAUTH_ANSWER})
COMPANIONS: Final = frozenset({ConfigAttribute.XAUTH_MESSAGE, ConfigAttribute.XAUTH_TYPE})
"""What goes with no other attribute, but for these companions (draft-beaulieu-ike-xauth-02 section 6.2)."""
