"""Fields that every form is made of: amounts with bounds, expressions and conditions that point at what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, ValidationError

from callcontrol.admin.problem_words import translated
from callcontrol.values.conditions import parse_condition
from callcontrol.values.configuration_checks import NAME
from callcontrol.values.expressions import ExpressionError
from callcontrol.values.skills import parse

LONGEST_TITLE = 60


def amount(text: str | None, least: float, greatest: float, *, whole: bool = False) -> tuple[float, str]:
    """The number that was typed, and a sentence if it can't be taken (the number is 0 then)."""
    typed = (text or "").strip().replace(",", ".").replace("，", ".")
    try:
        number = float(typed)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return 0.0, gettext("“%(text)s” is no number; write one such as 30.", text=(text or "")[:40])
    if whole and number != int(number):
        return 0.0, gettext("%(text)s is no whole number; leave out the fraction.", text=typed)
    if not least <= number <= greatest:
        sentence = gettext(
            "%(text)s is out of range; from %(least)s to %(greatest)s.",
            text=f"{number:g}",
            least=f"{least:g}",
            greatest=f"{greatest:g}",
        )
        return 0.0, sentence
    return number, ""


def wrong_text(parser: Callable[[str], object], text: str | None) -> tuple[str, int | None]:
    """A sentence and the place of what is wrong with an expression or a condition; empty and None when nothing is."""
    try:
        parser(text or "")
    except ExpressionError as error:
        return translated(error.sentence), min(error.position, len(error.text))
    return "", None


class AmountField(StringField):
    """A number with its bounds. ``number`` is the value once it is valid. ``scale``: what is shown for each one that is kept
    (100 for a share shown in percent)."""

    def __init__(
        self,
        label: Any,
        least: float,
        greatest: float,
        unit: str,
        *,
        whole: bool = False,
        help: Any = "",
        scale: float = 1.0,
        **of_wtforms: Any,
    ) -> None:
        super().__init__(label, **of_wtforms)
        self.least, self.greatest, self.unit, self.whole, self.help = least, greatest, unit, whole, help
        self.scale = scale
        self.number = 0.0

    @property
    def kept(self) -> float | int:
        """As the configuration has it."""
        number = self.number if self.scale == 1 else round(self.number / self.scale, 6)
        return int(number) if self.whole and self.scale == 1 else number

    def pre_validate(self, _form: Any) -> None:
        self.number, problem = amount(self.data, self.least, self.greatest, whole=self.whole)
        if problem:
            raise ValidationError(problem)


class HelpedField(StringField):
    """A text with a sentence of help below it."""

    def __init__(self, label: Any, *, help: Any = "", **of_wtforms: Any) -> None:
        super().__init__(label, **of_wtforms)
        self.help = help


class ExpressionField(StringField):
    """A skill expression; ``position`` is where it goes wrong."""

    position: int | None = None
    parser: Callable[[str], object] = staticmethod(parse)

    def __init__(self, label: Any, *, help: Any = "", **of_wtforms: Any) -> None:
        super().__init__(label, **of_wtforms)
        self.help = help

    def pre_validate(self, _form: Any) -> None:
        problem, self.position = wrong_text(self.parser, self.data)
        if problem:
            raise ValidationError(problem)


class ConditionField(ExpressionField):
    """A condition on the queue's state."""

    parser = staticmethod(parse_condition)


EXPRESSION_HELP = _("Who may answer, such as: billing >= 3 and (zh >= 4 or en >= 4). Empty: everybody.")


class DraftForm(FlaskForm):
    """``version`` and ``base``: the draft that the editor saw."""

    version = HiddenField()
    base = HiddenField()


def check_new_name(form: Any, taken: Mapping[str, Any]) -> bool:
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


def short(field: StringField, most: int) -> None:
    if len(field.data or "") > most:
        raise ValidationError(
            gettext("At most %(most)s characters; these are %(n)s.", most=most, n=len(field.data or ""))
        )


def texts(before: Mapping[str, str], **typed: str | None) -> dict[str, str]:
    """Texts of the languages that the form shows, empty ones left out; other languages stay."""
    kept = {code: text for code, text in before.items() if code not in typed}
    return {**kept, **{code: text.strip() for code, text in typed.items() if text and text.strip()}}
