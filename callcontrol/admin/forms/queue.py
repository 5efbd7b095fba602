"""The form of a queue: every field of ``values.configuration.Queue``, by subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField, TextAreaField, ValidationError

from callcontrol.admin.forms import rows as cells
from callcontrol.admin.forms.fields import (
    EXPRESSION_HELP,
    LONGEST_TITLE,
    AmountField,
    DraftForm,
    ExpressionField,
    short,
    texts,
)
from callcontrol.admin.forms.rows import Column, Rows
from callcontrol.values.configuration import WRAP_UP_MODES, Queue, as_data, from_data
from callcontrol.values.configuration_checks import LIMITS
from callcontrol.values.routing_checks import LIMITS as ROUTING_LIMITS
from callcontrol.values.service_level import PRESETS
from callcontrol.values.strategies import STRATEGIES, strategy_named

LONGEST_ANNOUNCEMENT = 1000  # characters; some four minutes of speech
HOUR_S, DAY_S = 3600, 86_400


def _limited(path: str, label: Any, unit: Any, *, scale: float = 1.0, **more: Any) -> AmountField:
    """The bounds are those of the checks: what the form takes can be published."""
    least, greatest, _unit = {**LIMITS, **ROUTING_LIMITS}[path]
    return AmountField(label, least * scale, greatest * scale, unit, scale=scale, **more)


class QueueForm(DraftForm):
    name = StringField(_("Name"))
    title_zh = StringField(_("Title, Chinese"))
    title_en = StringField(_("Title, English"))
    hours = SelectField(_("Opening hours"), validate_choice=False)
    record = BooleanField(_("Record the talks"))
    # who gets the call
    skills = ExpressionField(_("Skills asked for"), help=EXPRESSION_HELP)
    strategy = SelectField(_("Who is rung first"), validate_choice=False)
    ring_s = _limited("ring_s", _("Ring an agent"), "s")
    progressive_s = _limited("progressive_s", _("One more phone every"), "s", help=_("Only for the strategy that rings one phone more every few seconds.")
    )  # fmt: skip
    sticky_s = _limited("sticky_s", _("Wait for the agent of before"), "s", help=_("So long the last or a named agent is preferred. 0: not.")
    )  # fmt: skip
    hard_bound = _limited("hard_bound", _("First of all after"), _("× target"), help=_("Who has waited so many targets goes before everybody, VIP too.")
    )  # fmt: skip
    reserve_skills = ExpressionField(
        _("Reserve agents"), help=_("They join when the load is high and leave when it is low. Empty: no reserve.")
    )
    reserve_load_on = _limited(
        "reserve.load_on",
        _("Join above a load of"),
        "%",
        scale=100,
        help=_("Callers in the queue for each agent who serves."),
    )
    reserve_load_off = _limited("reserve.load_off", _("Leave below a load of"), "%", scale=100, help=_("Lower than the one above, so that they do not come and go.")
    )  # fmt: skip
    # waiting
    music = SelectField(_("Music"), validate_choice=False)
    music_shuffled = BooleanField(_("Shuffle the pieces"))
    patience_s = _limited(
        "patience_s", _("Patience"), "s", help=_("One period of waiting; after it, “still busy” is decided.")
    )
    max_wait_s = _limited("max_wait_s", _("Longest wait"), "s", help=_("After so long the flow takes the call back."))
    max_length = _limited("max_length", _("Most callers"), "", whole=True, help=_("More are told that it is full."))
    short_abandon_s = _limited("short_abandon_s", _("A hang-up counts as “at once” within"), "s")
    spoken_position = BooleanField(_("Tell callers their position"))
    spoken_estimate = BooleanField(_("Tell callers the estimated wait"))
    spoken_every_s = _limited("spoken.every_s", _("Tell it every"), "s")
    # the announcement
    announcement = BooleanField(_("Play the off-peak announcement when all stay busy"))
    dry_run = BooleanField(_("Dry run: count who would hear it, play nothing"))
    max_share = AmountField(
        _("At most this share of the callers hears it"), 0, 100, "%", scale=100, help=_("Of each half-hour.")
    )
    short_estimate_s = _limited("announcement.short_estimate_s", _("Not when the estimated wait is below"), "s", help=_("Who is served soon need not be told to call later.")
    )  # fmt: skip
    windows = _limited("announcement.windows", _("Quiet times that are named"), "", whole=True, help=_("Learned from this queue; callers are spread over them.")
    )  # fmt: skip
    weeks = _limited("announcement.weeks", _("Learned from the last"), _("weeks"), whole=True)
    text_zh = TextAreaField(_("Announcement, Chinese"))
    text_en = TextAreaField(_("Announcement, English"))
    # after the talk
    wrap_up_mode = SelectField(_("Wrap-up mode"), validate_choice=False)
    wrap_up_s = _limited("wrap_up_s", _("Wrap-up"), "s", help=_("After a talk the agent is left alone so long."))
    wrap_up_cap_s = _limited("wrap_up_cap_s", _("Wrap-up at most"), "s", help=_("All extensions included."))
    # callback
    callback_enabled = BooleanField(_("Callers may book a callback and keep their place"))
    callback_tries = _limited("callback.tries", _("Tries in all"), "", whole=True)
    callback_quarantine_s = _limited("callback.quarantine_s", _("Rest after the first failed try"), "s")
    callback_retry_s = _limited("callback.retry_s", _("Rest after each further one"), "s")
    callback_confirm_s = _limited("callback.confirm_s", _("The agent may take to press 1"), "s", help=_("The agent is called first and hears who is called back.")
    )  # fmt: skip
    callback_ring_s = _limited("callback.ring_s", _("Ring the caller"), "s")
    callback_valid_s = _limited(
        "callback.valid_s", _("Failed after"), "s", help=_("A callback that nobody served by then is given up.")
    )
    # service level
    target_s = _limited(
        "target_s", _("Service level: answered within"), "s", help=_("Also weighs this queue against others.")
    )
    service_level = SelectField(_("Formula of the service level"), validate_choice=False)
    goal = _limited("goal", _("Goal"), "%", scale=100)

    relaxation: Rows
    overflow: Rows

    def prepare(self, hours: Sequence[str], strategies: Mapping[str, str], queues: Mapping[str, str], modes: Mapping[str, str], language: str, music: Sequence[str] = ()) -> None:  # fmt: skip
        """Choices as they stand; a value that is not among them stays choosable, so that nothing is lost. ``queues``: the
        others, name -> title."""
        kept = [s for s in (self.strategy.data,) if s and s not in STRATEGIES]
        self.strategy.choices = [(s, strategies.get(strategy_named(s) or s, s)) for s in (*STRATEGIES, *kept)]
        missing = [h for h in (self.hours.data,) if h and h not in hours]
        self.hours.choices = [("", gettext("always open")), *((h, h) for h in (*hours, *missing))]
        self.wrap_up_mode.choices = [
            (mode, modes.get(mode, mode)) for mode in _with(WRAP_UP_MODES, self.wrap_up_mode.data)
        ]
        presets = [(name, preset.title[language]) for name, preset in PRESETS.items()]
        self.service_level.choices = presets + [(p, p) for p in (self.service_level.data,) if p and p not in PRESETS]
        self.queue_choices = [("", "–"), *queues.items()]
        self.music.choices = [("", gettext("what ships")), *((m, m) for m in _with(music, self.music.data))]

    def make_rows(self) -> None:
        """The lists, empty; ``show_rows`` or ``take_rows`` fills them."""
        self.relaxation = Rows("relaxation", RELAXATION)
        self.overflow = Rows("overflow", OVERFLOW)

    def show_rows(self, queue: Queue) -> None:
        self.make_rows()
        self.relaxation.show(as_data(queue.relaxation))
        self.overflow.show(as_data(queue.overflow))

    def take_rows(self, lists: Any) -> bool:
        self.make_rows()
        good = [rows.take(lists) for rows in (self.relaxation, self.overflow)]
        return all(good) and self._steps_in_order()

    def _steps_in_order(self) -> bool:
        good = True
        for before, step, row in zip(
            self.relaxation.values, self.relaxation.values[1:], self.relaxation.rows[1:], strict=False
        ):
            if step["after_s"] < before["after_s"]:
                row[1].problem = gettext("It comes before the step above; put the steps in the order of their times.")
                good = False
        return good

    def act(self, action: str) -> bool:
        """Whether this was about a list, which then has a row more or less, or another order."""
        return any(rows.act(action) for rows in (self.relaxation, self.overflow))

    def validate_title_zh(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def validate_title_en(self, field: StringField) -> None:
        short(field, LONGEST_TITLE)

    def validate_text_zh(self, field: StringField) -> None:
        short(field, LONGEST_ANNOUNCEMENT)

    def validate_text_en(self, field: StringField) -> None:
        short(field, LONGEST_ANNOUNCEMENT)

    def validate_strategy(self, field: SelectField) -> None:
        if strategy_named(field.data or "") is None:
            raise ValidationError(gettext("There is no such strategy; choose one of the list."))

    def validate_wrap_up_mode(self, field: SelectField) -> None:
        if field.data not in WRAP_UP_MODES:
            raise ValidationError(gettext("There is no such mode; choose one of the list."))

    def validate_service_level(self, field: SelectField) -> None:
        if field.data not in PRESETS:
            raise ValidationError(gettext("There is no such formula; choose one of the list."))

    def validate_max_wait_s(self, field: AmountField) -> None:
        if not self.patience_s.errors and field.number < self.patience_s.number:
            raise ValidationError(gettext("This is shorter than the patience: the announcement could never be heard."))

    def validate_reserve_load_off(self, field: AmountField) -> None:
        if not self.reserve_load_on.errors and field.number > self.reserve_load_on.number:
            raise ValidationError(gettext("This is above the load at which they join: they would leave at once."))

    def queue(self, before: Queue) -> Queue:
        """The queue as the form says it; what the form does not show stays as it was."""
        data = as_data(before)
        for field, path in PATHS.items():
            _put(data, path, _kept(self[field]))
        data["title"] = texts(before.title, zh=self.title_zh.data, en=self.title_en.data)
        data["announcement"]["text"] = texts(before.announcement.text, zh=self.text_zh.data, en=self.text_en.data)
        for rows in (self.relaxation, self.overflow):
            data[rows.prefix] = rows.values
        return from_data({"queues": {before.name: data}}).queues[before.name]


RELAXATION = (
    Column("skills", _("Agents who may answer too"), "expression", cells.needed_expression),
    Column("after_s", _("After a wait of"), "amount", cells.number(0, 4 * HOUR_S), "s", "30"),
    Column("when", _("Only while"), "condition", cells.condition),
    Column("exclusive", _("Only these"), "yes_no", cells.yes_no, blank="no"),
)
OVERFLOW = (
    Column("to", _("To the queue"), "choice", cells.chosen),
    Column("after_s", _("After a wait of"), "amount", cells.number(0, 4 * HOUR_S), "s", "60"),
    Column("when", _("Only while"), "condition", cells.condition),
)

# field of the form -> path in the queue
PATHS = {
    **{
        name: name
        for name in (
            "hours", "record", "skills", "strategy", "ring_s", "progressive_s", "sticky_s", "hard_bound", "patience_s",
            "max_wait_s", "max_length", "short_abandon_s", "wrap_up_mode", "wrap_up_s", "wrap_up_cap_s", "target_s",
            "service_level", "goal", "music", "music_shuffled",
        )
    },
    **{f"reserve_{name}": f"reserve.{name}" for name in ("skills", "load_on", "load_off")},
    **{f"spoken_{name}": f"spoken.{name}" for name in ("position", "estimate", "every_s")},
    **{
        f"callback_{name}": f"callback.{name}"
        for name in ("enabled", "tries", "quarantine_s", "retry_s", "confirm_s", "ring_s", "valid_s")
    },
    "announcement": "announcement.enabled",
    **{name: f"announcement.{name}" for name in ("dry_run", "max_share", "short_estimate_s", "windows", "weeks")},
}  # fmt: skip

# the same, to say at the field what somebody else wrote there
QUEUE_PATHS = {
    **PATHS,
    "title_zh": "title.zh",
    "title_en": "title.en",
    "text_zh": "announcement.text.zh",
    "text_en": "announcement.text.en",
}


def queue_values(queue: Queue) -> dict[str, Any]:
    """What the form shows of a queue."""
    data = as_data(queue)
    values: dict[str, Any] = {"name": queue.name}
    for field, path in QUEUE_PATHS.items():
        value = _at(data, path)
        scale = SCALES.get(field, 1.0)
        is_amount = isinstance(value, int | float) and not isinstance(value, bool)
        values[field] = f"{round(value * scale, 6):g}" if is_amount else "" if value is None else value
    return values


SCALES = {"max_share": 100.0, "goal": 100.0, "reserve_load_on": 100.0, "reserve_load_off": 100.0}


def _kept(field: Any) -> Any:
    if isinstance(field, AmountField):
        return field.kept
    return field.data if isinstance(field, BooleanField) else (field.data or "").strip()


def _at(data: Mapping[str, Any], path: str) -> Any:
    part: Any = data
    for key in path.split("."):
        part = part.get(key) if isinstance(part, Mapping) else None
    return part


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for key in way:
        data = data.setdefault(key, {})
    data[last] = value


def _with(known: Sequence[str], value: str | None) -> list[str]:
    return [*known, *([value] if value and value not in known else [])]
