"""The switch's side of one call, as tests tell it: what was executed, and what is told of it."""

from __future__ import annotations

from urllib.parse import quote

from callcontrol.switch.session import OutboundCall
from tests.switch.peer import DEADLINE_S, Peer, event, on_the_wire, pair, usual

U = "11111111-2222-4333-8444-555555555555"


def channel(**variables: str) -> bytes:
    head = {
        "Event-Name": "CHANNEL_DATA",
        "Unique-ID": U,
        "Caller-Caller-ID-Name": "张 伟\nUnique-ID: forged",
        "Caller-Caller-ID-Number": "13800001111",
        "Caller-Destination-Number": "4001",
        **{f"variable_{name}": value for name, value in variables.items()},
    }
    lines = [f"{name}: {quote(value)}" for name, value in head.items()]
    return on_the_wire(
        [*lines, "Content-Type: command/reply", "Reply-Text: +OK", "Socket-Mode: async", "Control: full"]
    )


class Story:
    """The switch's side of one call: what was executed, and what is told of it."""

    def __init__(self, **variables: str) -> None:
        ours, theirs = pair()
        self.channel = channel(**variables)
        self.peer = Peer(theirs, self._answer)
        self.call = OutboundCall(ours, "node-1")

    def _answer(self, command: str) -> bytes | None:
        if command == "connect":
            return self.channel
        return usual(command)

    def executed(self) -> tuple[str, str, str]:
        """The next execution that was asked for: application, argument, Event-UUID."""
        command = self.peer.expect("sendmsg")
        fields = dict(line.split(": ", 1) for line in command.split("\n")[1:])
        return fields["execute-app-name"], fields.get("execute-app-arg", ""), fields["Event-UUID"]

    def tell(self, name: str, **fields: str) -> None:
        fields.setdefault("Unique_ID", U)
        self.peer.send(event(name, **fields))

    def starts(self, execution: str) -> None:
        self.tell("CHANNEL_EXECUTE", Application_UUID=execution)

    def completes(self, execution: str, response: str = "FILE PLAYED", **fields: str) -> None:
        self.tell("CHANNEL_EXECUTE_COMPLETE", Application_UUID=execution, Application_Response=response, **fields)

    def next(self, timeout_s: float = DEADLINE_S) -> object:
        return self.call.next_event(timeout_s)

    def asks(self, **options: object) -> tuple[str, str]:
        """Ask, and give the variable and execution that the switch was told."""
        how: dict[str, object] = {
            "min_keys": 1,
            "max_keys": 4,
            "timeout_s": 3.0,
            "inter_digit_s": 1.5,
            "terminators": "#",
            **options,
        }
        self.call.ask(7, ["menu.wav"], **how)  # type: ignore[arg-type]
        application, argument, execution = self.executed()
        assert application == "play_and_get_digits"
        return argument.split()[7], execution
