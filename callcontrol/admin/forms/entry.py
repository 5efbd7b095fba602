"""The form of an entry: a number that callers dial, the flow that greets them with its parameters, and a trial of another
release or other parameters. The fields of the parameters come from what the flow declares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField

from callcontrol.admin import edits
from callcontrol.admin.forms.fields import AmountField, DraftForm, amount
from callcontrol.admin.services import FlowRelease
from callcontrol.admin.words import CALL_LANGUAGES
from callcontrol.values.configuration import LANGUAGES, Configuration, Entry, Trial
from callcontrol.values.configuration_checks import NUMBER
from callcontrol.values.numbers import masked
from callcontrol.values.trials import MOST_CALLERS

TESTER = re.compile(r"\+?[0-9]{2,20}")
EMPTY = '""'  # typed for a text that is to be empty although the default is not
LONGEST_LIST = 10_000


@dataclass(slots=True)
class ParameterField:
    """One declared parameter (``declared``: ``Parameter.as_form``) with what was typed; empty: as the flow has it, or in the
    trial (``prefix`` "t") as everybody has it."""

    declared: Mapping[str, Any]
    prefix: str
    typed: str = ""
    problem: str = ""
    names: Sequence[str] = ()  # what the configuration has of the kind that a text names

    @property
    def parameter(self) -> str:
        return str(self.declared["name"])

    @property
    def name(self) -> str:
        return f"{self.prefix}.{self.parameter}"

    @property
    def kind(self) -> str:
        return str(self.declared["kind"])

    @property
    def default(self) -> str:
        return typed_value(self.declared["default"])

    @property
    def range(self) -> tuple[str, str] | None:
        if "minimum" not in self.declared:
            return None
        return typed_value(self.declared["minimum"]), typed_value(self.declared["maximum"])

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Of a parameter that is chosen and not typed; what is in force without a choice comes first."""
        match self.kind:
            case "bool":
                found = [("yes", gettext("yes")), ("no", gettext("no"))]
            case "choice":
                found = [(option, option) for option in self.declared["options"]]
            case "text" if self.declared.get("names"):
                found = [(EMPTY, gettext("none"))] if self.default != EMPTY else []
                found += [(name, name) for name in self.names]
            case _:
                return []
        known = {value for value, _word in found}
        return [*found, *((value, value) for value in (self.typed,) if value and value not in known)]

    def take(self, typed: str) -> Any:
        """The value, or None where nothing was typed or it is wrong (``problem`` says it)."""
        self.typed, text = typed, typed.strip()
        if not text:
            return None
        declared = self.declared
        match self.kind:
            case "int" | "duration":
                least, greatest = declared["minimum"], declared["maximum"]
                number, self.problem = amount(text, least, greatest, whole=self.kind == "int")
                return None if self.problem else int(number) if number == int(number) else number
            case "bool":
                return self._chosen(text, {"yes": True, "no": False})
            case "choice":
                return self._chosen(text, {option: option for option in declared["options"]})
            case _:
                most = declared.get("max_length", 500)
                if len(text) > most:
                    self.problem = gettext("At most %(most)s characters; these are %(n)s.", most=most, n=len(text))
                    return None
                return "" if text == EMPTY else text  # without the blanks around it

    def _chosen(self, text: str, options: Mapping[str, Any]) -> Any:
        if text not in options:
            self.problem = gettext("Choose one of the list.")
        return options.get(text)


