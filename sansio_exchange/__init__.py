"""The core: venue protocols as pure state machines, and the venues themselves as a simulation.

No I/O, no clock, no randomness, no logging; nothing is imported but the standard library's pure parts and msgspec.

    machine.py      the one interface: inputs in, effects out
    commands.py     what a user can ask            errors.py   what can go wrong
    orders.py, account.py, market.py               the values that are talked about
    venue.py        what a venue has to say        venues.py   which venues there are
    session/        a session with any venue       binance/    one venue's language
    simulation/     the other side of the wire, and World, which joins both under a virtual clock
    conformance.py  puts a machine to its contract
"""
