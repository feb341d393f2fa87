"""The page on the arguments of formulas in docs, made of the table: `python -m tests.verify.formula_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.verify.formula_arguments import TABLE
from tests.verify.reasons import Changes, Said

PAGE: Final = Path(__file__).parents[2] / "docs" / "formula-arguments.md"
_HEAD: Final = """\
# What each argument of each formula is for

A formula is as good as what it covers. Each formula of RFC 2409 and of its companions is tried with one argument less:
either an attack appears that was not there before, or there is a reason why none does. Tried is every exchange and
method that the formula stands in, as it is and with the encryption of messages taken away, phase 2 under phase 1 where
that makes the difference, with two sessions (in few cases three); an intruder who is a legitimate peer as well.

The first column of arguments names a claim that breaks without it; `isakmp verify --explain` says what claims mean. The
second gives the reason why no verdict changes. Reasons are checked: "holds by ... too" means that the claim still holds
without what is named there, and breaks without both. The whole table, with exchanges and roles, is
`tests/verify/formula_arguments.py`, and `tests/verify/test_formulas.py` fails when a line of it is not so, or is
missing. This page is made of it: `python -m tests.verify.formula_page`.

| formula | a verdict changes without | none changes without |
| --- | --- | --- |
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(_row(formula, said) for formula, said in TABLE.items())


def _row(formula: str, said: Mapping[str, Said]) -> str:
    changing, not_changing = (
        {name: each.words for name, each in said.items() if isinstance(each, Changes) is changes}
        for changes in (True, False)
    )
    cells = (f"`{formula}`", *("; ".join(_grouped(words)) for words in (changing, not_changing)))
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def _grouped(words: dict[str, str]) -> Iterator[str]:
    """Arguments of which the same is said, together."""
    for text in dict.fromkeys(words.values()):
        yield f"{', '.join(f'`{name}`' for name, each in words.items() if each == text)}: {text}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
