"""Checks of what surrounds a message: padding and vectors of its encryption, NAT discovery, ports.

NAT discovery informs and accuses nobody: a hash that does not match says that there is a NAT, or that its sender
wants one to be assumed.
"""

from __future__ import annotations

import ipaddress

from isakmp.conform.capture import Endpoint
from isakmp.conform.opening import Opened
from isakmp.conform.scene import Scene
from isakmp.conform.verdicts import MessageReport
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec_message import Payloads
from isakmp.spec import keying as k
from isakmp.spec.limits import NAT_T_PORT
from isakmp.spec.payloads import NAT_D
from isakmp.spec.registries import Flag, PayloadType
from isakmp.spec.terms import Role

__all__ = ["encryption_checks", "flag_notes", "nat_discovery", "ports"]

APPENDIX_B = k.IV_PHASE_1.cite


def encryption_checks(report: MessageReport, opened: Opened, block: int) -> None:
    """Answer the questions about padding and vector of a message that opened."""
    if opened.expected:
        report.check("IV chain", APPENDIX_B, ok=True)
    elif opened.lone:
        report.breach("IV chain", APPENDIX_B, "the vector is hash(M-ID), without the last block of phase 1")
    else:
        report.check("IV chain", APPENDIX_B, "opens with an earlier vector", ok=True)
        report.notes.append(
            "opens with an earlier vector than the last: messages are missing, or the sender refused some"
        )
    _padding(report, opened.chain, block)


def _padding(report: MessageReport, chain: Payloads, block: int) -> None:
    padding = chain.padding
    at = chain.offsets[-1] if chain.offsets else None
    if len(padding) > block:
        detail = f"{len(padding)} octets, more than a block of {block}"
        report.breach("padding", APPENDIX_B, detail, "padding", at)
        return
    counted = bool(padding) and not any(padding[:-1]) and padding[-1] in (len(padding) - 1, len(padding))
    if any(padding) and not counted:
        report.check("padding", APPENDIX_B, f"{len(padding)} octets, not zero", ok=True)
        report.notes.append("padding that is not zero, as RFC 2409 Appendix B (in small letters) has it")
        return
    report.check("padding", APPENDIX_B, f"{len(padding)} octets", ok=True)
    if any(padding):
        report.notes.append("padding ends with its length, as in the revised mode of public key encryption")
    elif len(padding) == block:
        report.notes.append("a whole block of padding where none is needed")


def flag_notes(report: MessageReport, flags: Flag, phase: int) -> None:
    """Note flags that are allowed and of interest."""
    if flags & Flag.COMMIT:
        where = ", where implementations ignore or refuse it" if phase == 1 else ""
        report.notes.append(f"commit bit set{where} (RFC 2408 section 3.1)")
    if flags & Flag.AUTHENTICATION:
        report.notes.append("authentication-only bit set (RFC 2408 section 3.1)")


def nat_discovery(scene: Scene) -> None:
    """Compare NAT-D payloads with the addresses that the capture shows (RFC 3947 section 3.2)."""
    found = [payload for payload in scene.chain.payloads if isinstance(payload, NAT_D)]
    if not found:
        return
    section = NAT_D.layout.cite
    values = scene.known.values

    def digest(endpoint: Endpoint) -> bytes:
        values[k.PLACE] = ipaddress.ip_address(endpoint.address).packed + endpoint.port.to_bytes(2)
        return values[k.NAT_D_HASH]

    try:
        destination, source = digest(scene.datagram.destination), digest(scene.datagram.source)
    except (MissingValueError, CryptoFailure) as error:
        scene.report.check("NAT-D", section, str(error), ok=None)
        return
    first, *rest = (payload.data for payload in found)
    remote, local = first == destination, source in rest
    says = [] if remote else ["the receiver is behind a NAT"]
    says += [] if local else ["the sender is behind a NAT"]
    detail = ", ".join(says) or "no NAT"
    scene.report.check("NAT-D", section, detail, ok=True)
    if says:
        scene.report.notes.append(f"NAT-D: {detail}, or the sender wants it to be assumed")
    if any(len(payload.data) != len(destination) for payload in found):
        scene.report.notes.append("NAT-D: not as long as the negotiated hash")
    receiver = scene.track.session_role(scene.receiver)
    scene.session.natted[receiver] = bool(says)


def ports(scene: Scene) -> None:
    """Answer whether the port is the one that RFC 3947 section 4 demands once a NAT was seen."""
    session, datagram = scene.session, scene.datagram
    floated = NAT_T_PORT in (datagram.source.port, datagram.destination.port)
    section = "RFC3947:4"
    begins = any(slot.payload is PayloadType.ID for slot in scene.template.slots) and scene.track.phase == 1
    mine = scene.track.session_role(scene.sender)
    if floated:
        session.floated.add(mine)
        if datagram.non_esp_marker:
            scene.report.check("port", section, f"{NAT_T_PORT}, with the non-ESP marker", ok=True)
        else:
            scene.report.breach("port", "RFC3948:2.2", f"port {NAT_T_PORT} without the non-ESP marker")
    elif mine in session.floated or (begins and mine is Role.R and Role.I in session.floated):
        # The responder moves with the first message that it took on the new port; before that, it answers where it was.
        scene.report.breach("port", section, f"not on port {NAT_T_PORT}, where the exchange has moved")
    elif begins and mine is Role.I and session.natted.get(Role.I):
        scene.report.breach("port", section, f"a NAT was seen, and the identity is not sent on port {NAT_T_PORT}")
