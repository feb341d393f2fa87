"""Protocols for tests, by their names."""

from __future__ import annotations

from functools import cache

from isakmp.verify.models import Protocol, protocols


@cache
def named(name: str) -> Protocol:
    """The standard form of the protocol of that name."""
    return next(each for each in protocols() if (each.name, each.variant) == (name, "standard"))
