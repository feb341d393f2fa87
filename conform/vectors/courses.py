"""What the ends of a vector do, one act after another: phase 1, and what follows under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from isakmp.conform.described import described_group
from isakmp.conform.vectors.recording import Paused, Recorder, Stage
from isakmp.conform.vectors.ways import HOSTS, BehindNat, Quiet
from isakmp.machine.config import Config, Dpd, IpsecProposal
from isakmp.machine.configuration import REQUEST
from isakmp.machine.outputs import PhaseOneUp, PhaseTwoUp
from isakmp.spec.exchanges import PHASE_1_NAMES
from isakmp.spec.groups import FIRST_PRIVATE_GROUP
from isakmp.spec.registries import (
    AhTransform,
    ConfigAttribute,
    EncapsulationMode,
    Group,
    HashAlgorithm,
    IntegrityAlgorithm,
    IpcompTransform,
    ProtocolId,
)
from isakmp.spec.terms import Role

Course = Callable[[Stage], None]

SMALL: Final = 160
"""Octets of the longest datagram that is sent whole where messages travel in fragments."""

IDLE: Final = 30.0
"""Seconds of silence after which the ends of a vector ask whether the peer lives."""

POOL: Final = (bytes([10, 3, 0, 1]),)
HAND_OUT: Final[Mapping[ConfigAttribute, tuple[bytes, ...]]] = {
    ConfigAttribute.INTERNAL_IP4_DNS: (bytes([10, 3, 0, 53]),)
}
"""What mode config gives in runs of the model with itself."""


@dataclass(frozen=True)
class Plan:
    """A vector to be made: its name, the exchange that it is about, two ends that fit, their acts, and the seed.

    `way` is what is between the ends; `rejects` says that messages which have to be rejected belong to it.
    """

    name: str
    exchange: str
    configs: Mapping[Role, Config]
    course: Course
    seed: str
    way: Callable[[], Quiet] = Quiet
    rejects: bool = True

    def play(self, stop: int | None = None) -> Stage:
        """Let it happen, to its end or until a message is due to be delivered."""
        stage = Stage(self.configs, Recorder(self.seed), stop, self.way())
        try:
            self.course(stage)
        except Paused:
            return stage
        return stage


def phase_1(exchange: str) -> Course:
    """An exchange of phase 1, and what follows it by itself."""
    return lambda stage: stage.act(Role.I, lambda peer, now: peer.initiate(exchange, stage.place(Role.R), now))


def quick(stage: Stage) -> None:
    """A quick mode of the initiator's."""
    sa = stage.held(Role.I, PhaseOneUp).sa
    stage.act(Role.I, lambda peer, now: peer.quick(sa, stage.place(Role.R), now))


def new_group(stage: Stage) -> None:
    """A group is described, and a quick mode uses it."""
    sa = stage.held(Role.I, PhaseOneUp).sa
    stage.act(Role.I, lambda peer, now: peer.new_group(sa, described_group(), stage.place(Role.R), now))
    quick(stage)


def configuration(stage: Stage) -> None:
    """The initiator asks for an address, then the responder sets what it has to give, without being asked."""
    asked, pushed = (stage.held(role, PhaseOneUp).sa for role in Role)
    stage.act(Role.I, lambda peer, now: peer.configure(asked, stage.place(Role.R), now))
    stage.act(Role.R, lambda peer, now: peer.push(pushed, stage.place(Role.I), now))


def notices(stage: Stage) -> None:
    """A question whether the peer lives, and its answer; then deletes: of the IPsec SAs, and of the ISAKMP SA."""
    quick(stage)
    sa, pair = stage.held(Role.I, PhaseOneUp).sa, stage.held(Role.I, PhaseTwoUp).pair
    other = stage.held(Role.R, PhaseOneUp).sa
    stage.now += IDLE + 1
    stage.act(Role.I, lambda peer, now: peer.tick(now))
    stage.act(Role.I, lambda peer, now: peer.close_pair(sa, pair, now))
    stage.act(Role.R, lambda peer, now: peer.close(other, now))


def refusal(stage: Stage) -> None:
    """An offer that the responder does not accept, and says so in the clear: there are no keys."""
    phase_1("main")(stage)


@dataclass(frozen=True)
class Kind:
    """What is done to show an exchange, and what both ends have to be told for it; `under` an ISAKMP SA, or without.

    `of` is the exchange that it is a form of, where it shows more than that.
    """

    course: Course
    changes: Callable[[Config, Role], Config] = lambda config, _: config
    under: bool = True
    of: str = ""
    way: Callable[[], Quiet] = Quiet


