"""Lists in a form: rows that are added, taken out and moved by the server, so that they work without a script and lose
nothing that was typed. Each row stays as typed; what is wrong is said in its cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from callcontrol.admin.forms.fields import amount, wrong_text
from callcontrol.values.conditions import parse_condition
from callcontrol.values.skills import parse

MOST_ROWS = 50

# What was typed -> (value, sentence, place of what is wrong).
Reading = tuple[Any, str, int | None]


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is the field of the row's dataclass. ``kind`` is how it is shown: expression, condition, amount, choice,
    yes_no, code, secret or text. ``read`` takes what was typed."""

    name: str
    label: Any
    kind: str
    read: Callable[[str], Reading]
    unit: str = ""
    blank: str = ""
    help: Any = ""


@dataclass(slots=True)
class Cell:
    """``typed`` as it was typed."""

    column: Column
    typed: str
    problem: str = ""
    position: int | None = None
    hint: str = ""  # stands in the empty field


@dataclass(slots=True)
class Rows:
    """One list of a form. ``prefix`` begins the name of each of its inputs: ``relaxation.skills``."""

    prefix: str
    columns: Sequence[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""

    def show(self, values: Sequence[Mapping[str, Any]]) -> None:
        """``values``: rows of the configuration as plain data."""
        self.rows = [[Cell(c, _shown(value.get(c.name, c.blank))) for c in self.columns] for value in values]
        self.values = [dict(value) for value in values]

    def take(self, lists: Callable[[str], Sequence[str]]) -> bool:
        """Read what was sent; ``lists`` gives all inputs of a name in their order. False if something is wrong."""
        given = [list(lists(f"{self.prefix}.{column.name}")) for column in self.columns]
        self.rows, self.values, good = [], [], True
        for typed in zip(*given, strict=False):
            row, value = [], {}
            for column, text in zip(self.columns, typed, strict=True):
                value[column.name], problem, position = column.read(text)
                row.append(Cell(column, text, problem, position))
                good = good and not problem
            self.rows.append(row)
            self.values.append(value)
        if len(self.rows) > MOST_ROWS:
            self.problem, good = gettext("At most %(most)s rows.", most=MOST_ROWS), False
        return good

    def act(self, action: str) -> bool:
        """``relaxation.add``, ``relaxation.up.1``, ``relaxation.down.0``, ``relaxation.remove.2`` (rows count from 0);
        False when it is about another list. What can't be done changes nothing."""
        prefix, _dot, rest = action.partition(".")
        verb, _dot, number = rest.partition(".")
        if prefix != self.prefix:
            return False
        for row in self.rows:  # nothing is saved by this, so nothing is complained of either
            for cell in row:
                cell.problem, cell.position = "", None
        at = int(number) if number.isdecimal() and len(number) < 4 else -1
        if verb == "add" and len(self.rows) < MOST_ROWS:
            self.rows.append([Cell(column, column.blank) for column in self.columns])
        elif 0 <= at < len(self.rows):
            row = self.rows.pop(at)
            if verb == "up":
                self.rows.insert(max(0, at - 1), row)
            elif verb == "down":
                self.rows.insert(at + 1, row)
            elif verb != "remove":
                self.rows.insert(at, row)
        return True

    @property
    def errors(self) -> list[str]:
        return [cell.problem for row in self.rows for cell in row if cell.problem] + [self.problem] * bool(self.problem)


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:g}"
        case _:
            return str(value)


# --- readers of cells ----------------------------------------------------------------------------------------------------
def expression(text: str) -> Reading:
    return text.strip(), *wrong_text(parse, text)


def needed_expression(text: str) -> Reading:
    """An empty expression is everybody; a step that means it says so by a skill that all have."""
    if not text.strip():
        return "", gettext("Say who: a skill expression such as billing >= 2."), None
    return expression(text)


def condition(text: str) -> Reading:
    return text.strip(), *wrong_text(parse_condition, text)


def number(least: float, greatest: float) -> Callable[[str], Reading]:
    def read(text: str) -> Reading:
        value, problem = amount(text, least, greatest)
        return value, problem, None

    return read


def yes_no(text: str) -> Reading:
    return text == "yes", "", None


def plain(text: str) -> Reading:
    return text.strip(), "", None


def chosen(text: str) -> Reading:
    return text.strip(), "" if text.strip() else gettext("Choose one."), None
