"""Skill expressions: ``billing >= 3 and (zh >= 4 or en >= 4)``.

A queue says with one who may serve it; a call may add its own. A bare name means "has it at all" (level 1 or more), a
skill that an agent does not have is level 0, and an empty text is everybody. An expression is text made into a small
tree and nothing else: no code is ever run from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from unicodedata import east_asian_width

# A supervisor's rule fits on two lines of a form; anything longer is a paste by accident, or an attack on the reader.
MAX_LENGTH = 500
# Deeper than any rule a person can still read, and far below the interpreter's own limit of recursion.
MAX_NESTING = 20
# Levels are 0 to 5 in practice; three digits leave room for centres that count in percent.
MAX_LEVEL = 999

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    ">=": lambda have, want: have >= want,
    ">": lambda have, want: have > want,
    "<=": lambda have, want: have <= want,
    "<": lambda have, want: have < want,
    "==": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
}
_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d][\w.-]*)|(?P<number>\d+)|(?P<operator>>=|<=|==|!=|>|<)|(?P<mark>[()]))")
_WORDS = frozenset({"and", "or", "not"})


class SkillExpressionError(ValueError):
    """The text is not a skill expression. ``position`` counts characters from 0; ``sentence`` says what is wrong; the
    message is the sentence with the text and a caret under the character."""

    def __init__(self, sentence: str, text: str, position: int) -> None:
        self.sentence = sentence
        self.text = text
        self.position = position
        shown = "".join(" " if c in "\r\n\t" else c for c in text)
        start = max(0, position - 60)
        line = shown[start : position + 60]
        # A Chinese character is two columns wide, and so is the space that stands under it.
        before = "".join("\u3000" if east_asian_width(c) in "WF" else " " for c in line[: position - start])
        super().__init__(f"{sentence}\n{line}\n{before}^")


@dataclass(frozen=True, slots=True)
class Has:
    """One comparison of an agent's level with a number."""

    name: str
    operator: str
    level: int

    def matches(self, levels: Mapping[str, int]) -> bool:
        return _COMPARE[self.operator](levels.get(self.name, 0), self.level)

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.level}"


