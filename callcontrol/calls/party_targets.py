"""Whom a flow may have rung: names of the configuration, agents' extensions, and numbers that the settings allow.

What is asked for may be what a caller typed. It becomes a dial string only here, and only of things that were checked as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callcontrol.values.dial_results import FORBIDDEN, NO_NUMBER
from callcontrol.values.numbers import masked

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices


@dataclass(frozen=True, slots=True)
class Found:
    """``contact`` is the dial string, empty where there is none; then ``refused`` is the cause and ``why`` a sentence.
    ``shown``: how the target may stand in a story. ``outside``: it is a telephone number."""

    shown: str
    contact: str = ""
    outside: bool = False
    refused: str = ""
    why: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def find(services: CallServices, to: str) -> Found:
    """The contact of ``to``. Never raises."""
    configuration = services.configuration()[1]
    target = configuration.targets.get(to)
    if target is not None:
        return Found(to, target.contact) if target.contact else _number(services, target.number, to)
    agent = configuration.agents.get(to)
    if agent is not None and agent.contact:
        return Found(to, agent.contact)
    if not services.flow_numbers or re.fullmatch(services.flow_numbers, to, re.ASCII) is None:
        what = "It is no target and no agent of the configuration, and the setting flow_numbers does not allow it."
        return Found(_shown(to), refused=FORBIDDEN, why=what)
    return _number(services, to, masked(to))


def _number(services: CallServices, number: str, shown: str) -> Found:
    contact = services.dial_out.contact(number)
    if contact:
        return Found(shown, contact, outside=True)
    what = "Outside numbers can't be dialled: set dial_out." if not services.dial_out.template else ""
    return Found(shown, refused=NO_NUMBER, why=what or "The setting dial_out_numbers does not allow this number.")


def _shown(to: str) -> str:
    """Nothing that could be a whole number of somebody, and nothing long."""
    return masked(to) if re.fullmatch(r"\+?[0-9*#]{4,}", to) else ascii(to[:20])[1:-1]