def typed_value(value: Any) -> str:
    """A value as it is typed."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(int(value)) if value == int(value) else repr(value)
        case "":
            return EMPTY
        case _:
            return str(value)


class EntryForm(DraftForm):
    number = StringField(_("Number dialled"))
    language = SelectField(_("Language at the beginning"), validate_choice=False)
    flow = SelectField(_("Flow"), validate_choice=False)
    release = SelectField(_("Release of the flow"), validate_choice=False)
    trial_release = SelectField(_("Release on trial"), validate_choice=False)
    share = AmountField(_("Share of the other calls"), 0, 100, "%", scale=100)
    new_callers = TextAreaField(_("More test callers"))

    everybody: list[ParameterField]
    tried: list[ParameterField]
    parameters: dict[str, Any]
    trial_parameters: dict[str, Any]
    callers: dict[str, str]  # key -> masked, who is listed already
    kept: set[str]  # keys that stay on the list

    def show(self, entry: Entry) -> None:
        """Put the entry in, before ``prepare``."""
        self.number.data = entry.number
        self.language.data, self.flow.data = entry.language, entry.flow
        self.release.data, self.trial_release.data = str(entry.release), str(entry.trial.release)
        self.share.data = f"{round(entry.trial.share * 100, 4):g}"
        self.callers, self.kept = dict(entry.trial.callers), set(entry.trial.callers)
        self.parameters, self.trial_parameters = dict(entry.parameters), dict(entry.trial.parameters)

    def prepare(self, releases: Sequence[FlowRelease], configuration: Configuration) -> None:
        """Choices, and the fields of the flow that is chosen. A value that is no choice any more stays choosable."""
        self.language.choices = [(code, CALL_LANGUAGES.get(code, code)) for code in LANGUAGES]
        self.flow.choices = _with([(name, name) for name in sorted({one.name for one in releases})], self.flow.data)
        of_flow = sorted((s for s in releases if s.name == self.flow.data), key=lambda one: one.release)
        numbers = [(str(s.release), gettext("release %(n)s", n=s.release)) for s in reversed(of_flow)]
        newest = gettext("always the newest (now %(n)s)", n=of_flow[-1].release if of_flow else "–")
        self.release.choices = _with([("0", newest), *numbers], self.release.data or "0")
        same = gettext("the same as everybody")
        self.trial_release.choices = _with([("0", same), *numbers], self.trial_release.data or "0")
        chosen = _whole(self.release.data)
        self.everybody = _fields(_one(of_flow, chosen), "p", configuration)
        self.tried = _fields(_one(of_flow, _whole(self.trial_release.data) or chosen), "t", configuration)

    def show_parameters(self) -> None:
        for fields, values in ((self.everybody, self.parameters), (self.tried, self.trial_parameters)):
            for field in fields:
                if field.parameter in values:
                    field.typed = typed_value(values[field.parameter])

    def take(self, sent: Mapping[str, str]) -> bool:
        """Read the fields of the parameters; False if one is wrong."""
        self.parameters, self.trial_parameters = {}, {}
        for fields, values in ((self.everybody, self.parameters), (self.tried, self.trial_parameters)):
            for field in fields:
                value = field.take(sent.get(field.name, ""))
                if value is not None:
                    values[field.parameter] = value
        return not any(field.problem for field in (*self.everybody, *self.tried))

    def take_callers(self, known: Mapping[str, str], kept: Sequence[str], key_of: Callable[[str], str]) -> bool:
        """``known``: who is listed; ``kept``: the keys that were left ticked. Numbers that were typed are turned into keys
        here, and only those are saved."""
        self.kept = {key for key in kept if key in known}
        self.callers = dict(known)
        self._added: dict[str, str] = {}
        typed = re.split(r"[\s,;，；、]+", (self.new_callers.data or "")[:LONGEST_LIST].strip())
        for number in filter(None, typed):
            if not TESTER.fullmatch(number):
                what = gettext("“%(text)s” is no number; write digits, perhaps a + before them.", text=number[:24])
                self.new_callers.errors = [what]
                return False
            self._added[key_of(number)] = masked(number)
        if len(self.kept) + len(self._added) > MOST_CALLERS:
            self.new_callers.errors = [gettext("At most %(most)s test callers; use the share.", most=MOST_CALLERS)]
            return False
        return True

    def check_number(self, taken: Sequence[str]) -> bool:
        number = (self.number.data or "").strip()
        if not NUMBER.fullmatch(number):
            what = gettext("An entry is the number that is dialled: digits, perhaps a + before them.")
        elif number in taken:
            what = gettext("%(name)s is taken; choose another, or edit that one.", name=number)
        else:
            return True
        self.number.errors = [what]
        return False

    def entry(self, number: str) -> Entry:
        callers = {**{key: self.callers[key] for key in self.kept}, **self._added}
        return Entry(
            number,
            self.flow.data or "",
            self.language.data or LANGUAGES[0],
            self.parameters,
            _whole(self.release.data),
            Trial(_whole(self.trial_release.data), self.trial_parameters, callers, float(self.share.kept)),
        )


def flat(entry: Entry | None) -> edits.Flat:
    """For merging field by field: every parameter is one leaf, as JSON, so that an empty text is a value too."""
    if entry is None:
        return {}
    found: edits.Flat = {"flow": entry.flow, "language": entry.language, "release": entry.release}
    found |= {"trial.release": entry.trial.release, "trial.share": float(entry.trial.share)}
    found |= {f"parameters.{name}": json.dumps(value) for name, value in entry.parameters.items()}
    found |= {f"trial.parameters.{name}": json.dumps(value) for name, value in entry.trial.parameters.items()}
    return found | {f"trial.callers.{key}": shown for key, shown in entry.trial.callers.items()}


def entry_of(number: str, values: edits.Flat) -> Entry:
    def within(prefix: str) -> dict[str, Any]:
        return {path.removeprefix(prefix): leaf for path, leaf in values.items() if path.startswith(prefix)}

    trial = Trial(
        int(values.get("trial.release", 0)),
        {name: json.loads(text) for name, text in within("trial.parameters.").items()},
        within("trial.callers."),
        float(values.get("trial.share", 0.0)),
    )
    parameters = {name: json.loads(text) for name, text in within("parameters.").items()}
    return Entry(number, str(values["flow"]), str(values["language"]), parameters, int(values.get("release", 0)), trial)


def _one(of_flow: Sequence[FlowRelease], release: int) -> FlowRelease | None:
    return next((one for one in of_flow if one.release == release), of_flow[-1] if of_flow else None)


def _fields(one: FlowRelease | None, prefix: str, configuration: Configuration) -> list[ParameterField]:
    held: Mapping[str, Sequence[str]] = {
        "queue": sorted(configuration.queues),
        "hours": sorted(configuration.hours),
        "agent": sorted(configuration.agents),
        "service": sorted(configuration.services),
    }
    declared = one.declared if one else ()
    return [ParameterField(each, prefix, names=held.get(str(each.get("names")), ())) for each in declared]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _with(choices: list[tuple[str, str]], value: str | None) -> list[tuple[str, str]]:
    return choices if not value or value in {choice for choice, _word in choices} else [*choices, (value, value)]
