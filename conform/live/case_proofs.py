"""Proofs that break a guard: hashes and signatures that are not those of the message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.live.breach import Breach
from isakmp.conform.live.case import Change, stated
from isakmp.conform.live.draft import Draft
from isakmp.machine.config import Config
from isakmp.spec.guards import Guard
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message
from isakmp.spec.payloads import (
    HASH,
    SIG,
)


def hash_(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    """Hashes that are wrong in their first bit, their last, their length."""
    rule = stated("RFC2408-5.11-05")
    for slug, words, change in (
        ("hash-bit", "a hash with one bit changed", lambda data: bytes([data[0] ^ 1]) + data[1:]),
        ("hash-last-bit", "a hash with its last bit changed", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("hash-zeros", "a hash of zeros", lambda data: bytes(len(data))),
        ("hash-short", "a hash without its last octet", lambda data: data[:-1]),
        ("hash-one-octet", "a hash of one octet, the first of the true one", lambda data: data[:1]),
        ("hash-empty", "an empty hash", lambda _: b""),
        ("hash-long", "a hash with an octet more", lambda data: data + b"\0"),
    ):
        yield Breach(Change(slug, words, partial(_with_proof, change=change)), rule)


def _with_proof(draft: Draft, change: Callable[[bytes], bytes]) -> Draft:
    def other(payload: Payload) -> Payload:
        return HASH(change(payload.data)) if isinstance(payload, HASH) else payload

    return replace(draft.mapped(HASH, other), proofs=False)


def signature(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    """Signatures that are none."""
    rule = stated("RFC2408-5.12-05")
    for slug, words, change in (
        ("sig-bit", "a signature with one bit changed", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("sig-zeros", "a signature of zeros", lambda data: bytes(len(data))),
        ("sig-short", "a signature without its last octet", lambda data: data[:-1]),
        ("sig-empty", "an empty signature", lambda _: b""),
    ):
        yield Breach(Change(slug, words, partial(_with_signature, change=change)), rule)


def _with_signature(draft: Draft, change: Callable[[bytes], bytes]) -> Draft:
    def other(payload: Payload) -> Payload:
        return SIG(change(payload.data)) if isinstance(payload, SIG) else payload

    return replace(draft.mapped(SIG, other), proofs=False)
