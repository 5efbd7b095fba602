"""The floor as plain JSON and back, so that a newcomer reads seconds of the journal and not days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from callcontrol.floor.agents import AgentRecord, AgentState
from callcontrol.floor.callbacks import Left
from callcontrol.floor.durations import Durations
from callcontrol.floor.forecast import Forecast
from callcontrol.floor.grades import grades_as_data, grades_from_data
from callcontrol.floor.quiet_times import read_windows, rows_of
from callcontrol.floor.rules import NO_RULES, read_rules
from callcontrol.floor.tallies import tally_from_data
from callcontrol.floor.visits import Booking, Call, CallState, Offer

if TYPE_CHECKING:
    from callcontrol.floor.floor import Floor

FORMAT = 2
READABLE = (1, 2)  # 1: the cells of the service level without their threshold

_CALL = tuple(f.name for f in fields(Call) if f.name not in {"lane", "booking"})
_BOOKING = tuple(f.name for f in fields(Booking))
_OFFER = tuple(f.name for f in fields(Offer))
_NOT_KEPT = {"skills", "max_misses", "order", "weight", "pools", "standing", "stamp"}
_AGENT = tuple(f.name for f in fields(AgentRecord) if f.name not in _NOT_KEPT)


def floor_as_data(floor: Floor) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "since": floor.since,
        "as_of": floor.as_of,
        "term": floor.term,
        "desk": floor.desk,
        "release": floor.release,
        "configuration": floor.configuration,
        "calls": [_call_row(call) for call in floor.calls.values()],
        "left": [[_call_row(left.call), left.outcome, left.at] for left in floor.left.values()],
        "agents": [_row(agent, _AGENT) for agent in floor.agents.values()],
        "offers": [_row(offer, _OFFER) for offer in floor.offers.values()],
        "expired": [_row(offer, _OFFER) for offer in floor.expired.values()],
        "over": [[offer, at] for offer, at in floor.over.items()],
        "tallies": {name: tally.as_data() for name, tally in floor.tallies.items()},
        "reserve": dict(floor.reserve),
        "last_agents": [[caller, agent, at] for caller, (agent, at) in floor.last_agents.items()],
        "heard": [[caller, at] for caller, at in floor.heard.items()],
        "durations": floor.durations.as_data(),
        "forecasts": {name: [found.at, found.low_s, found.high_s] for name, found in floor.forecasts.items()},
        "grades": grades_as_data(floor.grades),
        "quiet_times": {name: [list(row) for row in rows_of(windows)] for name, windows in floor.quiet_times.items()},
    }


def fill_floor(floor: Floor, data: Mapping[str, Any]) -> None:
    if data.get("format") not in READABLE:
        raise ValueError(
            f"The snapshot of the floor has format {data.get('format')!r}, this program reads {FORMAT}; "
            "leave it and read the journal from its beginning."
        )
    try:
        _fill(floor, data)
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"The snapshot of the floor is damaged ({error}); leave it and read the journal from its beginning."
        ) from error


def _fill(floor: Floor, data: Mapping[str, Any]) -> None:
    floor.since = data.get("since", data["as_of"])
    floor.as_of, floor.term, floor.desk = data["as_of"], data["term"], data["desk"]
    floor.release, floor.configuration = data["release"], data["configuration"]
    floor.rules = read_rules(floor.configuration)
    floor.calls = {row["call"]: _call(row) for row in data["calls"]}
    floor.left = {row["visit"]: Left(_call(row), outcome, at) for row, outcome, at in data.get("left", [])}
    floor.agents = {row["name"]: AgentRecord(**{**row, "state": AgentState(row["state"])}) for row in data["agents"]}
    floor.offers = {row["offer"]: Offer(**row) for row in data["offers"]}
    floor.expired = {row["offer"]: Offer(**row) for row in data["expired"]}
    floor.over = dict(data.get("over", []))
    floor.tallies = {name: tally_from_data(row, _target_s(floor, name)) for name, row in data["tallies"].items()}
    floor.heard = dict(data["heard"])
    floor.durations = Durations.from_data(data.get("durations", {}))
    floor.forecasts = {name: Forecast(*row) for name, row in data.get("forecasts", {}).items()}
    floor.quiet_times = {name: read_windows(rows) for name, rows in data.get("quiet_times", {}).items()}
    floor.grades = grades_from_data(data.get("grades", {}))
    floor.reserve = dict(data.get("reserve", {}))
    floor.last_agents = {caller: (agent, at) for caller, agent, at in data.get("last_agents", ())}
    floor.index.rules_changed(NO_RULES)


def _target_s(floor: Floor, queue: str) -> float:
    rule = floor.rules.queues.get(queue)
    return rule.target_s if rule else 0.0


def _call_row(call: Call) -> dict[str, Any]:
    booking = None if call.booking is None else _row(call.booking, _BOOKING)
    # A copy: the snapshot is written down after the floor has gone on.
    return {**_row(call, _CALL), "booking": booking, "offers": list(call.offers)}


def _call(row: Mapping[str, Any]) -> Call:
    booking = row.get("booking")
    values = {**row, "state": CallState(row["state"]), "booking": Booking(**booking) if booking else None}
    values["reached"] = tuple(row.get("reached", ()))
    if "offer" in values:  # of a release in which only one phone rang for a call
        offer = values.pop("offer")
        values["offers"] = [offer] if offer else []
    values["offers"] = list(values.get("offers", ()))
    return Call(**values)


def _row(record: object, names: tuple[str, ...]) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in names}
    if "state" in row:
        row["state"] = str(row["state"])
    return row
