"""The machine: octets to typed messages, the engine that runs the table, and a peer without sockets or clocks.

`codec` reads and writes messages by the layouts; `peer` takes datagrams and the time, and gives back datagrams and
events; `memory` lets two peers talk without a network.
"""
