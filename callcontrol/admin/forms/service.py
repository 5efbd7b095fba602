"""The form of an HTTP service that flows ask. What is secret in its headers is never shown again: an empty field keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import SelectField

from callcontrol.admin.forms.fields import AmountField, HelpedField
from callcontrol.admin.forms.part import PartForm
from callcontrol.admin.forms.rows import Column, Reading, Rows, plain
from callcontrol.values.configuration import Service
from callcontrol.values.service_checks import HEADER, LIMITS, METHODS, may_be_shown

FACT = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _named(sentence: Callable[[], str], pattern: re.Pattern[str]) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        return text.strip(), "" if pattern.fullmatch(text.strip()) else sentence(), None

    return read


def _needed(text: str) -> Reading:
    return text.strip(), "" if text.strip() else gettext("This is missing; fill it in."), None


_header = _named(lambda: gettext("A header's name is letters, digits and -, such as Authorization."), HEADER)
_fact = _named(lambda: gettext("A name is small letters, digits and _, such as balance."), FACT)

HEADERS = (
    Column("name", _("Header"), "text", _header),
    Column("value", _("Value"), "secret", plain),
)
ANSWERS = (
    Column("name", _("Remembered as"), "text", _fact),
    Column("value", _("Place in the answer"), "code", plain),
)
SEND = (
    Column("name", _("Field of the JSON"), "text", _needed),
    Column("value", _("Text"), "code", plain),
)
LISTS = {"headers": HEADERS, "send": SEND, "answers": ANSWERS}


class ServiceForm(PartForm[Service]):
    name = HelpedField(_("Name"), help=_("The flow asks it by this name, such as accounts."))
    url = HelpedField(
        _("Address"), help=_("https://host/path/{account}: what stands in braces is what the flow sends, never in the host.")
    )  # fmt: skip
    method = SelectField(_("Method"), validate_choice=False)
    deadline_s = AmountField(_("Answer within"), *LIMITS["deadline_s"], "s", help=_("All tries together; then the flow goes on without it."))  # fmt: skip
    tries = AmountField(
        _("Tries"), *LIMITS["tries"], "", whole=True, help=_("A POST is sent once, whatever stands here.")
    )
    circuit_failures = AmountField(_("Left alone after failures in a row"), *LIMITS["circuit_failures"], "", whole=True)
    circuit_s = AmountField(_("Left alone for"), *LIMITS["circuit_s"], "s")

    def show(self, part: Service) -> None:
        self.name.data, self.url.data, self.method.data = part.name, part.url, part.method
        for name in LIMITS:
            self[name].data = f"{getattr(part, name):g}"
        self.rows = {prefix: Rows(prefix, columns) for prefix, columns in LISTS.items()}
        for prefix, rows in self.rows.items():
            rows.show([{"name": name, "value": value} for name, value in getattr(part, prefix).items()])
        self._choices()

    def take(self, sent: MultiDict[str, str], before: Service) -> bool:
        self._choices()
        good = super().take(sent, before)
        self.rows = {prefix: Rows(prefix, columns) for prefix, columns in LISTS.items()}
        for rows in self.rows.values():
            good = rows.take(sent.getlist) and good
            good = _each_once(rows) and good
        for name, value in self.rows["headers"].rows:
            if not value.typed.strip() and name.typed.strip() not in before.headers and not value.problem:
                value.problem, good = gettext("Type the value, or env:NAME for a variable of the environment."), False
        return good

    def made(self, before: Service) -> Service:
        headers = self._of("headers")
        return replace(
            before,
            url=(self.url.data or "").strip(),
            method=self.method.data or "",
            headers={name: value or before.headers.get(name, "") for name, value in headers.items()},
            send=self._of("send"),
            answers=self._of("answers"),
            deadline_s=float(self.deadline_s.number),
            tries=int(self.tries.number),
            circuit_failures=int(self.circuit_failures.number),
            circuit_s=float(self.circuit_s.number),
        )

    def forget_secrets(self, stored: Service) -> None:
        """One that is not in the draft yet has to be typed again; silently keeping the old one would be worse."""
        for name, value in self.rows["headers"].rows:
            kept, typed = stored.headers.get(name.typed.strip()), value.typed.strip()
            if typed and not may_be_shown(typed):
                value.typed = ""
                if typed != kept:
                    value.problem = gettext("Type this value again: what is secret is not shown.")
            if not value.typed and kept is not None:
                value.hint = gettext("kept, not shown")

    def _of(self, prefix: str) -> dict[str, str]:
        return {str(row["name"]): str(row["value"]) for row in self.rows[prefix].values}

    def _choices(self) -> None:
        self.method.choices = [(name, name) for name in METHODS]
        if (chosen := self.method.data) and chosen not in METHODS:
            self.method.choices.append((chosen, chosen))


def _each_once(rows: Rows) -> bool:
    seen: set[str] = set()
    good = True
    for name, _value in rows.rows:
        if not name.problem and name.typed.strip() in seen:
            name.problem, good = gettext("This name is written twice; keep one."), False
        seen.add(name.typed.strip())
    return good
