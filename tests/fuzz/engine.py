"""One target under atheris, in a process of its own: `tests.fuzz.run` starts it, and reads what it says at its end.

Only packages of ours are instrumented, so that it starts quickly; the functions that the codec generates as well.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any, Final

import atheris

from tests.fuzz.target import MEMORY

OURS: Final = ["isakmp"]
NOT_TESTED: Final = ("conform/live", "conform/vectors", "spec/requirements")
"""Folders of what makes inputs; to instrument them takes seconds and finds nothing."""

HANGS: Final = 20
"""Seconds after which an input counts as one that hangs."""

LOOKS: Final = 32
"""Inputs between two looks at the memory."""

ROOM: Final = 1024
"""Megabytes of memory that a target may take, its corpus included."""


def _instrumented(name: str) -> Any:
    """The target, with what it tests instrumented."""
    root = Path(__file__).parent.parent.parent
    makers = [path.relative_to(root).with_suffix("") for folder in NOT_TESTED for path in (root / folder).glob("*.py")]
    with atheris.instrument_imports(include=OURS, exclude=[".".join(("isakmp", *each.parts)) for each in makers]):
        from tests.fuzz.target import load  # noqa: PLC0415 - imported here so that it is instrumented

        target = load(name)
        from isakmp.machine.codec_generate import FUNCTIONS  # noqa: PLC0415 - as above
    for function in FUNCTIONS.values():
        if isinstance(function, FunctionType):
            atheris.instrument_func(function)
    return target


def _custom(target: Any) -> dict[str, Any]:
    """What atheris is told of the target's own mutator."""
    if target.mutator is None:
        return {}

    def custom_mutator(data: bytes, most: int, seed: int) -> bytes:
        def mutate(octets: bytes) -> bytes:
            room = max(len(octets) + 16, 8)
            return bytes(atheris.Mutate(octets, room))

        return bytes(target.mutator(data, Random(seed), mutate))[:most]

    return {"custom_mutator": custom_mutator}


def _keeping(target: Any, prefix: str, memory: Path) -> Callable[[bytes], None]:
    """The target, with its input kept where it is broken. libFuzzer does so too, but its own alarm may be faster.

    Now and then the most memory of this process is written down: what libFuzzer tells counts in that of its parent.
    """
    number = count()

    def one(data: bytes) -> None:
        if not next(number) % LOOKS:
            memory.write_text(_most_memory())
        try:
            target.one(data)
        except Exception:
            signal.setitimer(signal.ITIMER_REAL, 0)
            Path(f"{prefix}crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
            raise

    return one


def _most_memory() -> str:
    """Megabytes of memory that this process has had at most, since it was started."""
    status = Path("/proc/self/status").read_text()
    return str(int(status.partition("VmHWM:")[2].split()[0]) >> 10)


def _options(target: Any, told: argparse.Namespace) -> list[str]:
    """What libFuzzer is told."""
    options = [
        f"-max_total_time={told.seconds}",
        f"-max_len={target.longest}",
        f"-timeout={HANGS}",
        f"-rss_limit_mb={ROOM}",
        f"-artifact_prefix={_prefix(told)}",
    ]
    if target.words:
        words = told.scratch / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
        options.append(f"-dict={words}")
    return options


def _prefix(told: argparse.Namespace) -> str:
    """How the name of an input that is kept begins: with the target's, so that it can be replayed."""
    return f"{told.failures}/{told.target}-"


def _escaped(word: str) -> str:
    return "".join(c if c.isalnum() else f"\\x{ord(c):02X}" for c in word)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fuzz until the time is over, or an input breaks the target; does not return."""
    parser = argparse.ArgumentParser(prog="engine")
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True, help="an empty folder")
    parser.add_argument("--failures", type=Path, required=True)
    parser.add_argument("--fault", help="a fault to sow first")
    parser.add_argument("--plain", action="store_true", help="without the target's own mutator")
    told = parser.parse_args(arguments)
    target = _instrumented(told.target)
    options, one = _options(target, told), _keeping(target, _prefix(told), told.scratch / MEMORY)
    begin = told.scratch / "seeds"
    begin.mkdir()
    for number, seed in enumerate(target.seeds()):
        (begin / f"{number:04}").write_bytes(seed[: target.longest])
    with ExitStack() as stack:
        if told.fault:
            from tests.fuzz.faults import sown  # noqa: PLC0415 - it imports what is to be instrumented

            stack.enter_context(sown(told.fault))
        words = [sys.argv[0], *options, str(told.corpus), str(begin)]
        atheris.Setup(words, one, **({} if told.plain else _custom(target)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
