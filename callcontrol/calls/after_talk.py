"""A caller who comes back from a talk with an agent, to whichever controller: its end is told once, and the flow goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcontrol.calls.found_on_switch import found_talk
from callcontrol.calls.talks import Talk, Talks, recording_path, talk_began_at
from callcontrol.flow import events
from callcontrol.flow.record import CallRecord
from callcontrol.ports.switch import SwitchControl

if TYPE_CHECKING:
    from callcontrol.calls.services import CallServices


def after_talk(services: CallServices, talks: Talks, control: SwitchControl, record: CallRecord) -> events.TalkEnded:
    visit = record.visit
    assert visit is not None
    floor = services.floor()
    talk = talks.resumed(visit.offer, control)
    if talk is None:
        began, waiting = talk_began_at(floor, visit.offer), floor.calls.get(record.call)
        if began is None and waiting is not None and waiting.visit == visit.visit:
            began = visit.talk_at  # the controller that bridged them died before it could tell
            services.tell(found_talk(record, control.node, services.clock.now()))
        if began is not None:  # nobody has told the end yet: the controller that began this talk is gone
            path = recording_path(services.recordings_dir, visit.offer)
            talk = Talk(record.call, visit.offer, visit.agent, visit.queue, visit.visit, began, record.began_at, path)
            talks.finish(talk, "agent")
            talks.recorded(talk, None)
    else:
        talks.finish(talk, "agent")
    talk_s = max(talk.ended_at - talk.began_at, 0.0) if talk else 0.0
    return events.TalkEnded(visit=visit.visit, offer=visit.offer, talk_s=talk_s)
