"""The executable reference model of ISAKMP and IKE version 1 (RFC 2407, RFC 2408, RFC 2409).

Everything that the RFCs say stands as data in `isakmp.spec`; all else reads it. The names below are the front door;
each is imported from its module when it is first used, so that ``import isakmp`` costs nothing::

    import isakmp

    isakmp.table(isakmp.find("main", isakmp.Auth.PSK)[0], isakmp.Role.I).rows  # the transition table
    isakmp.decode(datagram).payloads  # octets to typed payloads
    isakmp.check_capture(isakmp.read_capture("a.pcap"), isakmp.read_keys("a.keys.json"), isakmp.load_backend("openssl"))

The folders: `isakmp.spec` (data), `isakmp.crypto` (interpretations of the algebra), `isakmp.machine` (codec, engine,
sans-I/O peer), `isakmp.conform` (judges others), `isakmp.diagrams` (draws), `isakmp.verify` (searches for attacks),
`isakmp.cli` (the command line).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isakmp.conform.capture import Capture, Datagram, read_capture
    from isakmp.conform.check import check_capture
    from isakmp.conform.keyfiles import Keys, read_keys
    from isakmp.conform.pcapwrite import write_pcap
    from isakmp.conform.verdicts import Report
    from isakmp.crypto.backend import Backend
    from isakmp.crypto.errors import CryptoFailure
    from isakmp.crypto.registry import backends, load_backend
    from isakmp.machine.authenticator_registry import authenticators, load_authenticator
    from isakmp.machine.codec import decode, decode_payloads, dissect, encode, encode_payloads
    from isakmp.machine.codec_message import Message, Payloads
    from isakmp.machine.config import (
        Config,
        Credentials,
        Dpd,
        Identity,
        IkeProposal,
        IpsecProposal,
        LongerLifetime,
        Rekey,
        Timers,
    )
    from isakmp.machine.errors import Deviation, IsakmpError, MalformedMessage, ProtocolError
    from isakmp.machine.memory import Handshake, handshake
    from isakmp.machine.outputs import (
        Authenticated,
        Configured,
        Discarded,
        Ended,
        GroupUp,
        KeysDerived,
        PhaseOneUp,
        PhaseTwoUp,
        Send,
        Taken,
        UserAdmitted,
        XauthNeeded,
    )
    from isakmp.machine.peer import Peer
    from isakmp.machine.sa import GroupDescription, IpsecSa, IpsecSaPair, IsakmpSa
    from isakmp.spec.citations import cite_url, format_cite
    from isakmp.spec.exchanges import exchanges, find
    from isakmp.spec.keying import Auth
    from isakmp.spec.messages import Exchange
    from isakmp.spec.payloads import LAYOUTS, PAYLOADS
    from isakmp.spec.table import Row, Table, table
    from isakmp.spec.terms import Role
    from isakmp.spec.validate import findings

__all__ = [
    "LAYOUTS",
    "PAYLOADS",
    "Auth",
    "Authenticated",
    "Backend",
    "Capture",
    "Config",
    "Configured",
    "Credentials",
    "CryptoFailure",
    "Datagram",
    "Deviation",
    "Discarded",
    "Dpd",
    "Ended",
    "Exchange",
    "GroupDescription",
    "GroupUp",
    "Handshake",
    "Identity",
    "IkeProposal",
    "IpsecProposal",
    "IpsecSa",
    "IpsecSaPair",
    "IsakmpError",
    "IsakmpSa",
    "Keys",
    "KeysDerived",
    "LongerLifetime",
    "MalformedMessage",
    "Message",
    "Payloads",
    "Peer",
    "PhaseOneUp",
    "PhaseTwoUp",
    "ProtocolError",
    "Rekey",
    "Report",
    "Role",
    "Row",
    "Send",
    "Table",
    "Taken",
    "Timers",
    "UserAdmitted",
    "XauthNeeded",
    "__version__",
    "authenticators",
    "backends",
    "check_capture",
    "cite_url",
    "decode",
    "decode_payloads",
    "dissect",
    "encode",
    "encode_payloads",
    "exchanges",
    "find",
    "findings",
    "format_cite",
    "handshake",
    "load_authenticator",
    "load_backend",
    "read_capture",
    "read_keys",
    "table",
    "write_pcap",
]

_HOMES = {
    "isakmp.conform.capture": ("Capture", "Datagram", "read_capture"),
    "isakmp.conform.check": ("check_capture",),
    "isakmp.conform.keyfiles": ("Keys", "read_keys"),
    "isakmp.conform.pcapwrite": ("write_pcap",),
    "isakmp.conform.verdicts": ("Report",),
    "isakmp.crypto.backend": ("Backend",),
    "isakmp.crypto.errors": ("CryptoFailure",),
    "isakmp.crypto.registry": ("backends", "load_backend"),
    "isakmp.machine.authenticator_registry": ("authenticators", "load_authenticator"),
    "isakmp.machine.codec": ("decode", "decode_payloads", "dissect", "encode", "encode_payloads"),
    "isakmp.machine.codec_message": ("Message", "Payloads"),
    "isakmp.machine.config": (
        "Config",
        "Credentials",
        "Dpd",
        "Identity",
        "IkeProposal",
        "IpsecProposal",
        "LongerLifetime",
        "Rekey",
        "Timers",
    ),
    "isakmp.machine.errors": ("Deviation", "IsakmpError", "MalformedMessage", "ProtocolError"),
    "isakmp.machine.memory": ("Handshake", "handshake"),
    "isakmp.machine.outputs": (
        "Authenticated",
        "Configured",
        "Discarded",
        "Ended",
        "GroupUp",
        "KeysDerived",
        "PhaseOneUp",
        "PhaseTwoUp",
        "Send",
        "Taken",
        "UserAdmitted",
        "XauthNeeded",
    ),
    "isakmp.machine.peer": ("Peer",),
    "isakmp.machine.sa": ("GroupDescription", "IpsecSa", "IpsecSaPair", "IsakmpSa"),
    "isakmp.spec.citations": ("cite_url", "format_cite"),
    "isakmp.spec.exchanges": ("exchanges", "find"),
    "isakmp.spec.keying": ("Auth",),
    "isakmp.spec.messages": ("Exchange",),
    "isakmp.spec.payloads": ("LAYOUTS", "PAYLOADS"),
    "isakmp.spec.table": ("Row", "Table", "table"),
    "isakmp.spec.terms": ("Role",),
    "isakmp.spec.validate": ("findings",),
}
"""The same names again, by module, for the time when they are asked for; a test holds the two lists together."""

_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name of the front door when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version(__name__)
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Name what is there, and what can be had."""
    return sorted({*globals(), *__all__})
