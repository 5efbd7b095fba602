"""Who waits, who is free, who gets whom and why. Pure: journal entries in, decisions out; no clock, no I/O, no chance.

``Floor`` is the state, ``Floor.apply(entry)`` the only way to change it, ``decide(floor, now)`` what the desk would
write next. Whoever reads the same entries has the same floor.
"""
