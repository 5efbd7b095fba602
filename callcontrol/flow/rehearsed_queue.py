"""What the queue does in a rehearsal: it offers, gives back, says how it stands; agents answer and hang up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.record import CallRecord
from callcontrol.flow.rehearsed_parties import TALK_S, RehearsalError
from callcontrol.flow.steps.queue import STAYED, Queue
from callcontrol.values.waits import bucket_of

if TYPE_CHECKING:
    from callcontrol.flow.engine import Advance
    from callcontrol.flow.flow import Flow

SILENCE = "-"  # among scripted keys: let it pass
QUEUE_STATES = ("free", "busy", "away", "nobody", "full", "closed", "timeout", "overflow")
ANOTHER_QUEUE = "another"  # where the simulated queue overflows to
PERIOD_S = 30.0  # one waiting period of the simulated queue


class WithQueue:
    """A part of ``Rehearsal``."""

    flow: type[Flow]
    queue: str
    now: datetime
    record: CallRecord
    actions: list[str]
    done: list[cmd.Command]
    doing: cmd.Command | None
    booked: list[cmd.BookCallback]
    _visits_at: dict[str, float]
    _offers: int
    _unanswered: cmd.BookCallback | None

    def message_granted(self) -> None:
        """Raises ``RehearsalError`` where the flow's own rule does not let it be said to this caller now."""
        join, at = self._joined()
        at = max(self.now.timestamp() + PERIOD_S, at + join.message_after_s)
        if not self.may_be_told():
            raise RehearsalError(f"By the rule of the step {self.record.step!r} the announcement is not said now.")
        self.actions.append("granted")
        self._pass(at - self.now.timestamp())
        self._add("queue", "everybody is busy, still after one wait: the announcement")
        self.tell(ev.MessageGranted(self.visit))

    def may_be_told(self) -> bool:
        """Whether the flow's own rule lets the announcement be said, once the caller has waited for long enough."""
        join, at = self._joined()
        at = max(self.now.timestamp() + PERIOD_S, at + join.message_after_s)
        return join.message_until == 0 or at < join.message_until

    def _joined(self) -> tuple[cmd.JoinQueue, float]:
        """The last joining of a queue, and when this visit began."""
        join = next((command for command in reversed(self.done) if isinstance(command, cmd.JoinQueue)), None)
        if join is None or self.record.visit is None:
            raise RehearsalError(f"The call is in no queue; it is at {self.record.step!r}.")
        return join, self._visits_at[join.visit]

    def news(self, ahead: int | None = 1, minutes: float | None = 3.0, serving: int = 1) -> None:
        """The queue says how it stands: callers in front, and the upper end of the estimate."""
        self.actions.append("news")
        self._add("queue", f"{ahead} in front, at most {minutes} minutes")
        self.tell(ev.WaitNews(self.visit, ahead, None if minutes is None else bucket_of(60.0 * minutes), serving))

    def offered(self, agent: str = "1001") -> None:
        self.actions.append("offered")
        self._offers += 1
        self._add("queue", f"agent {agent} is free: the phone rings")
        self.tell(ev.Offered(self.visit, f"offer-{self._offers}", agent))

    def offer_failed(self, cause: str = "NO_ANSWER") -> None:
        self.actions.append(f"fails {cause}")
        self._add("queue", f"the agent does not answer ({cause})")
        self.tell(ev.OfferFailed(self.visit, f"offer-{self._offers}", cause))

    def answered(self, agent: str = "1001") -> None:
        self.actions.append("answered")
        self._pass(5.0)
        self._add("queue", f"agent {agent} answers; they talk")
        self.tell(ev.TalkBegan(self.visit, f"offer-{self._offers}", agent))

    def talk_ended(self, talk_s: float = TALK_S) -> None:
        self.actions.append("talk ends")
        self._pass(talk_s)
        self._add("queue", "the agent hangs up; the caller is back")
        self.tell(ev.TalkEnded(self.visit, f"offer-{self._offers}", talk_s))

    def released(self, branch: str) -> None:
        self.actions.append(f"released {branch}")
        self._add("queue", f"gives the call back: {branch}")
        self.tell(ev.Released(self.visit, branch))

    def overflows(self, to: str = ANOTHER_QUEUE) -> None:
        self.actions.append(f"overflows {to}")
        self._add("queue", f"sends the call on to {to}; the waiting time is kept")
        self.tell(ev.Released(self.visit, "overflow", to))

    def emergency_news(self) -> None:
        """An emergency message is switched on for those who wait (``queue_emergency``)."""
        self.actions.append("emergency")
        self._add("queue", "an emergency message is switched on")
        self.tell(ev.EmergencyNews(self.visit))

    def callback_answered(self, refused: str = "") -> None:
        """The journal says whether the callback is booked."""
        if self._unanswered is None:
            raise RehearsalError(f"No callback is being booked now; the call is at {self.record.step!r}.")
        book, self._unanswered = self._unanswered, None
        self.actions.append(f"not booked {refused}" if refused else "booked")
        self._add("queue", f"no callback ({refused})" if refused else "the callback is booked")
        if not refused:
            self.booked.append(book)
        self.tell(ev.CallbackAnswer(book.visit, refused))

    @property
    def visit(self) -> str:
        """Identity of the present visit to a queue. Raises ``RehearsalError`` outside a queue."""
        if self.record.visit is None:
            raise RehearsalError(f"The call is in no queue; it is at {self.record.step!r}.")
        return self.record.visit.visit

    def means_something(self, key: str) -> bool:
        """Whether that key does something in the queue where the call is now."""
        step = self.flow.step(self.record.step)
        if not isinstance(step, Queue):
            return False
        return key in step.exit_keys or (key == step.stay_key and isinstance(self.doing, cmd.Play))

    def is_booking(self) -> bool:
        """Whether the journal is asked for a callback and has not answered yet."""
        return self._unanswered is not None

    def _queue_goes_on(self, in_queue: Callable[[], str]) -> None:
        visit = self.record.visit
        if visit is None:
            raise RehearsalError(f"The call hangs: it stands at {self.record.step!r} and nothing goes on.")
        if visit.phase == "talking":
            return self.talk_ended()
        if visit.phase == "offered":
            return self.answered(visit.agent)
        if self.queue == "overflow":
            return self.offered() if visit.came_from else self.overflows()
        if self.queue not in ("free", "busy"):
            return self.released(self.queue)
        if self.queue == "free" or self.record.context.get(STAYED) == visit.visit:
            return self.offered()
        if visit.message_heard:
            return self.released("still_busy")
        key = in_queue()
        if key not in ("", SILENCE):
            return self.press(key)
        return self.message_granted() if self.may_be_told() else self.released("timeout")

    def listen(self, *missing: str) -> None:
        raise NotImplementedError

    def press(self, keys: str) -> None:
        raise NotImplementedError

    def tell(self, event: ev.Event) -> Advance:
        raise NotImplementedError

    def _add(self, kind: str, text: str) -> None:
        raise NotImplementedError

    def _pass(self, seconds: float) -> None:
        raise NotImplementedError
