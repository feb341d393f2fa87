"""Numbers of what came on top of IKE by drafts: configuration mode, XAuth, NAT-Traversal's drafts.

Where an extension adds a number to a space of the RFCs (a payload, an exchange, a notification, an authentication
method), that number stands in the registry of the space; here are the spaces that the extensions opened themselves.
"""

from isakmp.spec.registries.base import AttributeRegistry, Registry, private_use, reserved


class ConfigType(
    Registry,
    title="Configuration Message Types",
    document="MODECFG:3.3",
    bits=8,
    ranges=(
        reserved(0, 0, "MODECFG:3.3"),
        reserved(5, 127, "MODECFG:3.3"),
        private_use(128, 255, "MODECFG:3.3"),
    ),
):
    """What the sender of an Attributes payload wants."""

    REQUEST = 1, "ISAKMP_CFG_REQUEST", "MODECFG:3.3"
    REPLY = 2, "ISAKMP_CFG_REPLY", "MODECFG:3.3"
    SET = 3, "ISAKMP_CFG_SET", "MODECFG:3.3"
    ACK = 4, "ISAKMP_CFG_ACK", "MODECFG:3.3"


class ConfigAttribute(
    AttributeRegistry,
    title="Configuration Attributes",
    document="MODECFG:3.4",
    bits=15,
    ranges=(
        reserved(0, 0, "MODECFG:3.4"),
        reserved(16, 16383, "MODECFG:3.4"),
        private_use(16384, 32767, "MODECFG:3.4"),
    ),
):
    """What is asked for and handed out in a Transaction exchange, with the attributes of XAuth and of vendors.

    Whether a vendor's attribute is basic is what the peers send; there is no document that says so.
    """

    INTERNAL_IP4_ADDRESS = 1, "INTERNAL_IP4_ADDRESS", "MODECFG:3.4", "V"
    INTERNAL_IP4_NETMASK = 2, "INTERNAL_IP4_NETMASK", "MODECFG:3.4", "V"
    INTERNAL_IP4_DNS = 3, "INTERNAL_IP4_DNS", "MODECFG:3.4", "V"
    INTERNAL_IP4_NBNS = 4, "INTERNAL_IP4_NBNS", "MODECFG:3.4", "V"
    INTERNAL_ADDRESS_EXPIRY = 5, "INTERNAL_ADDRESS_EXPIRY", "MODECFG:3.4", "V"
    INTERNAL_IP4_DHCP = 6, "INTERNAL_IP4_DHCP", "MODECFG:3.4", "V"
    APPLICATION_VERSION = 7, "APPLICATION_VERSION", "MODECFG:3.4", "V"
    INTERNAL_IP6_ADDRESS = 8, "INTERNAL_IP6_ADDRESS", "MODECFG:3.4", "V"
    INTERNAL_IP6_NETMASK = 9, "INTERNAL_IP6_NETMASK", "MODECFG:3.4", "V"
    INTERNAL_IP6_DNS = 10, "INTERNAL_IP6_DNS", "MODECFG:3.4", "V"
    INTERNAL_IP6_NBNS = 11, "INTERNAL_IP6_NBNS", "MODECFG:3.4", "V"
    INTERNAL_IP6_DHCP = 12, "INTERNAL_IP6_DHCP", "MODECFG:3.4", "V"
    INTERNAL_IP4_SUBNET = 13, "INTERNAL_IP4_SUBNET", "MODECFG:3.4", "V"
    SUPPORTED_ATTRIBUTES = 14, "SUPPORTED_ATTRIBUTES", "MODECFG:3.4", "V"
    INTERNAL_IP6_SUBNET = 15, "INTERNAL_IP6_SUBNET", "MODECFG:3.4", "V"
    XAUTH_TYPE = 16520, "XAUTH-TYPE", "XAUTH:6.2", "B"
    XAUTH_USER_NAME = 16521, "XAUTH-USER-NAME", "XAUTH:6.2", "V"
    XAUTH_USER_PASSWORD = 16522, "XAUTH-USER-PASSWORD", "XAUTH:6.2", "V"
    XAUTH_PASSCODE = 16523, "XAUTH-PASSCODE", "XAUTH:6.2", "V"
    XAUTH_MESSAGE = 16524, "XAUTH-MESSAGE", "XAUTH:6.2", "V"
    XAUTH_CHALLENGE = 16525, "XAUTH-CHALLENGE", "XAUTH:6.2", "V"
    XAUTH_DOMAIN = 16526, "XAUTH-DOMAIN", "XAUTH:6.2", "V"
    XAUTH_STATUS = 16527, "XAUTH-STATUS", "XAUTH:6.2", "B"
    XAUTH_NEXT_PIN = 16528, "XAUTH-NEXT-PIN", "XAUTH:6.2", "V"
    XAUTH_ANSWER = 16529, "XAUTH-ANSWER", "XAUTH:6.2", "V"
    CHECKPOINT_DEF_DOMAIN = 16387, "CHKPT_DEF_DOMAIN", "PEERS:Check Point", "V"
    CHECKPOINT_MAC_ADDRESS = 16388, "CHKPT_MAC_ADDRESS", "PEERS:Check Point", "V"
    CHECKPOINT_REASON_CODE = 16389, "CHKPT_MARCIPAN_REASON_CODE", "PEERS:Check Point", "V"
    UNITY_BANNER = 28672, "UNITY_BANNER", "PEERS:Cisco Unity", "V"
    UNITY_SAVE_PASSWD = 28673, "UNITY_SAVE_PASSWD", "PEERS:Cisco Unity", "B"
    UNITY_DEF_DOMAIN = 28674, "UNITY_DEF_DOMAIN", "PEERS:Cisco Unity", "V"
    UNITY_SPLITDNS_NAME = 28675, "UNITY_SPLITDNS_NAME", "PEERS:Cisco Unity", "V"
    UNITY_SPLIT_INCLUDE = 28676, "UNITY_SPLIT_INCLUDE", "PEERS:Cisco Unity", "V"
    UNITY_NATT_PORT = 28677, "UNITY_NATT_PORT", "PEERS:Cisco Unity", "V"
    UNITY_LOCAL_LAN = 28678, "UNITY_LOCAL_LAN", "PEERS:Cisco Unity", "V", "also called UNITY_SPLIT_EXCLUDE"
    UNITY_PFS = 28679, "UNITY_PFS", "PEERS:Cisco Unity", "B"
    UNITY_FW_TYPE = 28680, "UNITY_FW_TYPE", "PEERS:Cisco Unity", "V"
    UNITY_BACKUP_SERVERS = 28681, "UNITY_BACKUP_SERVERS", "PEERS:Cisco Unity", "V"
    UNITY_DDNS_HOSTNAME = 28682, "UNITY_DDNS_HOSTNAME", "PEERS:Cisco Unity", "V"


