"""How the running exchanges of one peer are made: in phase 1, and under an ISAKMP SA with its keys."""

from __future__ import annotations

from collections.abc import Hashable

from isakmp.crypto.backend import Backend
from isakmp.machine.bodies import body_of
from isakmp.machine.checks import negotiate
from isakmp.machine.config import Config
from isakmp.machine.database import Database
from isakmp.machine.engines import engine_of
from isakmp.machine.identities import payload_of
from isakmp.machine.natt import address_of
from isakmp.machine.newgroup import groups_of
from isakmp.machine.run import Run
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.groups import ModpGroup
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.messages import Exchange
from isakmp.spec.terms import Psk, Role

_PSK = Psk()


class Runs:
    """Makes runs; to remember them is the database's business."""

    def __init__(self, config: Config, backend: Backend, database: Database) -> None:
        self.config = config
        self.backend = backend
        self.database = database

    def fresh(self, exchange: Exchange, role: Role, address: Hashable, sa: IsakmpSa | None = None) -> Run:
        """A run with a peer at an address."""
        run = Run(engine_of(self._in_use(exchange), role), self.config, self.backend, address, sa)
        if self.config.credentials.psk is not None:
            run.known.values[_PSK] = self.config.credentials.psk
        if self.config.variants:
            # Who this end is and whom it means: a variant may cover that before it has travelled.
            own, other = (k.IDII, k.IDIR) if role is Role.I else (k.IDIR, k.IDII)
            for term, identity in ((own, self.config.identity), (other, self.config.peer_identity)):
                if identity is not None:
                    run.known.values[term] = body_of(payload_of(identity))
        return run

    def _in_use(self, exchange: Exchange) -> Exchange:
        """The exchange, or the variant of it that the configuration names."""
        alike = (each for each in self.config.variants if (each.type, each.auth) == (exchange.type, exchange.auth))
        return next(alike, exchange)

    def under(self, sa: IsakmpSa, exchange: Exchange, role: Role, address: Hashable, message_id: int) -> Run:
        """A run that an ISAKMP SA protects."""
        bearer = self.database.phase_1(sa.cky_i, sa.cky_r)
        run = self.fresh(exchange, role, address_of(bearer, address) if role is Role.I else address, sa)
        if bearer is not None:
            run.life.vendors, run.known.nat = bearer.life.vendors, bearer.known.nat
        run.message_id = message_id
        negotiate(run.known, sa.suite)
        run.known.groups = self.groups(sa)
        run.known.values.store.update(
            {
                str(k.CKY_I): sa.cky_i,
                str(k.CKY_R): sa.cky_r,
                str(k.LEFT_A): sa.skeyid_a,
                str(k.LEFT_D): sa.skeyid_d,
                str(k.LAST_BLOCK): sa.last_block,
                str(k.M_ID): message_id.to_bytes(MESSAGE_ID_OCTETS),
            },
        )
        return run

    def groups(self, sa: IsakmpSa) -> dict[int, ModpGroup]:
        """The private groups that can be used under an SA."""
        return groups_of(self.database.under(sa.cookies))

    def message_id(self, sa: IsakmpSa) -> int:
        """A message id that was never used under this SA, and is not zero (RFC 2408 section 3.1)."""
        used = self.database.message_ids(sa)
        while True:
            drawn = int.from_bytes(self.backend.random(MESSAGE_ID_OCTETS, str(k.M_ID)))
            if drawn and drawn not in used:
                used.add(drawn)
                return drawn
