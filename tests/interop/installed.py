"""The IPsec SAs that a daemon hands to its kernel, as the preloaded shim has written them down."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Final

from tests.interop.namespaces import run

SOURCE: Final = Path(__file__).with_name("netlink_shim.c")

# linux/netlink.h and linux/xfrm.h, in octets
_HEADER: Final = 16  # struct nlmsghdr
_SELECTOR: Final = 56  # the first member of struct xfrm_usersa_info; destination and SPI follow
_ADDRESS: Final = 16
_FIXED: Final = 224  # struct xfrm_usersa_info; attributes follow
_NAME: Final = 64  # of an algorithm; the length of its key in bits follows
_AUTH, _CRYPT, _AEAD, _AUTH_TRUNCATED = 1, 2, 18, 20
_KEY_AT: Final = {_CRYPT: _NAME + 4, _AUTH: _NAME + 4, _AUTH_TRUNCATED: _NAME + 8, _AEAD: _NAME + 8}
_ORDER: Final = (_CRYPT, _AEAD, _AUTH_TRUNCATED, _AUTH)
"""RFC 2409 section 5.5 and RFC 2407 section 4.4.4: of the keying material, first the cipher's key, then integrity's."""


def obstacle() -> str:
    """Why the shim cannot be made here; empty where it can."""
    return "" if shutil.which("gcc") else "needs gcc, to make what stands in for a kernel with ESP"


def compile_shim(folder: Path) -> Path:
    """Make the shim in a folder."""
    target = folder / "netlink_shim.so"
    run("gcc", "-shared", "-fPIC", "-O1", "-o", target, SOURCE, "-ldl", timeout=60)
    return target


def keys_by_spi(log: Path) -> dict[str, str]:
    """The keying material of each SA that was handed over, by its SPI; all in hexadecimal."""
    lines = log.read_text().split() if log.exists() else []
    return dict(_sa(bytes.fromhex(line)) for line in lines)


def _sa(message: bytes) -> tuple[str, str]:
    spi_at = _HEADER + _SELECTOR + _ADDRESS
    keys: dict[int, bytes] = {}
    rest = message[_HEADER + _FIXED :]
    while len(rest) >= 4:
        size, kind = struct.unpack_from("=HH", rest)
        if kind in _KEY_AT:
            (bits,) = struct.unpack_from("=I", rest, 4 + _NAME)
            keys[kind] = rest[4 + _KEY_AT[kind] :][: bits // 8]
        rest = rest[max(4, size + -size % 4) :]
    if _AUTH_TRUNCATED in keys:
        keys.pop(_AUTH, None)  # the same once more, for old kernels
    return message[spi_at:][:4].hex(), b"".join(keys.get(kind, b"") for kind in _ORDER).hex()