class XauthType(
    Registry,
    title="XAUTH-TYPE",
    document="XAUTH:6.3",
    bits=16,
    ranges=(reserved(4, 32767, "XAUTH:6.3"), private_use(32768, 65535, "XAUTH:6.3")),
):
    """The kind of authentication that the edge device asks for."""

    GENERIC = 0, "Generic", "XAUTH:6.3"
    RADIUS_CHAP = 1, "RADIUS-CHAP", "XAUTH:6.3"
    OTP = 2, "OTP", "XAUTH:6.3"
    S_KEY = 3, "S/KEY", "XAUTH:6.3"


class XauthStatus(Registry, title="XAUTH-STATUS", document="XAUTH:6.2", bits=16):
    """How the authentication of the user ended."""

    FAIL = 0, "FAIL", "XAUTH:6.2"
    OK = 1, "OK", "XAUTH:6.2"


class DraftNatPayloadType(
    Registry,
    title="Payload numbers of NAT-Traversal's drafts",
    document="NATT-08:3.2",
    bits=8,
):
    """What a payload number means between peers that agreed on a draft of NAT-Traversal by vendor ID.

    Drafts 00 to 03 took 130 and 131 from private use; later drafts printed 15 and 16, which IANA gave to GDOI; the
    RFC got 20 and 21, which are in :class:`isakmp.spec.registries.isakmp.PayloadType`.
    """

    NAT_D_LATE = 15, "NAT-D (late drafts)", "NATT-08:3.2"
    NAT_OA_LATE = 16, "NAT-OA (late drafts)", "NATT-08:5.2"
    NAT_D_EARLY = 130, "NAT-D (early drafts)", "NATT-02:3.2"
    NAT_OA_EARLY = 131, "NAT-OA (early drafts)", "NATT-02:5.2"
