"""What a decision is: a question that the documents leave open, and the answer that holds here."""

from __future__ import annotations

from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen


@frozen
class Decision:
    """A question that the documents leave open, or answer in two ways, and the answer.

    `switch` is the setting by which a user decides otherwise, a field of `Config` or of what it holds
    (`Rekey.margin`); None where there is one way only. `peers` is what other implementations do.
    """

    id: str
    question: str
    cites: tuple[Cite, ...]
    decision: str
    why: str
    switch: str | None = None
    peers: str = ""
