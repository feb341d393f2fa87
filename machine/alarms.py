"""When which run has to be woken, found without looking at all of them: a heap whose entries may be out of date.

An entry is never later than the first timer of its run. A timer that is put off is noticed when the entry surfaces; one
that is set has to be told of (`watch`).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from isakmp.machine.run import Run

_SLACK = 64


class Alarms:
    """The first timer of each run, in order. Times are in seconds on the caller's clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Run]] = []
        self._entries: dict[Run, float] = {}
        self._pushed = 0

    def watch(self, run: Run) -> None:
        """A timer of a run may have been set. It costs the logarithm of how many there are."""
        first = run.wakes
        entry = self._entries.get(run)
        if first is not None and (entry is None or first < entry):
            self._push(first, run)

    def forget(self, run: Run) -> None:
        """A run is gone; what the heap still says of it is skipped, and cleared where it is the greater part."""
        self._entries.pop(run, None)
        if len(self._heap) > 2 * len(self._entries) + _SLACK:
            self._heap = [entry for entry in self._heap if self._entries.get(entry[2]) == entry[0]]
            heapify(self._heap)

    def first(self) -> float | None:
        """The time of the first timer of all."""
        while self._heap:
            time, _, run = self._heap[0]
            due = run.wakes if self._entries.get(run) == time else None
            if due == time:
                return time
            heappop(self._heap)
            if self._entries.get(run) == time:
                del self._entries[run]
                self.watch(run)
        return None

    def due(self, now: float) -> list[Run]:
        """The runs that have a timer due, in the order of their timers; they have to be watched again."""
        found: list[Run] = []
        while (time := self.first()) is not None and time <= now:
            run = heappop(self._heap)[2]
            del self._entries[run]
            found.append(run)
        return found

    def __len__(self) -> int:
        """How many entries are kept, those out of date among them."""
        return len(self._heap)

    def _push(self, time: float, run: Run) -> None:
        self._pushed += 1  # equal times keep their order, and runs are never compared
        self._entries[run] = time
        heappush(self._heap, (time, self._pushed, run))
