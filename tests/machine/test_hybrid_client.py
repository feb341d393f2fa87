"""The client of hybrid authentication, asked for a certificate that it does not have."""

from __future__ import annotations

import pytest

from isakmp.machine.memory import handshake
from isakmp.machine.outputs import Taken
from isakmp.machine.run import Run
from isakmp.spec.messages import Message
from isakmp.spec.payloads import CERT, CR
from isakmp.spec.registries import AuthMethod, CertEncoding
from isakmp.spec.terms import Role
from tests.machine.ends import NOW, ends

I, R = Role.I, Role.R


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
@pytest.mark.parametrize(
    ("auth", "client"),
    [(AuthMethod.HYBRID_INIT_RSA, I), (AuthMethod.HYBRID_RESP_RSA, R)],
    ids=["initiator", "responder"],
)
def test_a_client_that_is_asked_for_a_certificate_sends_an_empty_one(
    auth: AuthMethod, client: Role, exchange: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # hybrid-auth-05 section 4.2; the edge device asks in its first message.
    def asks(run: Run, template: Message) -> tuple[CR, ...]:
        first = next(each for each in run.table.exchange.messages if each.sender is client.other)
        return (CR(CertEncoding.X509_SIGNATURE),) if run.table.role is client.other and template is first else ()

    monkeypatch.setattr("isakmp.machine.write.requests", asks)
    run = handshake(*ends(auth), exchange, now=NOW, quick=False)
    assert set(run.sas) == {I, R}
    took = [o.chain.payloads for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and d.sender is client]
    assert [p for payloads in took for p in payloads if isinstance(p, CERT)] == [CERT(CertEncoding.X509_SIGNATURE, b"")]


def test_a_client_that_is_not_asked_sends_none() -> None:
    run = handshake(*ends(AuthMethod.HYBRID_INIT_RSA), "main", now=NOW, quick=False)
    took = [o.chain.payloads for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and d.sender is I]
    assert not [p for payloads in took for p in payloads if isinstance(p, CERT)]
