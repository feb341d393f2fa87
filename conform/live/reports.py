"""Results for programs and browsers: JSON, JUnit's XML, HTML. All three hold the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from isakmp.conform.live.case import Case, Verdict
from isakmp.conform.live.hearing import Spoken
from isakmp.conform.live.suite import Result


def case_document(case: Case) -> dict[str, Any]:
    """What a case is, before it is run."""
    return {
        "name": case.name,
        "document": case.document,
        "section": case.section,
        "level": case.level.value,
        "requirement": case.requirement or None,
        "sent": case.sent,
        "allowed": case.allows.value,
    }


def result_document(result: Result) -> dict[str, Any]:
    """What a case has shown."""
    return case_document(result.case) | {
        "verdict": result.verdict.value,
        "reason": result.reason,
        "evidence": evidence(result.evidence),
    }


def evidence(spoken: Sequence[Spoken]) -> list[dict[str, Any]]:
    """What was said, each datagram with its time since the first, in seconds."""
    began = spoken[0].time if spoken else 0.0
    return [
        {
            "time": round(one.time - began, 3),
            "from": "suite" if one.ours else "target",
            "what": one.what,
            "octets": one.datagram.hex(),
        }
        for one in spoken
    ]


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many cases have come to each verdict."""
    found = Counter(result.verdict for result in results)
    return {verdict.value: found[verdict] for verdict in Verdict}


def document(target: str, results: Sequence[Result], role: str = "responder") -> dict[str, Any]:
    """The whole run; `role` is the target's."""
    return {
        "target": target,
        "role": role,
        "summary": counts(results),
        "cases": [result_document(result) for result in results],
    }


# ---- JUnit -----------------------------------------------------------------------------------------------------------


def junit(target: str, results: Sequence[Result]) -> str:
    """The run as JUnit's XML: a deviation is a failure, a crash an error, what is inconclusive is skipped."""
    found = counts(results)
    head = (
        f'<testsuite name={quoteattr(f"isakmp conform {target}")} tests="{len(results)}" '
        f'failures="{found["deviates"]}" errors="{found["crashed"]}" skipped="{found["inconclusive"]}">'
    )
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_junit_case, results), "</testsuite>"])


_ELEMENTS: Final[Mapping[Verdict, str]] = {
    Verdict.DEVIATES: "failure",
    Verdict.CRASHED: "error",
    Verdict.INCONCLUSIVE: "skipped",
}


def _junit_case(result: Result) -> str:
    case = result.case
    group, _, name = case.name.rpartition(".")
    took = max((one.time for one in result.evidence), default=0.0) - min(
        (one.time for one in result.evidence), default=0.0
    )
    head = f'  <testcase classname={quoteattr(group)} name={quoteattr(name)} time="{took:.3f}"'
    element = _ELEMENTS.get(result.verdict)
    if element is None:
        return f"{head}/>"
    message = f"{case.cite} {case.level.value}: {result.reason}"
    body = "" if element == "skipped" else escape("\n".join(told(result)), quote=False)
    return f"{head}><{element} message={quoteattr(message)}>{body}</{element}></testcase>"


def told(result: Result) -> list[str]:
    """A result in lines: what is sent, what is allowed, what happened, and each datagram."""
    case = result.case
    return [
        f"sent: {case.sent}",
        f"allowed: {case.allows.value}",
        f"{result.verdict.value}: {result.reason}",
        *(f"{one['time']:8.3f} {one['from']}: {one['what']}: {one['octets']}" for one in evidence(result.evidence)),
    ]


# ---- HTML ------------------------------------------------------------------------------------------------------------

_STYLE: Final = """
body { font-family: sans-serif; margin: 2em; max-width: 75em; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #ccc; padding: .3em .6em; text-align: left; vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.conforms { color: #060; } .deviates, .crashed { color: #a00; font-weight: bold; } .inconclusive { color: #850; }
"""


def html(target: str, results: Sequence[Result]) -> str:
    """The run as one page without scripts, and without anything from elsewhere."""
    summary = ", ".join(f"{number} {verdict}" for verdict, number in counts(results).items())
    rows = "\n".join(map(_row, results))
    title = escape(f"Conformance of {target}")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><h1>{title}</h1><p>{summary}</p>\n<table><tr><th>Verdict</th><th>Section</th><th>Level</th>"
        f"<th>Case</th></tr>\n{rows}\n</table></body></html>"
    )


def _row(result: Result) -> str:
    case, verdict = result.case, result.verdict.value
    more = escape("\n".join(told(result)))
    return (
        f'<tr><td class="{verdict}">{verdict}</td><td>{escape(case.document)} {escape(case.section)}</td>'
        f"<td>{case.level.value}</td><td><details><summary>{escape(case.name)}</summary><pre>{more}</pre></details></td></tr>"
    )
