"""The list of reasons for a break, as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from callcontrol.admin.forms.fields import LONGEST_TITLE, DraftForm
from callcontrol.admin.forms.rows import Column, Reading, Rows
from callcontrol.values.configuration_checks import NAME

LANGUAGES = ("zh", "en")


def _name(text: str) -> Reading:
    if NAME.fullmatch(text.strip()):
        return text.strip(), "", None
    return text.strip(), gettext("A name is small letters, digits, - and _, at most 40, such as lunch."), None


def _title(text: str) -> Reading:
    if len(text.strip()) <= LONGEST_TITLE:
        return text.strip(), "", None
    return text.strip(), gettext("At most %(most)s characters; these are %(n)s.", most=LONGEST_TITLE, n=len(text)), None


COLUMNS = (
    Column("name", _("Name"), "text", _name),
    Column("zh", _("Title, Chinese"), "text", _title),
    Column("en", _("Title, English"), "text", _title),
)


class BreakReasonsForm(DraftForm):
    """``reasons``: the rows. Titles of languages that are not shown stay."""

    reasons: Rows

    def show(self, reasons: Mapping[str, Mapping[str, str]]) -> None:
        self.reasons = Rows("reasons", COLUMNS)
        self.reasons.show([{"name": name, **title} for name, title in reasons.items()])

    def take(self, lists: Any) -> bool:
        self.reasons = Rows("reasons", COLUMNS)
        good = self.reasons.take(lists)
        seen: set[str] = set()
        for row in self.reasons.rows:
            name = row[0]
            if not name.problem and name.typed.strip() in seen:
                name.problem, good = gettext("This name is written twice; keep one."), False
            seen.add(name.typed.strip())
        return good

    def reasons_over(self, before: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        return {str(row["name"]): _titles(before.get(str(row["name"]), {}), row) for row in self.reasons.values}


def _titles(before: Mapping[str, str], row: Mapping[str, Any], shown: Sequence[str] = LANGUAGES) -> dict[str, str]:
    kept = {code: text for code, text in before.items() if code not in shown}
    return {**kept, **{code: str(row[code]) for code in shown if row.get(code)}}
