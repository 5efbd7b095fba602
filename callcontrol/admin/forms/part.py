"""What the forms of all named parts of the draft have in common: outside parties, voice agents, services, known callers.

What is wrong with one is decided by the checks of the configuration, as for a file; here it is only said at the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from werkzeug.datastructures import MultiDict
from wtforms import Field

from callcontrol.admin.forms.fields import DraftForm, check_new_name
from callcontrol.admin.forms.rows import Rows

T = TypeVar("T")


class PartForm(DraftForm, Generic[T]):
    """``rows``: the lists of the form, by their prefix, which is the name of the part's field."""

    rows: dict[str, Rows]

    def show(self, part: T) -> None:
        """Put the part in."""
        raise NotImplementedError

    def take(self, sent: MultiDict[str, str], before: T) -> bool:
        """Read what was sent beyond the plain fields; False if something is wrong. ``before``: the part as the draft has it."""
        self.rows = {}
        return bool(self.validate())

    def made(self, before: T) -> T:
        """The part that the form says; what it does not show stays as it was ``before``."""
        raise NotImplementedError

    def new_name(self, taken: Mapping[str, Any]) -> str:
        """The name of a new part; empty where it can't be one, with the sentence at its field."""
        return (self.name.data or "").strip() if check_new_name(self, taken) else ""

    def forget_secrets(self, stored: T) -> None:
        """Before the form is shown: what is secret does not go to the browser. ``stored``: the part as the draft has it."""

    def say(self, where: str, sentence: str) -> None:
        """A sentence of the checks, at the field that it is about; ``where`` is the path inside of the part. What the form found
        wrong there itself comes first: what could not be read is nothing to check."""
        name = where.partition(".")[0]
        if name in self.rows:
            if not self.rows[name].errors:
                self.rows[name].problem = sentence
            return
        field: Field = self[name] if name in self else self.home()
        if not field.errors:
            field.errors = [sentence]

    def home(self) -> Field:
        """The field at which is said what is wrong with the part as a whole."""
        return self["name"]

    @property
    def wrong_rows(self) -> list[str]:
        return [sentence for rows in self.rows.values() for sentence in rows.errors]
