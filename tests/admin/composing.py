"""A composed flow in the draft of the rehearsed services, and forms filled in as a browser does."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from werkzeug.datastructures import MultiDict

from callcontrol.admin.rehearsal import Rehearsal
from callcontrol.flow.composed.templates import peak_and_callback

TITLE = {"zh": "夜间", "en": "Night line"}


def night() -> dict[str, Any]:
    """The flow of the example: peak, then a callback."""
    return deepcopy({**peak_and_callback("support", "office"), "title": TITLE})


def compose(rehearsal: Rehearsal, data: Any = None, name: str = "night", **more: Any) -> None:
    draft = rehearsal.releases.draft()
    composed = {**draft.configuration.composed, name: night() if data is None else data}
    rehearsal.releases.save_draft(
        replace(draft.configuration, composed=composed, **more), version=draft.version, who="leo"
    )


def composed(rehearsal: Rehearsal, name: str = "night") -> Any:
    return rehearsal.releases.draft().configuration.composed[name]


class Filled(HTMLParser):
    """The fields of the form that holds a field of that name, as a browser would send them untouched."""

    def __init__(self, holds: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: MultiDict[str, str] = MultiDict()
        self._holds = holds
        self._form: MultiDict[str, str] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._text: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = MultiDict()
        elif self._form is None or not (held.get("name") or tag == "option"):
            return
        elif tag == "input" and (held.get("type") not in ("radio", "checkbox") or "checked" in held):
            self._form.add(held["name"], held.get("value", ""))
        elif tag == "select":
            self._select = held["name"], []
        elif tag == "textarea":
            self._text = held["name"], ""
        elif tag == "option" and self._select is not None:
            self._select[1].append((held.get("value", ""), "selected" in held))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            if any(name.startswith(self._holds) for name in self._form):
                self.sent = self._form
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            if chosen:
                self._form.add(name, chosen[-1])
            self._select = None
        elif tag == "textarea" and self._text is not None and self._form is not None:
            name, text = self._text
            text = text.removeprefix("\n")  # so does a browser
            self._form.add(name, text.replace("\n", "\r\n"))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text = self._text[0], self._text[1] + data


def filled(page: str, holds: str = "f.") -> MultiDict[str, str]:
    reader = Filled(holds)
    reader.feed(page)
    return reader.sent
