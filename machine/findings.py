"""What a check found wrong, as a deviation that names place, section and consequence."""

from __future__ import annotations

from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.run import Step
from isakmp.spec.guards import Check
from isakmp.spec.messages import Slot

Finding = Deviation | None


def wrong(step: Step, check: Check, slot: Slot | None, detail: str, cite: str = "") -> Deviation:
    """The deviation of a failed check; `cite` replaces the section of its rule."""
    rule = check.value
    offset = None
    if slot is not None and slot in step.positions and step.chain.offsets:
        offset = step.chain.offsets[step.positions[slot]]
    disposition = Disposition.END if rule.fatal else Disposition.NOTIFY
    subject = slot.subject if slot else ""
    return Deviation(offset, subject, "", cite or rule.cite, detail, rule.notify, disposition)
