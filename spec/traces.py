"""A trace: what was sent in a run, step by step, as it is told to a reader.

Runs of the machine, attacks that the verifier finds and handshakes read from captures are told in this one form, and
the diagrams draw it. It holds text only: who produces a trace decides how a message is worded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step: a message from `sender` to `receiver`, or something that one party does by itself (both are the same).

    `label` is the message as the RFC's figures write it (`HDR*, IDii, HASH_I`) or what is done, `detail` what is worth
    knowing about it, `note` a remark about its meaning (what the step breaks, which row was taken).
    """

    number: int
    sender: str
    receiver: str
    label: str
    detail: str = ""
    note: str = ""

    @property
    def is_local(self) -> bool:
        """Whether nothing is sent."""
        return self.sender == self.receiver


@dataclass(frozen=True)
class Trace:
    """A run: its title, the parties from left to right, and the steps in their order."""

    title: str
    parties: tuple[str, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Refuse a step of somebody who is not among the parties.

        Raises:
            ValueError: a party is named twice, there is none, or a step names one that is not listed.
        """
        if not self.parties or len(set(self.parties)) != len(self.parties):
            raise ValueError(f"{self.title}: parties must be named, each once: {', '.join(self.parties) or 'none'}")
        for step in self.steps:
            for name in (step.sender, step.receiver):
                if name not in self.parties:
                    raise ValueError(
                        f"{self.title}: step {step.number} names {name!r}, who is none of {', '.join(self.parties)}"
                    )
