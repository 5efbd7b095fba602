"""The forms of a queue and of an agent: what was typed stays as typed, what is wrong is said at its field."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField, ValidationError

from callcontrol.admin.problem_words import translated
from callcontrol.values.configuration import Agent, Announcement, Queue
from callcontrol.values.configuration_checks import CONTACT, LEVELS, LIMITS, NAME
from callcontrol.values.skills import SkillExpressionError, parse
from callcontrol.values.strategies import STRATEGIES, strategy_named

LONGEST_TITLE = 60
LONGEST_ANNOUNCEMENT = 1000  # characters; some four minutes of speech
SKILL = re.compile(r"[a-z][a-z0-9_]{0,39}")
SPARE_SKILLS = 3  # empty rows for new skills


class AmountField(StringField):
    """A number with its bounds. ``number`` is the value once it is valid."""

    def __init__(
        self,
        label: Any,
        least: float,
        greatest: float,
        unit: str,
        *,
        whole: bool = False,
        help: Any = "",
        **of_wtforms: Any,
    ) -> None:
        super().__init__(label, **of_wtforms)
        self.least, self.greatest, self.unit, self.whole, self.help = least, greatest, unit, whole, help
        self.number = 0.0

    def pre_validate(self, _form: Any) -> None:
        text = (self.data or "").strip().replace(",", ".").replace("，", ".")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValidationError(
                gettext("“%(text)s” is no number; write one such as 30.", text=(self.data or "")[:40])
            )
        if self.whole and number != int(number):
            raise ValidationError(gettext("%(text)s is no whole number; leave out the fraction.", text=text))
        if not self.least <= number <= self.greatest:
            raise ValidationError(
                gettext(
                    "%(text)s is out of range; from %(least)s to %(greatest)s.",
                    text=f"{number:g}",
                    least=f"{self.least:g}",
                    greatest=f"{self.greatest:g}",
                )
            )
        self.number = number


def _limited(name: str, label: Any, unit: str, **more: Any) -> AmountField:
    least, greatest, _unit = LIMITS[name]
    return AmountField(label, least, greatest, unit, **more)


class ExpressionField(StringField):
    """A skill expression; ``position`` is where it goes wrong."""

    position: int | None = None
    help = _("Who may answer, such as: billing >= 3 and (zh >= 4 or en >= 4). Empty: everybody.")

    def pre_validate(self, _form: Any) -> None:
        try:
            parse(self.data or "")
        except SkillExpressionError as error:
            self.position = min(error.position, len(error.text))
            raise ValidationError(translated(error.sentence)) from error


class DraftForm(FlaskForm):
    """``version`` and ``base``: the draft that the editor saw."""

    version = HiddenField()
    base = HiddenField()


class QueueForm(DraftForm):
    name = StringField(_("Name"))
    title_zh = StringField(_("Title, Chinese"))
    title_en = StringField(_("Title, English"))
    skills = ExpressionField(_("Skills asked for"))
    strategy = SelectField(_("Who is rung first"), validate_choice=False)
    hours = SelectField(_("Opening hours"), validate_choice=False)
    patience_s = _limited(
        "patience_s", _("Patience"), "s", help=_("One period of waiting; after it, “still busy” is decided.")
    )
    max_wait_s = _limited("max_wait_s", _("Longest wait"), "s", help=_("After so long the flow takes the call back."))
    max_length = _limited("max_length", _("Most callers"), "", whole=True, help=_("More are told that it is full."))
    ring_s = _limited("ring_s", _("Ring an agent"), "s")
    wrap_up_s = _limited("wrap_up_s", _("Wrap-up"), "s", help=_("After a talk the agent is left alone so long."))
    target_s = _limited("target_s", _("Service level: answered within"), "s")
    short_abandon_s = _limited("short_abandon_s", _("A hang-up counts as “at once” within"), "s")
    record = BooleanField(_("Record the talks"))
    announcement = BooleanField(_("Play the off-peak announcement when all stay busy"))
    dry_run = BooleanField(_("Dry run: count who would hear it, play nothing"))
    max_share = AmountField(_("At most this share of the callers hears it"), 0, 100, "%", help=_("Of each half-hour."))
    text_zh = TextAreaField(_("Announcement, Chinese"))
    text_en = TextAreaField(_("Announcement, English"))

    def prepare(self, hours: Sequence[str], strategies: Mapping[str, str]) -> None:
        """Choices as they stand; a value that is not among them stays choosable, so that nothing is lost."""
        kept = [s for s in (self.strategy.data,) if s and s not in STRATEGIES]
        self.strategy.choices = [(s, strategies.get(strategy_named(s) or s, s)) for s in (*STRATEGIES, *kept)]
        missing = [h for h in (self.hours.data,) if h and h not in hours]
        self.hours.choices = [("", gettext("always open")), *((h, h) for h in (*hours, *missing))]

    def validate_title_zh(self, field: StringField) -> None:
        _short(field, LONGEST_TITLE)

    def validate_title_en(self, field: StringField) -> None:
        _short(field, LONGEST_TITLE)

    def validate_text_zh(self, field: StringField) -> None:
        _short(field, LONGEST_ANNOUNCEMENT)

    def validate_text_en(self, field: StringField) -> None:
        _short(field, LONGEST_ANNOUNCEMENT)

    def validate_strategy(self, field: SelectField) -> None:
        if field.data not in STRATEGIES:
            raise ValidationError(gettext("There is no such strategy; choose one of the list."))

    def validate_max_wait_s(self, field: AmountField) -> None:
        if not self.patience_s.errors and field.number < self.patience_s.number:
            raise ValidationError(gettext("This is shorter than the patience: the announcement could never be heard."))

    def queue(self, before: Queue) -> Queue:
        """The queue as the form says it; what the form does not show stays as it was."""
        announcement = Announcement(
            enabled=self.announcement.data,
            text=_texts(before.announcement.text, zh=self.text_zh.data, en=self.text_en.data),
            max_share=round(self.max_share.number / 100, 4),
            dry_run=self.dry_run.data,
        )
        return replace(
            before,
            title=_texts(before.title, zh=self.title_zh.data, en=self.title_en.data),
            skills=(self.skills.data or "").strip(),
            strategy=self.strategy.data,
            hours=self.hours.data or "",
            patience_s=self.patience_s.number,
            max_wait_s=self.max_wait_s.number,
            max_length=int(self.max_length.number),
            ring_s=self.ring_s.number,
            wrap_up_s=self.wrap_up_s.number,
            target_s=self.target_s.number,
            short_abandon_s=self.short_abandon_s.number,
            record=self.record.data,
            announcement=announcement,
        )


# field of the form -> path in the queue, to say at the field what somebody else wrote there
QUEUE_PATHS = {
    "title_zh": "title.zh",
    "title_en": "title.en",
    "text_zh": "announcement.text.zh",
    "text_en": "announcement.text.en",
    "max_share": "announcement.max_share",
    "dry_run": "announcement.dry_run",
    "announcement": "announcement.enabled",
}


def queue_values(queue: Queue) -> dict[str, Any]:
    """What the form shows of a queue."""
    amounts = {name: f"{getattr(queue, name):g}" for name in LIMITS}
    said = queue.announcement
    return {
        **amounts,
        "name": queue.name,
        "title_zh": queue.title.get("zh", ""),
        "title_en": queue.title.get("en", ""),
        "skills": queue.skills,
        "strategy": queue.strategy,
        "hours": queue.hours,
        "record": queue.record,
        "announcement": said.enabled,
        "dry_run": said.dry_run,
        "max_share": f"{said.max_share * 100:g}",
        "text_zh": said.text.get("zh", ""),
        "text_en": said.text.get("en", ""),
    }


class AgentForm(DraftForm):
    name = StringField(_("Number"))
    title = StringField(_("Name"))
    contact = StringField(_("Phone"))
    max_misses = AmountField(
        _("Misses before a break"),
        0,
        100,
        "",
        whole=True,
        help=_("After so many calls not taken, the agent is put on break."),
    )

    skills: dict[str, int]
    skill_rows: list[tuple[str, str, str]]  # name, level, what is wrong

    def validate_title(self, field: StringField) -> None:
        _short(field, LONGEST_TITLE)

    def validate_contact(self, field: StringField) -> None:
        if not CONTACT.fullmatch((field.data or "").strip()):
            raise ValidationError(
                gettext(
                    "This is no phone; write user/1001 or sofia/internal/1001@host:port or sofia/gateway/NAME/NUMBER."
                )
            )

    def take_skills(self, names: Sequence[str], levels: Sequence[str]) -> bool:
        """Read the rows of the skill table; False if one is wrong (it is kept with a sentence beside it)."""
        self.skills, self.skill_rows, good = {}, [], True
        for typed, level in zip(names, levels, strict=False):
            name, problem = typed.strip(), ""
            if not name and not level.strip():
                continue
            if not SKILL.fullmatch(name) or name in ("and", "or", "not"):
                problem = gettext("A skill's name is small letters, digits and _, such as billing.")
            elif not re.fullmatch(r"[0-9]{1,2}", level.strip()) or int(level) not in LEVELS:
                problem = gettext("A level is a whole number from 0 to %(greatest)s.", greatest=LEVELS[-1])
            elif name in self.skills:
                problem = gettext("This skill is written twice; keep one.")
            else:
                self.skills[name] = int(level)
            good = good and not problem
            self.skill_rows.append((typed, level, problem))
        self.spare_rows()
        return good

    def show_skills(self, skills: Mapping[str, int]) -> None:
        self.skills = dict(skills)
        self.skill_rows = [(name, str(level), "") for name, level in sorted(skills.items())]
        self.spare_rows()

    def spare_rows(self) -> None:
        self.skill_rows += [("", "", "")] * SPARE_SKILLS

    def agent(self, before: Agent) -> Agent:
        return replace(
            before,
            title=(self.title.data or "").strip(),
            contact=(self.contact.data or "").strip(),
            max_misses=int(self.max_misses.number),
            skills=self.skills,
        )


def agent_values(agent: Agent) -> dict[str, Any]:
    return {"name": agent.name, "title": agent.title, "contact": agent.contact, "max_misses": str(agent.max_misses)}


def check_new_name(form: QueueForm | AgentForm, taken: Mapping[str, Any]) -> bool:
    """Whether the name of a new object can be one; the sentence is put at the field."""
    name = (form.name.data or "").strip()
    problem = ""
    if not NAME.fullmatch(name):
        problem = gettext("A name is small letters, digits, - and _, at most 40, such as support or 1011.")
    elif name in taken:
        problem = gettext("%(name)s is taken; choose another, or edit that one.", name=name)
    if problem:
        form.name.errors = [problem]
    return not problem


def _short(field: StringField, most: int) -> None:
    if len(field.data or "") > most:
        raise ValidationError(
            gettext("At most %(most)s characters; these are %(n)s.", most=most, n=len(field.data or ""))
        )


def _texts(before: Mapping[str, str], **typed: str | None) -> dict[str, str]:
    """Texts of the languages that the form shows, empty ones left out; other languages stay."""
    kept = {code: text for code, text in before.items() if code not in typed}
    return {**kept, **{code: text.strip() for code, text in typed.items() if text and text.strip()}}
