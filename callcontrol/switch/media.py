"""What one call hears and is asked, one thing at a time: a task begins when the one before has ended.

The switch runs a second execution *inside* the first and forgets a break that comes before playing began, so the order is kept
here: the next thing starts when the completion of the present one arrived, and a stop is said again until it did.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from time import monotonic

import gevent

from callcontrol.ports.switch import KeysEntered, Played, Recorded
from callcontrol.switch import commands, gate, message
from callcontrol.switch.connection import Reply
from callcontrol.switch.gate import Harmless
from callcontrol.switch.line import KEYS, Line, Say, Task
from callcontrol.switch.wire import peek

log = logging.getLogger(__name__)

SILENCE = gate.sound("silence_stream://60000")
"""Begun again and again by the hold. Not endless: should its controller die in the moment in which a talk is prepared, the
dialplan hands the call to another one only when nothing plays any more."""

INSIST_S = (0.1, 0.2, 0.4, 0.8, 1.6)
"""A break that met a file still being opened is forgotten by the switch: it is said again after these waits."""

SHORTEST_LOOP_S = 0.5
"""Hold music that ends sooner was not music; silence is held instead, or an empty file would keep the switch spinning."""


class Player:
    """Says what is to be played (``say`` never blocks for long and never raises) and tells what came of it (``post``). All of
    its methods run on events of one call; ``call`` is its identity, set before anything else is asked. ``was`` gives a variable of the channel as it was
    when the call was taken."""

    def __init__(self, say: Say, post: Callable[[object], None], was: Callable[[str], str | None]) -> None:
        self.call = gate.identity("none")
        self._say = say
        self._was = was
        self._post = post
        self._line = Line()
        self._count = 0
        self._token = secrets.token_hex(4)
        self._resumable = True  # socket_resume=true is in force
        self._sensitive: bool | None = None  # whether the switch is silent about keys; None: as the call was found

    # --- what is asked for --------------------------------------------------------------------------------------------------
    def answer(self) -> None:
        self._add(Task("answer"))

    def play(self, wait: int, sounds: Sequence[str]) -> None:
        task = Task("play", wait)
        self._gate_sounds(task, sounds)
        self._add(task)

    def ask(
        self,
        wait: int,
        sounds: Sequence[str],
        *,
        max_keys: int,
        timeout_s: float,
        inter_digit_s: float,
        terminators: Harmless,
        sensitive: bool = False,
    ) -> None:
        task = Task(
            "ask",
            wait,
            max_keys=max_keys,
            timeout_s=timeout_s,
            inter_digit_s=inter_digit_s,
            terminators=terminators,
            sensitive=sensitive,
        )
        self._gate_sounds(task, sounds)
        self._add(task)

    def hold(self, wait: int, music: str | Sequence[str]) -> None:
        task = Task("hold", wait)
        self._gate_sounds(task, [each for each in ([music] if isinstance(music, str) else music) if each])
        if not task.sounds:
            task.sounds = [SILENCE]
        self._add(task)

    def record(self, wait: int, path: str, *, max_s: float, silence_s: float, end_keys: str, goes_on: bool) -> None:
        current = self._line.current
        try:
            said = message.Message(gate.recording(path), max_s, silence_s, end_keys)
        except gate.Refused as refused:
            log.error("call %s: %s", self.call, refused)
            self._post(Recorded(wait, "failed"))
            return
        if goes_on and current is not None and current.message is not None and current.message.path == said.path:
            current.wait = wait  # asked again while it goes on here
            return
        said.begun = goes_on and self._was(message.BEGUN) == said.path
        self._add(Task("record", wait, message=said))

    def stop(self) -> None:
        self._end_pause()
        for dropped in self._line.drop_waiting():
            self._report(dropped)
        self._stop_current()

    def be_silent_for_talk(self) -> None:
        """Music stops without being told of: it is over with the talk, or goes on if the talk is off."""
        self._resumable = False
        if (task := self._line.current) is not None:
            task.paused = task.kind == "hold" and not task.stopping
        self._stop_current()

    def talk_is_off(self) -> None:
        """The talk did not come about: music again, and the call outlives us again."""
        self._resumable = True
        task = self._line.current
        if task is None or not task.paused:
            return
        task.paused = False
        if task.execution:
            task.again = True  # as soon as it has stopped
        else:
            task.stopping = False
            self._execute(task)

    def end(self) -> None:
        self._line = Line()

    # --- what the switch tells ----------------------------------------------------------------------------------------------
    def runs(self, execution: str | None) -> bool:
        return self._line.current is not None and self._line.current.execution == execution

    def began(self, execution: str | None) -> None:
        """CHANNEL_EXECUTE"""
        task = self._line.current
        if task is not None and task.execution == execution:
            task.started = True
            if task.stopping:
                self._break(task, 0)

    def takes(self, key: str) -> bool:
        """Whether a key that was pressed belongs to an ask."""
        task = self._line.current
        if task is not None and task.message is not None and key in task.message.end_keys:
            if task.message.begun and task.message.ends("key"):
                self._end_recording(task, task.message)
            return True
        if task is None or task.kind != "ask":
            return False
        task.last_key = key
        return True

    def completed(self, execution: str | None, body: bytes) -> None:
        """CHANNEL_EXECUTE_COMPLETE; of something that is none of ours it changes nothing."""
        task = self._line.current
        if task is None or execution != task.execution:
            return
        if task.message is not None:
            self._heard_in_recording(task, task.message)
            return
        response = peek(body, b"Application-Response")
        if task.kind == "ask":
            keys = peek(body, b"variable_" + task.variable.encode()) or ""
            terminator = peek(body, b"variable_read_terminator_used") or ""
            # The switch keeps the terminator of an earlier ask: it is this one's if it was this one's last key.
            used = terminator if terminator == task.last_key and terminator in task.terminators else ""
            if keys:
                self._say(commands.forget(self.call, gate.variable_name(task.variable)))
            self._done(task, "".join(key for key in keys if key in KEYS), used)
            return
        if task.kind in ("play", "hold") and response == "FILE NOT FOUND":
            log.error("call %s: the switch has no sound %s", self.call, task.sounds[0])
            task.missing.append(task.sounds[0])
        if task.kind == "play":
            task.sounds.pop(0)
            if task.sounds and not task.stopping:
                self._execute(task)
                return
        if task.paused:
            task.execution = ""
            return
        if task.again:
            task.again = task.stopping = False
            self._execute(task)
            return
        if task.kind == "hold" and not task.stopping and self._resumable:
            played = task.sounds.pop(0)
            if response == "FILE PLAYED" and monotonic() - task.started_at >= SHORTEST_LOOP_S:
                task.sounds.append(played)  # again, after all the others
            task.sounds = task.sounds or [SILENCE]
            if response in ("FILE NOT FOUND", "FILE PLAYED"):
                self._execute(task)
                return
        self._done(task)

    # --- a message ----------------------------------------------------------------------------------------------------
    def recording_stopped(self, body: bytes) -> None:
        """RECORD_STOP"""
        task = self._line.current
        if task is None or task.message is None or peek(body, b"Record-File-Path") != task.message.path:
            return
        task.message.stopped(peek(body, b"Record-Completion-Cause") or "", peek(body, b"variable_record_ms") or "")
        self._recording_is_over(task)

    def _recording_is_over(self, task: Task) -> None:
        if task.execution:
            self._stop_current()
        else:
            self._done(task)

    def _begin_recording(self, task: Task, said: message.Message) -> None:
        """After the beep. Silence is played meanwhile: only a leg that plays or listens is recorded."""

        def accepted(reply: Reply) -> None:
            if task is not self._line.current:
                if reply.ok:  # what was to be heard instead came in this very moment
                    self._say(commands.record(self.call, "stop", said.path))
                return
            if reply.ok:
                said.begun = True
                self._say(commands.remember(self.call, gate.variable_name(message.BEGUN), said.path))
                self._execute(task)
                return
            log.error("call %s: the switch can't record to %s: %s", self.call, said.path, reply.text[:200])
            said.ends("failed")
            self._done(task)

        *before, start = commands.record_message(
            self.call,
            said.path,
            max_s=said.max_s + message.LEFT_BEHIND_S,
            silence_s=said.silence_s,
            first_word_s=max(message.FIRST_WORD_S, said.silence_s),
            louder_than=message.LOUDER_THAN,
        )
        self._say(*before)
        self._say(start, on_reply=accepted)

    def _find_recording(self, task: Task, said: message.Message) -> None:
        """Another controller began it: it goes on, or the switch ended it meanwhile."""

        def found(reply: Reply) -> None:
            if task is not self._line.current:
                return
            if reply.ok:
                self._execute(task)
                return
            said.stopped(self._was("record_completion_cause") or "", self._was("record_ms") or "")
            self._done(task)

        self._say(commands.HEAR_RECORDINGS)
        self._say(commands.record(self.call, "unmask", said.path), on_reply=found)

    def _end_recording(self, task: Task, said: message.Message) -> None:
        def stopped(reply: Reply) -> None:
            if not reply.ok and not said.over and task is self._line.current:
                said.over = True  # it had ended, and that was told to nobody
                self._recording_is_over(task)

        self._say(commands.record(self.call, "stop", said.path), on_reply=stopped)

    def _heard_in_recording(self, task: Task, said: message.Message) -> None:
        """The beep or the silence after it was played, or was stopped."""
        task.execution = ""
        if said.over or task.stopping:
            said.ends("stopped")
            self._done(task)
        elif not said.begun:
            self._begin_recording(task, said)
        elif said.ends("length"):
            self._end_recording(task, said)

    # --- one after another ------------------------------------------------------------------------------------------
    def _gate_sounds(self, task: Task, sounds: Sequence[str]) -> None:
        """A sound that may not be played is a missing sound: the call goes on with the others."""
        for sound in sounds:
            try:
                task.sounds.append(gate.sound(sound))
            except gate.Refused as refused:
                log.error("call %s: %s", self.call, refused)
                task.missing.append(sound)

    def _add(self, task: Task) -> None:
        if not self._resumable and task.kind != "answer":
            # The talk did not come about: from here on the call must outlive us again.
            self._resumable = True
            self._say(commands.own(self.call))
        self._end_pause()
        for given_up in self._line.add(task):
            self._report(given_up)
        if self._line.current is None:
            self._start_next()
        elif self._line.current.kind != "answer":
            self._stop_current()

    def _start_next(self) -> None:
        while (task := self._line.next()) is not None:
            if task.kind == "hold" and not self._resumable:
                task.paused = task.stopping = True  # as the music that was stopped for the talk
                return
            if task.kind == "play" and not task.sounds:
                self._report(task)
                continue
            if task.message is not None and task.message.begun:
                self._find_recording(task, task.message)
            else:
                self._execute(task)
            return

    def _execute(self, task: Task) -> None:
        self._count += 1
        task.execution = f"cc-{self._token}-{self._count}"
        task.started = False
        task.started_at = monotonic()
        hidden = self._was("sensitive_dtmf") == "true" if self._sensitive is None else self._sensitive
        if task.sensitive != hidden and task.kind != "answer":
            self._sensitive = task.sensitive
            self._say(commands.hide_keys(self.call, task.sensitive))
        event_uuid = gate.identity(task.execution)
        match task.kind:
            case "answer":
                command = commands.execute("answer", None, event_uuid)
            case "ask":
                task.variable = f"callcontrol_keys_{self._token}_{self._count}"
                command = commands.ask(
                    task.sounds,
                    gate.variable_name(task.variable),
                    event_uuid,
                    max_keys=task.max_keys,
                    timeout_s=task.timeout_s,
                    inter_digit_s=task.inter_digit_s,
                    terminators=task.terminators,
                )
            case "record" if task.message is not None:
                silence = gate.sound(f"silence_stream://{gate.whole(task.message.max_s * 1000)}")
                command = commands.play(silence if task.message.begun else message.BEEP, event_uuid)
            case _:
                command = commands.play(task.sounds[0], event_uuid)
        execution = task.execution
        self._say(command, on_reply=lambda reply: self._accepted(task, execution, reply))

    def _accepted(self, task: Task, execution: str, reply: Reply) -> None:
        if not reply.ok and task is self._line.current and task.execution == execution:
            log.warning("call %s: the switch refused to %s: %s", self.call, task.kind, reply.text[:200])
            self._done(task)

    def _end_pause(self) -> None:
        """A hold made silent for a talk is over when something else is to be heard, or nothing."""
        task = self._line.current
        if task is not None and task.paused:
            task.paused = False
            if not task.execution:
                self._done(task)

    def _done(self, task: Task, keys: str = "", terminator: str = "") -> None:
        self._report(task, keys, terminator)
        self._start_next()

    def _report(self, task: Task, keys: str = "", terminator: str = "") -> None:
        match task.kind:
            case "ask":
                self._post(KeysEntered(task.wait, keys, terminator))
            case "play" | "hold":
                self._post(Played(task.wait, tuple(task.missing)))
            case "record" if task.message is not None:
                self._post(Recorded(task.wait, task.message.ended_by or "stopped", task.message.seconds))

    def _stop_current(self) -> None:
        task = self._line.current
        if task is None or task.kind == "answer":
            return
        task.again = False
        if task.stopping:
            return
        task.stopping = True
        if task.message is not None and task.message.begun and not task.message.over:
            task.message.ends("stopped")
            self._end_recording(task, task.message)
        if task.message is not None and not task.execution:
            self._done(task)  # nothing plays whose end could be waited for
        elif task.started:
            self._break(task, 0)

    def _break(self, task: Task, times: int, execution: str = "") -> None:
        if self._line.current is not task or (execution and execution != task.execution):
            return
        said = [commands.stop_playing(self.call)]
        if task.kind == "ask":
            said.append(commands.press(self.call, "F"))
        self._say(*said, on_reply=_ignore)
        gevent.spawn_later(INSIST_S[min(times, len(INSIST_S) - 1)], self._break, task, times + 1, task.execution)


def _ignore(_: Reply) -> None:
    """The channel may be gone by now: that answer is no news."""
