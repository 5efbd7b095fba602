"""What conducting a call needs from the rest of the house, handed in by ``bootstrap``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from callcontrol.calls.dial_out import DialOut
from callcontrol.calls.emergency_errand import Amend
from callcontrol.calls.pin_gate import PinGate
from callcontrol.calls.repairs import KINDS, Repairs
from callcontrol.floor.entries import Entry
from callcontrol.floor.floor import Floor
from callcontrol.flow.commands import Prompt
from callcontrol.flow.shelf import FlowShelf
from callcontrol.ports.callbacks import CallbackSecrets
from callcontrol.ports.clock import Clock
from callcontrol.ports.journal import StoryLine
from callcontrol.ports.outside import Answer, Outside
from callcontrol.ports.speech import HasNoSpeech, Speech
from callcontrol.ports.store import CallerRecords, HasNoRecords
from callcontrol.ports.switch import SwitchControl
from callcontrol.values.configuration import Configuration, Service


class Outbox(Protocol):
    """Takes lines without ever blocking a call, and writes them in order when it can."""

    def tell(self, data: Mapping[str, Any]) -> object: ...

    def story(self, line: StoryLine) -> object: ...


class Sounds(Protocol):
    def files_for(self, prompt: Prompt, language: str, configuration: Configuration) -> Sequence[str]:
        """Sound files, in the order of speaking."""
        ...

    def music(self, name: str, language: str = "", shuffled_by: str = "") -> Sequence[str]: ...


class HasNoOutside:
    """Where nothing was handed in: every service has failed, and the flow goes its way for that."""

    def ask(self, service: Service, values: Mapping[str, str], key: str) -> Answer:
        return Answer("failed", why="This controller asks no outside services.")


class House(Protocol):
    """How the house stands, see ``house_watch``."""

    def troubles(self) -> tuple[str, ...]: ...

    def surging(self, queue: str) -> bool: ...

    def surges(self) -> tuple[str, ...]:
        """The queues that are surging."""
        ...


@dataclass(slots=True)
class HouseNow:
    """As whoever watches it says; a house that nobody watches is well."""

    watch: House | None = None

    def troubles(self) -> tuple[str, ...]:
        return self.watch.troubles() if self.watch is not None else ()

    def surging(self, queue: str) -> bool:
        return self.watch is not None and self.watch.surging(queue)

    def surges(self) -> tuple[str, ...]:
        return self.watch.surges() if self.watch is not None else ()


@dataclass(frozen=True, slots=True)
class CallServices:
    name: str  # of this controller
    clock: Clock
    control: Callable[[str], SwitchControl]  # by the name of the switch
    outbox: Outbox
    floor: Callable[[], Floor]
    configuration: Callable[[], tuple[int, Configuration]]  # release number and what it says
    flows: FlowShelf  # alive: what it has may change while calls are under way
    sounds: Sounds
    number_secret: bytes
    recordings_dir: Path
    callbacks: CallbackSecrets
    dial_out: DialOut = field(default_factory=DialOut)
    flow_numbers: str = (
        ""  # what flows may dial beyond targets and agents: an expression of the whole number; empty: nothing
    )
    outside: Outside = field(default_factory=HasNoOutside)
    speech: Speech = field(default_factory=HasNoSpeech)
    callers: CallerRecords = field(default_factory=HasNoRecords)
    pins: PinGate | None = None  # None: no agent is known by a PIN
    amend: Amend | None = None  # None: nothing is published from a call
    resume_extension: str = "callcontrol_resume:XML:callcontrol"
    default_flow: str = "hotline"
    repairs: Repairs = field(default_factory=Repairs)
    house: HouseNow = field(default_factory=HouseNow)

    def tell(self, entry: Entry) -> None:
        self.outbox.tell(entry.as_data())

    def story(self, call: str, kind: str, **data: Any) -> None:
        self.outbox.story(StoryLine(call=call, at=self.clock.now(), kind=kind, data=data))

    def repaired(self, kind: str, call: str, about: str = "") -> None:
        """One of ``repairs.KINDS`` was found and is repaired now. ``call``: whose story tells it; empty when it is no call's."""
        self.repairs.note(kind, call, about)
        if call:
            self.story(call, "trouble", what=f"The floor was repaired: {KINDS[kind]}.")
