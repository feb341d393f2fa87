"""What somebody can derive who sees all messages: the deduction closure over the free terms of the symbolic backend.

The intruder is that of Dolev and Yao: it takes apart what it knows, opens what it has the key of, and applies every
symbol to what it has. Cryptography is perfect: nothing else follows. Octets that no backend computed are public, but
for those that are declared secret (pre-shared keys).

Octets are derivable where they stand in something known; or where each value in them is derivable: by its symbol from
its arguments, or as a part of something derivable. A power is derivable from the same base with some of its exponents,
if the others are derivable.
"""

from __future__ import annotations

from collections.abc import Iterable

from isakmp.crypto.free_terms import SHORTEST_HANDLE, Origin, Store

_SHORTEST_PART = 8


class Intruder:
    """The knowledge of an intruder over one store: what it was told or saw, and what it owns.

    `private_keys` are the encodings of the public keys (SubjectPublicKeyInfo) whose private keys it owns; `secrets` are
    octets that are not public though nobody computed them.
    """

    def __init__(self, store: Store, secrets: Iterable[bytes] = (), private_keys: Iterable[bytes] = ()) -> None:
        """Start with nothing known."""
        self._origins: dict[bytes, Origin] = store.origins()
        self._secrets = tuple(secrets)
        self._owned = frozenset(private_keys)
        self._seen: dict[bytes, None] = {}
        self._memo: dict[bytes, bool] = {}
        self._heads: dict[bytes, list[bytes]] = {}
        for value in sorted({*self._origins, *self._secrets}, key=len, reverse=True):
            if len(value) >= SHORTEST_HANDLE:
                self._heads.setdefault(value[:SHORTEST_HANDLE], []).append(value)

    def learn(self, *seen: bytes) -> None:
        """Take octets into the knowledge, and all that they open."""
        self._seen.update(dict.fromkeys(seen))
        self._memo.clear()
        closed = {value: origin for value, origin in self._origins.items() if origin.symbol in ("enc", "pk_enc")}
        progress = True
        while progress:
            progress = False
            for value, origin in tuple(closed.items()):
                if self._stands_in(value) and self._opens(origin):
                    del closed[value]
                    plain = origin.arguments[2] if origin.symbol == "enc" else origin.arguments[1]
                    self._seen[plain] = None
                    self._memo.clear()
                    progress = True

    def _opens(self, origin: Origin) -> bool:
        if origin.symbol == "pk_enc":
            return origin.arguments[0] in self._owned
        # The vector of CBC is needed for the first block only, so a key opens what it encrypts.
        return self.derives(origin.arguments[0])

    def _stands_in(self, octets: bytes) -> bool:
        return any(octets in seen for seen in self._seen)

    def derives(self, octets: bytes) -> bool:
        """Whether octets follow from what is known."""
        found = self._memo.get(octets)
        if found is None:
            self._memo[octets] = False  # what rests on itself does not follow
            found = self._memo[octets] = self._stands_in(octets) or self._made(octets)
        return found

    def _made(self, octets: bytes) -> bool:
        if octets in self._secrets:
            return False
        origin = self._origins.get(octets)
        if origin is not None:
            return self._applied(octets, origin)
        return all(any(map(self.derives, piece)) for piece in self._pieces(octets))

    def _applied(self, octets: bytes, origin: Origin) -> bool:
        match origin.symbol:
            case "fresh":
                return False
            case "exp":
                return self._power(octets, origin)
            case "sign":
                return origin.arguments[0] in self._owned and self.derives(origin.arguments[1])
        return all(self.derives(argument) for argument in origin.arguments)

    def _power(self, octets: bytes, origin: Origin) -> bool:
        base, *exponents = origin.arguments
        if all(map(self.derives, exponents)):
            return True
        for value, other in self._origins.items():
            if other.symbol != "exp" or value == octets or other.arguments[0] != base:
                continue
            missing = list(exponents)
            if other.algorithm != origin.algorithm or not _take(missing, other.arguments[1:]):
                continue
            if self.derives(value) and all(map(self.derives, missing)):
                return True
        return False

    def _pieces(self, octets: bytes) -> Iterable[tuple[bytes, ...]]:
        """What octets are joined from, each with the values of which one is enough; what lies between is public."""
        start = 0
        literal = 0
        while start < len(octets):
            whole = next(
                (
                    value
                    for value in self._heads.get(octets[start : start + SHORTEST_HANDLE], ())
                    if octets.startswith(value, start)
                ),
                None,
            )
            if whole is None:
                start += 1
                continue
            yield from self._part_of(octets[literal:start])
            yield (whole,)
            start = literal = start + len(whole)
        yield from self._part_of(octets[literal:])

    def _part_of(self, octets: bytes) -> Iterable[tuple[bytes, ...]]:
        """The values that octets were cut from, if they were: a key from SKEYID_e, a vector from a hash."""
        if len(octets) >= _SHORTEST_PART:
            wholes = tuple(value for value in self._origins if octets in value and value != octets)
            yield from (wholes,) if wholes else ()


def _take(missing: list[bytes], exponents: Iterable[bytes]) -> bool:
    """Strike exponents out; tells whether all of them were there."""
    for exponent in exponents:
        if exponent not in missing:
            return False
        missing.remove(exponent)
    return True
