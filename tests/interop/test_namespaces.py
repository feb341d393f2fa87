"""What the plays stand on: hosts of their own that leave nothing behind, and the reading of what daemons hand over."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.interop import installed, namespaces
from tests.interop.namespaces import ADDRESSES, Failed, Host, Link, Process, link, run


def test_two_links_at_once_have_the_same_addresses_and_do_not_meet(wire: Link) -> None:
    with link() as other:
        names = [host.namespace for each in (wire, other) for host in (each.ours, each.theirs)]
        assert len(set(names)) == 4
        for each in (wire, other):
            for host, address in zip((each.ours, each.theirs), ADDRESSES, strict=True):
                assert f"{address}/24" in host.run("ip", "-o", "address", "show", "dev", namespaces.INTERFACE)


def fail_with_something_running(seen: list[tuple[Host, Process]]) -> None:
    with link() as made, Path("/dev/null").open("wb") as nowhere:
        seen.append((made.ours, made.ours.start("sleep", "60", output=nowhere)))
        raise RuntimeError


def test_a_link_is_gone_after_a_failure_and_with_it_what_ran_there(wire: Link) -> None:
    seen: list[tuple[Host, Process]] = []
    with pytest.raises(RuntimeError):
        fail_with_something_running(seen)
    ((host, left),) = seen
    assert host.namespace not in run("ip", "netns", "list")
    assert left.wait(5) != 0
    assert wire.ours.namespace in run("ip", "netns", "list")


def test_a_program_sees_a_run_folder_that_is_its_own(wire: Link) -> None:
    assert wire.ours.run(*namespaces.unpacked("ls", "-A", "/run")) == ""


def test_a_program_that_fails_is_told_with_what_it_printed(wire: Link) -> None:
    with pytest.raises(Failed, match="ends with 3:\nwhy"):
        wire.ours.run("sh", "-c", "echo why; exit 3")


def attribute(kind: int, body: bytes) -> bytes:
    """An attribute of netlink, with its padding."""
    return struct.pack("=HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)


def test_keying_material_is_that_of_the_cipher_then_that_of_integrity(tmp_path: Path) -> None:
    cipher, integrity = bytes(range(16)), bytes(range(100, 120))
    fixed = bytearray(16 + 224)  # struct nlmsghdr, struct xfrm_usersa_info
    fixed[16 + 56 + 16 : 16 + 56 + 20] = b"\xc0\xff\xee\x01"
    name = b"any".ljust(64, b"\0")
    message = bytes(fixed) + b"".join(
        (
            attribute(20, name + struct.pack("=II", 160, 96) + integrity),
            attribute(1, name + struct.pack("=I", 160) + integrity),  # the same again, for kernels that know only this
            attribute(4, b"something else"),
            attribute(2, name + struct.pack("=I", 128) + cipher),
        )
    )
    log = tmp_path / "sas"
    log.write_text(message.hex() + "\n")
    assert installed.keys_by_spi(log) == {"c0ffee01": (cipher + integrity).hex()}
    assert installed.keys_by_spi(tmp_path / "none") == {}