@dataclass(frozen=True, slots=True)
class Not:
    part: Node

    def matches(self, levels: Mapping[str, int]) -> bool:
        return not self.part.matches(levels)

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, All | Any) else f"not {self.part}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no parts at all is everybody."""

    parts: tuple[Node, ...]

    def matches(self, levels: Mapping[str, int]) -> bool:
        return all(part.matches(levels) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(f"({p})" if isinstance(p, All | Any) else str(p) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Node, ...]

    def matches(self, levels: Mapping[str, int]) -> bool:
        return any(part.matches(levels) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(f"({p})" if isinstance(p, Any) else str(p) for p in self.parts)


Node = Has | Not | All | Any


@dataclass(frozen=True, slots=True)
class SkillExpression:
    """A parsed expression; compared by what it says, not by how it was written. ``str`` gives a text that parses to an
    equal one."""

    root: Node

    def matches(self, levels: Mapping[str, int]) -> bool:
        """Whether an agent with these levels (name -> 0 or more) fits."""
        return self.root.matches(levels)

    def names(self) -> frozenset[str]:
        """Every skill that is named."""
        return frozenset(_names(self.root))

    def grade(self, levels: Mapping[str, int]) -> float:
        """How skilled an agent with these levels is for this expression: the mean level over what must hold together,
        the best level over alternatives that hold. What an agent must *not* have does not count. 0.0 for everybody."""
        return _grade(self.root, levels) or 0.0

    def together_with(self, other: SkillExpression) -> SkillExpression:
        """Both must hold (a queue's expression and a call's own)."""
        return SkillExpression(_all([self.root, other.root]))

    def __str__(self) -> str:
        return str(self.root)


EVERYBODY = SkillExpression(All(()))


def parse(text: str) -> SkillExpression:
    """The expression in ``text``. Raises ``SkillExpressionError`` that points at the wrong character."""
    if len(text) > MAX_LENGTH:
        raise SkillExpressionError(
            f"The skill expression has {len(text)} characters; make it {MAX_LENGTH} at most.", text, MAX_LENGTH
        )
    if not text.strip():
        return EVERYBODY
    return SkillExpression(_Reader(text).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # name, word, number, operator, mark, end
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            while text[position].isspace():
                position += 1
            wrong = text[position]
            hint = "; equality is written ==" if wrong == "=" else "; it is written != or not" if wrong == "!" else ""
            raise SkillExpressionError(
                f"The character {wrong!r} has no meaning in a skill expression{hint}. "
                "Use names, numbers, >= > <= < == !=, and, or, not, ( and ).",
                text,
                position,
            )
        kind = str(match.lastgroup)
        token = match.group(kind)
        if kind == "name" and token.lower() in _WORDS:
            kind, token = "word", token.lower()
        tokens.append(_Token(kind, token, match.start(str(match.lastgroup))))
        position = match.end()
    tokens.append(_Token("end", "", end))
    return tokens


class _Reader:
    """Recursive descent; ``or`` binds weaker than ``and``, ``and`` weaker than ``not``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._either()
        token = self._tokens[self._at]
        if token.kind == "end":
            return node
        if token.text == ")":
            raise self._wrong("This ) closes nothing; take it away or open it with ( before.")
        raise self._wrong(f"Before {token.text!r} an 'and' or an 'or' is missing.")

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take("word", "or"):
            parts.append(self._both())
        return _any(parts)

    def _both(self) -> Node:
        parts = [self._negated()]
        while self._take("word", "and"):
            parts.append(self._negated())
        return _all(parts)

    def _negated(self) -> Node:
        if not self._take("word", "not"):
            return self._atom()
        self._deeper()
        node = Not(self._negated())
        self._depth -= 1
        return node

    def _atom(self) -> Node:
        token = self._tokens[self._at]
        if token.text == "(":
            opened = self._at
            self._at += 1
            self._deeper()
            node = self._either()
            self._depth -= 1
            if not self._take("mark", ")"):
                if self._tokens[self._at].kind == "end":
                    raise self._wrong("This ( is never closed; add a ) after it.", opened)
                raise self._wrong(f"Before {self._tokens[self._at].text!r} an 'and', an 'or' or a ) is missing.")
            return node
        if token.kind == "name":
            self._at += 1
            return self._comparison(token.text)
        if token.kind == "end":
            raise self._wrong("The skill expression stops where a skill is expected; add a skill's name.")
        raise self._wrong(f"A skill's name is expected here, not {token.text!r}.")

    def _comparison(self, name: str) -> Node:
        operator = self._tokens[self._at]
        if operator.kind != "operator":
            return Has(name, ">=", 1)
        self._at += 1
        number = self._tokens[self._at]
        if number.kind != "number":
            raise self._wrong(f"After {name} {operator.text} a level is expected: a number such as 3.")
        if len(number.text) > 9 or int(number.text) > MAX_LEVEL:
            raise self._wrong(f"A level is at most {MAX_LEVEL}.")
        self._at += 1
        return Has(name, operator.text, int(number.text))

    def _take(self, kind: str, text: str) -> bool:
        token = self._tokens[self._at]
        if token.kind == kind and token.text == text:
            self._at += 1
            return True
        return False

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._wrong(
                f"The skill expression is nested deeper than {MAX_NESTING}; write it flatter.", self._at - 1
            )

    def _wrong(self, sentence: str, at: int | None = None) -> SkillExpressionError:
        token = self._tokens[self._at if at is None else at]
        return SkillExpressionError(sentence, self._text, token.position)


def _all(parts: list[Node]) -> Node:
    flat = [p for part in parts for p in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _any(parts: list[Node]) -> Node:
    flat = [p for part in parts for p in (part.parts if isinstance(part, Any) else (part,))]
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def _names(node: Node) -> set[str]:
    match node:
        case Has():
            return {node.name}
        case Not():
            return _names(node.part)
        case All() | Any():
            return {name for part in node.parts for name in _names(part)}


def _grade(node: Node, levels: Mapping[str, int]) -> float | None:
    match node:
        case Has(operator=">=" | ">" | "=="):
            return float(levels.get(node.name, 0))
        case All():
            grades = [g for part in node.parts if (g := _grade(part, levels)) is not None]
            return sum(grades) / len(grades) if grades else None
        case Any():
            grades = [g for part in node.parts if part.matches(levels) and (g := _grade(part, levels)) is not None]
            return max(grades, default=None)
        case _:
            return None
