"""A peer with I/O of your own: it takes datagrams and the time, and gives back what to do. Here, plain UDP sockets."""

import select
import socket
import time

import isakmp
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

SUITE = isakmp.IkeProposal(EncryptionAlgorithm.AES_CBC, HashAlgorithm.SHA2_256, AuthMethod.PSK, Group.ECP_256, 256)


class End:
    """A peer with its socket; `towards` is where the other end is."""

    def __init__(self, name: str, other: str, towards: tuple[str, int] = ("", 0)) -> None:
        self.name, self.up, self.towards, self.socket = name, False, towards, socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        config = isakmp.Config(
            ike=(SUITE,),
            ipsec=(isakmp.IpsecProposal(),),
            identity=isakmp.Identity.fqdn(name),
            peer_identity=isakmp.Identity.fqdn(other),
            credentials=isakmp.Credentials(psk=b"a long shared secret"),
        )
        self.peer = isakmp.Peer(config, isakmp.load_backend("openssl"))

    def perform(self, outputs: tuple[object, ...]) -> None:
        """Do what the peer wants done, and begin a quick mode where its phase 1 stands."""
        for output in outputs:
            match output:
                case isakmp.Send(datagram, (str(host), int(port))):
                    self.socket.sendto(datagram, (host, port))
                case isakmp.Taken(row) if row.changes_state:
                    print(f"{self.name:13}  {row.source} -> {row.destination}, on {row.event}")
                case isakmp.PhaseOneUp(sa) if sa.role is isakmp.Role.I:
                    self.perform(self.peer.quick(sa, self.towards, time.time()))
                case isakmp.PhaseTwoUp(_, pair):
                    self.up = True
                    print(f"{self.name:13}  {len(pair.inbound.keymat)} octets of keys for SPI {pair.inbound.spi.hex()}")


def main() -> None:
    """Let two ends talk until both hold keys for IPsec."""
    bob = End("bob.example", "alice.example")
    alice = End("alice.example", "bob.example", bob.socket.getsockname())
    with alice.socket, bob.socket:
        alice.perform(alice.peer.initiate("main", alice.towards, time.time()))
        while not (alice.up and bob.up):
            due = min(end.peer.next_deadline() or time.time() + 1 for end in (alice, bob))
            ready = select.select([alice.socket, bob.socket], [], [], max(0.0, due - time.time()))[0]
            for end in (alice, bob):
                if end.socket in ready:
                    end.perform(end.peer.receive(*end.socket.recvfrom(65535), time.time()))
                end.perform(end.peer.tick(time.time()))  # repeats what was lost, ends what is over


if __name__ == "__main__":
    main()
