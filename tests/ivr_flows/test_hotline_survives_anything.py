"""Whatever happens, in whatever order, late, twice or with hostile keys: the caller is led on or out, never dropped."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from callcontrol.flow import commands as cmd
from callcontrol.flow import events as ev
from callcontrol.flow.engine import Advance, advance, first_record
from callcontrol.flow.facts import Facts
from callcontrol.flow.flow import LAST_STEP
from callcontrol.flow.record import CallRecord
from callcontrol.flow.steps import HangUp, Queue
from callcontrol.flow.steps.queue import BRANCHES
from ivr_flows.hotline import Hotline

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
KEYS = st.one_of(
    st.sampled_from(["", "1", "2", "5", "0", "*", "#", "9", "11", "A"]),
    st.text(max_size=5),
    st.just("${system(reboot)}\n"),
)
OFFERS = st.sampled_from(["offer-1", "offer-2"])


class AnyEvents(RuleBasedStateMachine):
    """The one who throws events knows only what the commands told: that is what a switch and a desk know too."""

    @initialize(
        survey_on=st.booleans(),
        ask_language=st.booleans(),
        is_open=st.booleans(),
        queues=st.sampled_from([("support", "billing"), ("support", "billing"), ("support",), ("billing",), ()]),
        come_to=st.sampled_from(["welcome", "menu", "waiting", "waiting", "message"]),
    )
    def the_call_comes(
        self, survey_on: bool, ask_language: bool, is_open: bool, queues: tuple[str, ...], come_to: str
    ) -> None:
        self.facts = Facts(
            now=NOW, open={"office": is_open}, queue_hours={"": "office"} | dict.fromkeys(queues, "office")
        )
        given = {"survey_on": survey_on, "ask_language": ask_language, "hours": "office"}
        self.record = first_record(Hotline, "call", "zh", given, NOW.timestamp())
        self.doing: cmd.Command | None = None
        self.answers = 0
        self.visits: list[str] = ["call:0"]
        self.joined_since_resumed: set[str] = set()
        self.granted: set[str] = set()
        self.left: set[str] = set()
        self.joined_at: dict[str, float] = {}
        self.tell(ev.Began())
        for _ in range(6):  # most of what can go wrong goes wrong in the queue: begin there often
            if self.record.visit is not None or self.record.step == come_to or come_to == "welcome":
                break
            if isinstance(self.doing, cmd.Play):
                self.tell(ev.Played(self.record.wait))
            elif isinstance(self.doing, cmd.Ask):
                self.tell(ev.Keys(self.record.wait, "1"))
        if come_to == "message" and self.record.visit is not None:
            self.tell(ev.MessageGranted(self.record.visit.visit))

    # --- one event ----------------------------------------------------------------------------------------------------
    def tell(self, event: ev.Event) -> Advance:
        before = CallRecord.from_data(json.loads(json.dumps(self.record.as_data())))
        assert before == self.record, "the record must survive its way through JSON"
        self.facts = replace(self.facts, now=self.facts.now + timedelta(seconds=1))
        step = advance(Hotline, before, event, self.facts)
        if before.ended:
            assert step.record is before
            assert step.commands == ()
        if isinstance(event, ev.MessageGranted) and before.visit and before.visit.visit == event.visit:
            self.granted.add(event.visit)
        if isinstance(event, ev.Resumed):
            self.joined_since_resumed.clear()
        visit = before.visit
        if (
            visit is not None
            and visit.phase == "talking"
            and not isinstance(event, ev.TalkEnded | ev.Resumed | ev.HungUp)
        ):
            assert step.record is before, "nothing reaches into a talk"
        if any(isinstance(c, cmd.MessageHeard) for c in step.commands):
            assert visit is not None
            assert visit.phase == "message" or (visit.message_heard and isinstance(event, ev.MessageGranted))
        talked = isinstance(event, ev.TalkEnded) or (
            isinstance(event, ev.Resumed) and visit and visit.phase == "talking"
        )
        if talked and visit is not None and step.record.visit is None:
            self.joined_at.pop(visit.queue)
        for command in step.commands:
            self.look_at(command)
        if isinstance(event, ev.HungUp):
            assert step.record.ended
            assert step.commands == ()
        assert step.record.wait >= before.wait
        if step.record is before:
            assert not [c for c in step.commands if not isinstance(c, cmd.MessageHeard | cmd.StayInQueue)]
        self.record = step.record
        return step

    def look_at(self, command: cmd.Command) -> None:
        match command:
            case cmd.Answer():
                self.answers += 1
            case cmd.Play() | cmd.Ask() | cmd.Hold():
                assert self.answers == 1, "nothing is played before the answer"
                self.doing = command
            case cmd.JoinQueue(visit=visit, queue=queue, first_joined_at=first):
                assert self.answers == 1
                assert self.joined_at.setdefault(queue, first) == first, "who comes back keeps the place"
                assert visit not in self.joined_since_resumed, "one join for each visit"
                assert visit not in self.left
                self.joined_since_resumed.add(visit)
                self.visits.append(visit)
            case cmd.MessageHeard(visit=visit):
                assert visit in self.granted, "the announcement is only heard after it was granted"
            case cmd.LeaveQueue(visit=visit):
                assert visit not in self.left, "a visit is left once"
                self.left.add(visit)
            case cmd.KeepSurvey(answers=answers):
                assert set(answers) == {"attitude", "speed", "correctness"}
                assert set(answers.values()) <= {None, 1, 2, 3, 4, 5}
            case cmd.HangUp():
                self.doing = command

    # --- what is expected ---------------------------------------------------------------------------------------------
    @rule(keys=KEYS)
    def the_caller_answers(self, keys: str) -> None:
        if isinstance(self.doing, cmd.Ask):
            self.tell(ev.Keys(self.record.wait, keys))

    @rule(missing=st.sampled_from([(), ("a.wav",)]))
    def the_prompt_ends(self, missing: tuple[str, ...]) -> None:
        if isinstance(self.doing, cmd.Play):
            self.tell(ev.Played(self.record.wait, missing))

    @precondition(lambda self: self.record.visit is not None and not self.record.ended)
    @rule(agent=st.sampled_from(["1001", "1002"]), offer=OFFERS, heard=st.booleans())
    def an_agent_talks(self, agent: str, offer: str, heard: bool) -> None:
        visit = self.record.visit
        assert visit is not None
        self.tell(ev.Offered(visit.visit, offer, agent))
        self.tell(ev.TalkBegan(visit.visit, offer, agent))
        assert self.record.visit is not None
        assert self.record.visit.phase == "talking"
        if heard:
            self.tell(ev.TalkEnded(visit.visit, offer, 60.0))
            assert self.record.step in ("survey.questions", "goodbye")

    @precondition(lambda self: self.record.visit is not None and not self.record.ended)
    @rule()
    def the_announcement_is_granted(self) -> None:
        assert self.record.visit is not None
        self.tell(ev.MessageGranted(self.record.visit.visit))

    @precondition(lambda self: self.record.visit is not None and not self.record.ended)
    @rule(branch=st.sampled_from(BRANCHES))
    def the_queue_gives_back(self, branch: str) -> None:
        assert self.record.visit is not None
        self.tell(ev.Released(self.record.visit.visit, branch))

    # --- what is not --------------------------------------------------------------------------------------------------
    @rule(data=st.data())
    def anything(self, data: st.DataObject) -> None:
        wait = data.draw(st.integers(max(self.record.wait - 3, 0), self.record.wait + 1), "wait")
        visit = data.draw(st.sampled_from([*self.visits, "call:999", ""]), "visit")
        offer = data.draw(OFFERS, "offer")
        event: ev.Event = data.draw(
            st.one_of(
                st.builds(ev.Keys, st.just(wait), KEYS, st.sampled_from(["", "#"])),
                st.builds(ev.Played, st.just(wait), st.sampled_from([(), ("b.wav", "c.wav")])),
                st.builds(ev.Key, KEYS),
                st.builds(ev.MessageGranted, st.just(visit)),
                st.builds(ev.Offered, st.just(visit), st.just(offer), st.just("1001")),
                st.builds(ev.OfferFailed, st.just(visit), st.just(offer), st.just("NO_ANSWER")),
                st.builds(ev.Released, st.just(visit), st.sampled_from([*BRANCHES, "nonsense"])),
                st.builds(ev.TalkBegan, st.just(visit), st.just(offer), st.just("1001")),
                st.builds(ev.TalkEnded, st.just(visit), st.just(offer), st.just(1.5)),
                st.just(ev.Began()),
                st.just(ev.Resumed()),
            ),
            "event",
        )
        before, current = self.record, self.record.visit
        step = self.tell(event)
        late = isinstance(event, ev.Keys | ev.Played) and wait != before.wait
        late |= hasattr(event, "visit") and (current is None or visit != current.visit)
        if late:
            assert step.record == before
            assert step.commands == ()
            assert step.story == ()

    @rule()
    def another_controller_takes_over(self) -> None:
        before = self.record.visit
        step = self.tell(ev.Resumed())
        if before is not None and before.phase != "talking" and not self.record.ended:
            assert self.record.visit is not None
            assert self.record.visit.visit == before.visit, "a takeover keeps the place"
            assert [type(c) for c in step.commands] == [cmd.JoinQueue, cmd.Hold]
        elif not self.record.ended:
            assert step.commands, "something is heard after a takeover"

    @rule(sure=st.integers(0, 9))
    def the_caller_hangs_up(self, sure: int) -> None:
        if sure == 0:
            self.tell(ev.HungUp())

    # --- always -------------------------------------------------------------------------------------------------------
    @invariant()
    def the_call_stands_somewhere(self) -> None:
        record = self.record
        step = Hotline.step(record.step)
        assert step is not None
        assert (record.visit is not None) == isinstance(step, Queue)
        if record.ended:
            return
        assert self.answers == 1
        if record.visit is not None:
            said = isinstance(self.doing, cmd.Play)
            if record.visit.phase != "talking":  # in a talk nothing of ours is heard
                assert said == (record.visit.phase == "message"), "words in the announcement, else music"
            held = record.visit.phase in ("offered", "talking")
            assert bool(record.visit.offer) == held, "an offer is held while it rings and in the talk, and no longer"
        if isinstance(step, HangUp):
            assert isinstance(self.doing, cmd.HangUp)
        else:
            assert isinstance(self.doing, cmd.Play | cmd.Ask | cmd.Hold)
            assert self.doing.wait == record.wait, "the present wait is the one that its answer will carry"

    def teardown(self) -> None:
        """From wherever the call is now, a caller who does nothing comes to an end, and by our hanging up."""
        if not hasattr(self, "record"):
            return
        for _ in range(60):
            if self.record.ended:
                return
            match self.doing:
                case cmd.HangUp():
                    assert self.record.step in ("end", LAST_STEP)
                    self.tell(ev.HungUp())
                case cmd.Ask():
                    self.tell(ev.Keys(self.record.wait, ""))
                case cmd.Play():
                    self.tell(ev.Played(self.record.wait))
                case _:
                    visit = self.record.visit
                    assert visit is not None
                    talking = visit.phase == "talking"
                    self.tell(
                        ev.TalkEnded(visit.visit, visit.offer) if talking else ev.Released(visit.visit, "timeout")
                    )
        raise AssertionError(f"no way out of {self.record.step!r}")


AnyEvents.TestCase.settings = settings(
    max_examples=2 * settings.default.max_examples, stateful_step_count=30, deadline=None
)
TestAnyEvents = AnyEvents.TestCase
