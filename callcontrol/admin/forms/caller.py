"""The form of a caller who is known by name. A number is typed once; kept are a key of it and what may be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField

from callcontrol.admin.forms.fields import AmountField, HelpedField
from callcontrol.admin.forms.part import PartForm
from callcontrol.admin.words import CALL_LANGUAGES
from callcontrol.values.configuration import LANGUAGES
from callcontrol.values.listed_callers import MOST_VIP, ListedCaller
from callcontrol.values.numbers import masked


class CallerForm(PartForm[ListedCaller]):
    number = HelpedField(
        _("Number"), help=_("As the switch shows it. Only a key of it is kept: nobody can read the number again.")
    )
    label = HelpedField(_("Name"), help=_("What the caller is called in stories and by flows."))
    vip = AmountField(
        _("VIP points"), 0, MOST_VIP, "", whole=True,
        help=_("For the order in queues, where the flow uses them: one point counts as one target of waiting more."),
    )  # fmt: skip
    language = SelectField(_("Language"), validate_choice=False)
    blocked = BooleanField(_("Blocked: waits in no queue"))

    key_of: Callable[[str], str]  # of a number; empty for what is none

    def _choices(self) -> None:
        self.language.choices = [
            ("", gettext("that of the number dialled")),
            *((code, CALL_LANGUAGES.get(code, code)) for code in LANGUAGES),
        ]
        if (chosen := self.language.data) and chosen not in LANGUAGES:
            self.language.choices.append((chosen, chosen))

    def show(self, part: ListedCaller) -> None:
        self.rows = {}
        self.label.data, self.vip.data, self.language.data = part.label, str(part.vip), part.language
        self.blocked.data = part.blocked
        self._choices()

    def take(self, sent: MultiDict[str, str], before: ListedCaller) -> bool:
        self._choices()
        return super().take(sent, before)

    def made(self, before: ListedCaller) -> ListedCaller:
        number = (self.number.data or "").strip()
        return replace(
            before,
            shown=before.shown or masked(number),
            label=(self.label.data or "").strip(),
            vip=int(self.vip.number),
            blocked=bool(self.blocked.data),
            language=self.language.data or "",
        )

    def new_name(self, taken: Mapping[str, Any]) -> str:
        number = (self.number.data or "").strip()
        key = self.key_of(number)
        if not key:
            wrong = gettext("“%(text)s” is no number; write digits, perhaps a + before them.", text=number[:24])
            self.number.errors = [wrong]
        elif key in taken:
            self.number.errors = [gettext("%(name)s is listed already; edit that line.", name=masked(number))]
        else:
            return key
        return ""

    def home(self) -> Any:
        return self["number"]
