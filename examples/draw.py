"""Draw what the tables say: a state machine, the messages of an exchange as a ladder, the layout of a payload.

python examples/draw.py FOLDER
"""

import sys
from pathlib import Path

import isakmp
from isakmp.diagrams.payload import packet
from isakmp.diagrams.render import render
from isakmp.diagrams.sequence import sequence
from isakmp.diagrams.state import both_roles


def main(folder: Path) -> None:
    """Draw three pictures into a folder; the suffix of a file says which form it takes."""
    (aggressive,) = isakmp.find("aggressive", isakmp.Auth.PSK)
    initiator, responder = (isakmp.table(aggressive, role) for role in isakmp.Role)
    drawings = {
        "states.svg": both_roles(initiator, responder),
        "ladder.svg": sequence(aggressive),
        "packet.svg": packet(isakmp.LAYOUTS["SA"]),
        "packet.dot": packet(isakmp.LAYOUTS["SA"]),  # text in Graphviz's language, to go on with
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, dot in drawings.items():
        render(dot, folder / name)
        print(f"{folder / name}: {(folder / name).stat().st_size} octets")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
