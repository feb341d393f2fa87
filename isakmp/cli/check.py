"""``isakmp check``: a capture of real handshakes, judged by the transition table."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, printable, require_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EPILOG: Final = """\b
Examples:
  isakmp check capture.pcap
  isakmp check capture.pcapng --keys capture.keys.json -v

Keys: JSON or TOML of the form ikev1-capture/1, or Wireshark's ikev1_decryption_table. Without them all that is in the
clear is judged, and what could not be decided is said.

Exit status: 0 no deviation was found, 1 a deviation, or keys that do not fit, 2 unreadable input.
"""

Json = dict[str, Any]

_VERDICTS: Final = {
    "conformant": ("good", "conformant: no deviation was found"),
    "deviations": ("bad", "deviations were found"),
    "undecided": ("doubt", "undecided: nothing wrong was found, but not everything could be checked"),
}
_OUTCOMES: Final = {"established": "good", "failed": "bad", "incomplete": "doubt"}


@click.command("check", short_help="Judge the handshakes in a capture.", epilog=EPILOG)
@click.argument("capture", type=click.Path())
@click.option("--keys", type=click.Path(), help="The keys of the handshakes.")
@click.option("--backend", default="openssl", show_default=True, help="The crypto backend that recomputes.")
@click.option("--port", "ports", type=click.IntRange(1, 65535), multiple=True, help="Where ISAKMP is, beside port 500.")
@click.option(
    "--nat-t-port",
    "nat_t_ports",
    type=click.IntRange(1, 65535),
    multiple=True,
    help="Where it follows a non-ESP marker, beside port 4500.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every check, not only those that failed.")
@output.format_option("text", "json")
def command(
    *,
    capture: str,
    keys: str | None,
    backend: str,
    ports: tuple[int, ...],
    nat_t_ports: tuple[int, ...],
    verbose: bool,
    form: str,
) -> int:
    """Judge the handshakes in CAPTURE (pcap or pcapng, - for standard input).

    Each message is decrypted where the keys are known, walked through the transition table, and checked: hashes,
    signatures, padding, payload order, reserved fields, lengths, message ids, cookies; each verdict has its section.
    """
    if "-" in (capture, keys):
        require_input()
    if capture == keys == "-":
        raise click.UsageError(
            "the capture and the keys cannot both come from standard input", click.get_current_context()
        )
    from isakmp.conform.capture import read_capture
    from isakmp.conform.check import check_capture
    from isakmp.conform.keyfiles import read_keys
    from isakmp.crypto.registry import load_backend
    from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT

    chosen = load_backend(backend)
    if not chosen.computes_octets:
        raise click.UsageError(
            f"the {backend} backend computes no octets that could be compared with those of a capture",
            click.get_current_context(),
        )
    known = read_keys(keys) if keys is not None else None
    found = read_capture(capture, ports=(ISAKMP_PORT, *ports), nat_t_ports=(NAT_T_PORT, *nat_t_ports))
    report: Json = check_capture(found, known, chosen).to_json()
    if form == "json":
        output.write_json(report)
    else:
        _print(report, verbose=verbose)
    return FINDING if is_finding(report) else FINE


def is_finding(report: Json) -> bool:
    """Whether there is something that the reader has to know of: a deviation, or keys that do not fit.

    A finding is a fault of the input: a capture that is cut, a key that opens nothing. A check that fails at the
    receiver without a deviation of the sender (an untrusted certificate, another key) is shown, and is why the
    exchange failed; both ends acted as they should.
    """
    return bool(report["verdict"] == "deviations" or _differing(report) or report.get("findings"))


def _differing(report: Json) -> bool:
    """Whether a value of the keys file is not the one that follows from the capture."""
    return any(not key["ok"] for exchange in report["exchanges"] for key in exchange.get("keys", ()))


def _messages(report: Json) -> Iterator[Json]:
    return (message for exchange in report["exchanges"] for message in exchange["messages"])


# ---- text ------------------------------------------------------------------------------------------------------------


def _print(report: Json, *, verbose: bool) -> None:
    repeated = {} if verbose else _repeated_notes(report)
    for exchange in report["exchanges"]:
        _print_exchange(exchange, verbose=verbose, repeated=repeated)
        output.line()
    for label, name, style in (
        ("finding", "findings", "bad"),
        ("note", "notes", "quiet"),
    ):
        for text in dict.fromkeys(report.get(name, ())):
            output.wrapped(f"{label}:", text, indent=0, label_width=len(label) + 2, style=style)
    for text, count in repeated.values():
        output.wrapped("note:", f"on {count} messages: {text}", indent=0, label_width=6, style="quiet")
    others = ", ".join(f"{count} {kind}" for kind, count in report.get("other_packets", {}).items())
    if others:
        output.wrapped("not judged:", others, indent=0, label_width=12, style="quiet")
    if not report["exchanges"]:
        output.line("no ISAKMP message in this capture")
    _print_summary(report)


OFTEN: Final = 3
"""A note that stands, but for its numbers, on so many messages is told once (-v tells it for each)."""


def _repeated_notes(report: Json) -> dict[str, tuple[str, int]]:
    """Notes that stand on many messages: by their text without numbers, the first of them and how many there are."""
    notes = [note for message in _messages(report) for note in message.get("notes", ())]
    counts = Counter(map(_without_numbers, notes))
    first = {_without_numbers(note): note for note in reversed(notes)}
    return {plain: (first[plain], count) for plain, count in counts.items() if count >= OFTEN}


def _without_numbers(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+|\d+", "#", text)


def _print_summary(report: Json) -> None:
    messages = list(_messages(report))
    checks = [check for message in messages for check in message["checks"]]
    passed = sum(check["ok"] is True for check in checks)
    failed = sum(check["ok"] is False for check in checks)
    undecided = sum(len(exchange.get("undecided", ())) for exchange in report["exchanges"])
    deviations = sum(len(message["deviations"]) for message in messages)
    output.line(
        f"{_count(len(report['exchanges']), 'exchange')}, {_count(len(messages), 'message')}, "
        f"{_count(passed + failed, 'check')}: {passed} passed, {failed} failed, {undecided} undecided; "
        f"{_count(deviations, 'deviation')}"
    )
    style, text = _VERDICTS.get(report["verdict"], ("doubt", report["verdict"]))
    if style != "bad" and is_finding(report):
        fault = "the keys do not fit" if _differing(report) else "see the finding above"
        style, text = "bad", f"{report['verdict']}: no deviation of a peer, but {fault}"
    output.line(output.styled(text, style))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print_exchange(exchange: Json, *, verbose: bool, repeated: Mapping[str, object]) -> None:
    words = [printable(exchange["exchange"])]
    words += [printable(exchange[name]) for name in ("auth", "suite") if exchange.get(name)]
    outcome = output.styled(exchange["outcome"], _OUTCOMES.get(exchange["outcome"], "doubt"))
    reason = f": {printable(exchange['reason'])}" if exchange.get("reason") else ""
    output.line(f"{output.styled(', '.join(words), 'heading')}: {outcome}{reason}")
    where = f"cookies {exchange['initiator_cookie']} {exchange['responder_cookie']}"
    output.line(f"  {where}, message id {exchange['message_id']:08x}")
    for message in exchange["messages"]:
        _print_message(message, verbose=verbose, repeated=repeated)
    for key in exchange.get("keys", ()):
        if verbose or not key["ok"]:
            word = "agrees with the keys file" if key["ok"] else "differs from the keys file"
            detail = f": {key['detail']}" if key["detail"] else ""
            style = "quiet" if key["ok"] else "bad"
            output.wrapped("", f"{key['name']} {word}{detail}", indent=4, label_width=0, style=style)
    undecided = exchange.get("undecided", ())
    shown = undecided if verbose else undecided[:SHOWN]
    for text in shown:
        output.wrapped("?", text, indent=4, label_width=2, style="doubt")
    if len(undecided) > len(shown):
        output.line(f"    ? {len(undecided) - len(shown)} more that could not be decided (-v shows them)")
    for text in exchange.get("notes", ()):
        output.wrapped("note", text, indent=4, label_width=5, style="quiet")


SHOWN: Final = 3
"""How many open questions of an exchange are shown without -v: most often they all have one reason."""


def _print_message(message: Json, *, verbose: bool, repeated: Mapping[str, object]) -> None:
    name = message.get("message") or "message"
    row = f"[{message['row']}]" if message["row"] else "(no row takes it)"
    state = ", retransmission" if message.get("retransmission") else ""
    if message.get("encrypted"):
        state += ", decrypted" if message["decrypted"] else ", not decrypted"
    payloads = " ".join(message.get("payloads", ()))
    told = f"{message['sender']} {name}{state}{f': {payloads}' if payloads else ''}  {row}"
    output.wrapped(f"  {message['frame']:4}  ", told, indent=0, label_width=8)
    for check in message["checks"]:
        _print_check(check, verbose=verbose, deviations=message["deviations"])
    for deviation in message["deviations"]:
        output.wrapped("!", f"deviation: {_deviation(deviation)}", indent=8, label_width=2, style="bad")
    notes = [note for note in message.get("notes", ()) if _without_numbers(note) not in repeated]
    for text in (*notes, *(f"takes {effect}" for effect in message.get("effects", ()))):
        output.wrapped("note", text, indent=8, label_width=5, style="quiet")


def _print_check(check: Json, *, verbose: bool, deviations: list[Json]) -> None:
    detail = f": {check['detail']}" if check["detail"] else ""
    text = f"{check['check']}{detail} ({_section(check)})"
    if check["ok"] is False:
        if not any((d["section"], d["detail"]) == (check["section"], check["detail"]) for d in deviations):
            output.wrapped("!", f"failed: {text}", indent=8, label_width=2, style="bad")
    elif verbose:
        mark, style = ("ok", "good") if check["ok"] else ("? ", "doubt")
        output.wrapped(mark, text, indent=8, label_width=3, style=style)


def _deviation(deviation: Json) -> str:
    place = [f"offset {deviation['offset']}"] if deviation["offset"] is not None else []
    place += [deviation[name] for name in ("payload", "field") if deviation.get(name)]
    where = f"{', '.join(place)}: " if place else ""
    return f"{where}{deviation['detail']} ({_section(deviation)})"


def _section(entry: Mapping[str, Any]) -> str:
    return str(entry.get("section_text") or entry["section"])