def _for_new_group(config: Config, _: Role) -> Config:
    return replace(config, ipsec=(replace(config.ipsec[0], group=FIRST_PRIVATE_GROUP),))


def _for_configuration(config: Config, role: Role) -> Config:
    if role is Role.I:
        return replace(config, request=REQUEST)
    return replace(config, address_pool=POOL, hand_out=HAND_OUT)


def _for_notices(config: Config, role: Role) -> Config:
    return replace(config, dpd=Dpd(IDLE if role is Role.I else 100 * IDLE))


def _for_refusal(config: Config, role: Role) -> Config:
    """A responder that wants another hash."""
    own = config.ike[0]
    other = HashAlgorithm.SHA1 if own.hash is not HashAlgorithm.SHA1 else HashAlgorithm.SHA2_256
    return config if role is Role.I else replace(config, ike=(replace(own, hash=other),))


def _for_ah_and_esp(config: Config, _: Role) -> Config:
    """Packets in ESP, and that in AH."""
    (esp,) = config.ipsec
    ah = replace(esp, protocol=ProtocolId.AH, transform=AhTransform.SHA2_256, key_length=None)
    return replace(config, ipsec=(replace(esp, beside=(ah,)),))


def _for_esp_and_ipcomp(config: Config, _: Role) -> Config:
    """Packets compressed, and that in ESP."""
    (esp,) = config.ipsec
    compression = replace(
        esp, protocol=ProtocolId.IPCOMP, transform=IpcompTransform.DEFLATE, key_length=None, integrity=None
    )
    return replace(config, ipsec=(replace(esp, beside=(compression,)),))


def _for_several(config: Config, _: Role) -> Config:
    """Beside the first SA one of other algorithms, and one of AH."""
    (esp,) = config.ipsec
    ah = replace(esp, protocol=ProtocolId.AH, transform=AhTransform.SHA2_256, key_length=None)
    other = replace(esp, key_length=128, integrity=IntegrityAlgorithm.HMAC_SHA1)
    return replace(config, further_sas=((other,), (ah,)))


def _for_commit(config: Config, role: Role) -> Config:
    return replace(config, commit_bit=role is Role.R, honour_commit=role is Role.I)


def _for_nat(config: Config, role: Role) -> Config:
    """Transport mode between the hosts, so that original addresses are told."""
    (esp,) = config.ipsec
    transport = replace(esp, mode=EncapsulationMode.TRANSPORT)
    return replace(config, ipsec=(transport,), endpoint=HOSTS[role], local_network=None, remote_network=None)


def _for_fragments(config: Config, _: Role) -> Config:
    return replace(config, fragment_size=SMALL)


KINDS: Final[Mapping[str, Kind]] = {
    "quick": Kind(quick),
    "quick-ah-esp": Kind(quick, _for_ah_and_esp, of="quick"),
    "quick-esp-ipcomp": Kind(quick, _for_esp_and_ipcomp, of="quick"),
    "quick-several": Kind(quick, _for_several, of="quick"),
    "quick-commit": Kind(quick, _for_commit, of="quick"),
    "quick-nat": Kind(quick, _for_nat, of="quick", way=BehindNat),
    "quick-fragments": Kind(quick, _for_fragments, of="quick"),
    "new-group": Kind(new_group, _for_new_group),
    "transaction": Kind(configuration, _for_configuration),
    "informational": Kind(notices, _for_notices),
    "informational-clear": Kind(refusal, _for_refusal, under=False),
}
"""The exchanges that are not of phase 1, by their names, and forms of them that show something more."""


def plan(name: str, exchange: str, configs: Mapping[Role, Config], seed: str) -> Plan:
    """The plan of a vector for one exchange; those of phase 2 go over main mode.

    Raises:
        KeyError: there is no such exchange.
    """
    if exchange in PHASE_1_NAMES:
        return Plan(name, exchange, configs, phase_1(exchange), seed)
    kind = KINDS[exchange]

    def course(stage: Stage) -> None:
        if kind.under:
            phase_1("main")(stage)
        kind.course(stage)

    ends = {role: kind.changes(configs[role], role) for role in Role}
    return Plan(name, kind.of or exchange, ends, course, seed, kind.way, rejects=not kind.of)


def with_forward_secrecy(configs: Mapping[Role, Config], group: Group) -> dict[Role, Config]:
    """The same ends with a Diffie-Hellman exchange in their quick modes."""

    def own(proposal: IpsecProposal) -> IpsecProposal:
        return replace(proposal, group=group)

    return {role: replace(config, ipsec=tuple(map(own, config.ipsec))) for role, config in configs.items()}
