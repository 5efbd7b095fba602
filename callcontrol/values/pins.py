"""What may be an agent's PIN for the telephone's keypad."""

from __future__ import annotations

LEAST_DIGITS, MOST_DIGITS = 4, 10
_RUNS = ("01234567890123", "98765432109876")


def pin_problem(pin: str, agent: str) -> str:
    """Why ``pin`` can't be the PIN of ``agent``, as a sentence that does not repeat it; "" where it can."""
    if not (pin.isascii() and pin.isdigit()) or not LEAST_DIGITS <= len(pin) <= MOST_DIGITS:
        return f"A PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits and nothing else; choose another."
    if len(set(pin)) == 1 or any(pin in run for run in _RUNS):
        return "That PIN is the first that anybody tries; choose one that is no row of the same or following digits."
    if pin == agent or pin == agent[::-1]:
        return "That PIN is the agent's own number; choose another."
    return ""
