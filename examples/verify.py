"""Ask a claim of an exchange, and print the attack where there is one.

Main mode with signatures: once it is complete, has the other end been running it with me at all?
"""

import isakmp
from isakmp.spec.claims import claim
from isakmp.verify.models import alone
from isakmp.verify.search import INSIDERS, Search
from isakmp.verify.trace import Story, cast_of, told

SESSIONS = 2  # the bound: how many runs of honest ends take part


def main() -> None:
    """Ask both ends of the exchange."""
    (exchange,) = isakmp.find("main", isakmp.Auth.SIGNATURE)
    asked = claim("weak-agreement")
    print(f"{exchange.title}, {asked.name}: {asked.meaning}")

    protocol = alone(exchange)  # derived from the messages that the machine runs
    search = Search(protocol, SESSIONS)
    for role in isakmp.Role:
        found = search.ask(role, asked.name, INSIDERS, tidy=True)
        if found.attack is None:
            print(f"\n{role.value}: no attack with {SESSIONS} sessions")
            continue
        print(f"\n{role.value}: attack")
        story = Story(search.scripts, found.attack)
        for session in cast_of(story):
            print(f"  {session}")
        for number, line in enumerate(told(story, INSIDERS), 1):
            print(f"  {number:2}. {line}")


if __name__ == "__main__":
    main()
