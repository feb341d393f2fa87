"""Judge a capture by the model: each message with the row that takes it, and what deviates with its section.

    python examples/judge.py CAPTURE [KEYS]

Exit status 1 where something deviates.
"""

import sys

import isakmp


def main(capture: str, keys: str | None = None) -> int:
    """Print the judgement."""
    secrets = None if keys is None else isakmp.read_keys(keys)
    report = isakmp.check_capture(isakmp.read_capture(capture), secrets, isakmp.load_backend("openssl"))
    for exchange in report.exchanges:
        print(f"{exchange.exchange}, {exchange.outcome.value}")
        for message in exchange.messages:
            held, taken_by = sum(check.ok is True for check in message.checks), message.row or "no row"
            print(f"  {message.name or 'a message'} of the {message.sender}: {held} checks hold  [{taken_by}]")
            for check in (check for check in message.checks if not check.ok):
                said = "undecided" if check.ok is None else "fails"
                print(f"    {said}: {check.check}, {check.detail} ({isakmp.format_cite(check.section)})")
            for deviation in message.deviations:
                print(f"    deviation: {deviation}")  # where, what, and by which section
    print(f"verdict: {report.verdict.value}")
    return 1 if report.verdict.value == "deviations" else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
