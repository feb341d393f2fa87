"""Answers to words of inputs: asked once, kept in a file, asked again where answers contradict each other.

A target has timers, and a datagram can be lost. Each word shares its beginning with many others, so that an answer that
was no rule shows; the word is then asked again until one answer has the majority, and what contradicts it is forgotten.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Final

Word = tuple[str, ...]
"""Inputs, or outputs."""

Ask = Callable[[Word], Word]
"""Sends the inputs of a word to a target that knows nothing yet; the outputs. It may be called by several threads."""

VOTES: Final = 3
"""How often a word has to be answered alike where answers differ."""

TRIES: Final = 9
"""How often a word is asked at most."""


class OutOfTime(Exception):
    """The time is over; what was answered is kept."""


class Wavering(Exception):
    """An answer was taken back: what was learned from it has to be learned again."""


class Undecided(Exception):
    """A target answers the same word in too many ways; the message says how."""


class OtherCache(Exception):
    """A file of answers cannot be used: it is of another target, or none; the message says which."""


class Answers:
    """A tree of what is known: under each input the output and what follows."""

    def __init__(self) -> None:
        self._root: dict[str, tuple[str, Any]] = {}

    def get(self, word: Word) -> Word | None:
        """The outputs for a word; None where they are not all known."""
        node, found = self._root, []
        for letter in word:
            if letter not in node:
                return None
            output, node = node[letter]
            found.append(output)
        return tuple(found)

    def contradiction(self, word: Word, outputs: Word) -> bool:
        """Whether something else is known of a beginning of the word."""
        node = self._root
        for letter, output in zip(word, outputs, strict=True):
            if letter not in node:
                return False
            known, node = node[letter]
            if known != output:
                return True
        return False

    def put(self, word: Word, outputs: Word) -> None:
        """Keep an answer; what contradicts it is forgotten, with all that follows it."""
        node = self._root
        for letter, output in zip(word, outputs, strict=True):
            known = node.get(letter)
            if known is None or known[0] != output:
                node[letter] = (output, {})
            node = node[letter][1]


class Queries:
    """The answers of one target.

    Args:
        ask: who asks it.
        heading: what the answers depend on; a file with another heading is of another target.
        path: the file that keeps them, a line of JSON each; None for none.
        parallel: how many words are asked at once.
        seconds: how long there may be asked, in seconds.

    Raises:
        OtherCache: the file is of another target, or cannot be read.
        OSError: the file cannot be written.

    """

    def __init__(
        self,
        ask: Ask,
        heading: Mapping[str, object] | None = None,
        path: Path | None = None,
        *,
        parallel: int = 1,
        seconds: float | None = None,
    ) -> None:
        self.asked = self.known = self.repeated = 0
        self._ask = ask
        self._path = path
        self.parallel = parallel
        self._end = None if seconds is None else monotonic() + seconds
        self._answers = Answers()
        self._lock = Lock()
        if path is not None:
            self._load(path, json.loads(json.dumps(heading)))

    def stop(self) -> None:
        """Ask no more: the time is over."""
        self._end = monotonic()

    def answer(self, word: Word) -> Word:
        """The outputs for a word.

        Raises:
            OutOfTime: it is not known, and the time is over.
            Wavering: an earlier answer turned out to be none.
            Undecided: there is no majority for any answer.
        """
        found = self._answers.get(word)
        if found is not None:
            self.known += 1
            return found
        return self._settle(word, self._asked(word))

    def prefetch(self, words: Iterable[Word]) -> None:
        """Ask several words at once; those that are the beginning of another one are not asked by themselves.

        Raises:
            OutOfTime, Wavering, Undecided: as for one.
        """
        wanted = {word for word in words if self._answers.get(word) is None}
        beginnings = {word[:length] for word in wanted for length in range(len(word))}
        batch = sorted(wanted - beginnings)
        trouble: OutOfTime | Wavering | None = None
        with ThreadPoolExecutor(self.parallel) as pool:
            asked = [pool.submit(self._asked, word) for word in batch]
            try:
                for word, future in zip(batch, asked, strict=True):
                    try:
                        self._settle(word, future.result())
                    except (OutOfTime, Wavering) as error:  # what the others have brought is kept all the same
                        trouble = trouble or error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if trouble is not None:
            raise trouble

    def _asked(self, word: Word) -> Word:
        if self._end is not None and monotonic() >= self._end:
            raise OutOfTime
        outputs = self._ask(word)
        with self._lock:
            self.asked += 1
        return outputs

    def _settle(self, word: Word, outputs: Word) -> Word:
        """Keep an answer, after more of the same where it contradicts what is known."""
        if not self._answers.contradiction(word, outputs):
            self._keep(word, outputs)
            return outputs
        votes = Counter([outputs])
        while max(votes.values()) < VOTES:
            if votes.total() == TRIES:
                heard = "; ".join(f"{times} times {', '.join(each)}" for each, times in votes.most_common(3))
                raise Undecided(f"{', '.join(word)} is answered in several ways: {heard}")
            self.repeated += 1
            votes[self._asked(word)] += 1
        chosen = votes.most_common(1)[0][0]
        taken_back = self._answers.contradiction(word, chosen)
        self._keep(word, chosen)
        if taken_back:
            raise Wavering
        return chosen

    # ---- the file ----

    def _keep(self, word: Word, outputs: Word) -> None:
        self._answers.put(word, outputs)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([word, outputs]) + "\n")

    def _load(self, path: Path, heading: object) -> None:
        """Read what is there; a last line that was cut off is no answer.

        Raises:
            OtherCache: it is of another target, or no file of answers.
        """
        if not path.exists():
            path.write_text(json.dumps(heading) + "\n", encoding="utf-8")
            return
        number = 0
        try:
            text = path.read_text(encoding="utf-8")
            lines = text[: text.rfind("\n") + 1].splitlines()
            if not lines or json.loads(lines[0]) != heading:
                raise OtherCache(f"{path}: holds answers of another target, policy or alphabet, or none")
            for number in range(1, len(lines)):
                word, outputs = json.loads(lines[number])
                self._answers.put(tuple(map(str, word)), tuple(map(str, outputs)))
        except (ValueError, TypeError) as error:
            raise OtherCache(f"{path}: line {number + 1} is no answer; is it a file of answers?") from error
        if not text.endswith("\n"):
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
