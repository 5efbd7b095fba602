"""The grammar that rules are written in: comparisons of names with numbers, joined by and, or, not and parentheses.

Skill expressions (``skills``) and conditions on a queue's state (``conditions``) are both of it; they differ in what a
name and a number may be. An expression is text made into a small tree and nothing else: no code is ever run from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar
from unicodedata import east_asian_width

# A supervisor's rule fits on two lines of a form; anything longer is a paste by accident, or an attack on the reader.
MAX_LENGTH = 500
# Deeper than any rule a person can still read, and far below the interpreter's own limit of recursion.
MAX_NESTING = 20

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">=": lambda have, want: have >= want,
    ">": lambda have, want: have > want,
    "<=": lambda have, want: have <= want,
    "<": lambda have, want: have < want,
    "==": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
}
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[^\W\d][\w.-]*)|(?P<number>\d+(?:\.\d+)?)|(?P<operator>>=|<=|==|!=|>|<)|(?P<mark>[()]))"
)
_WORDS = frozenset({"and", "or", "not"})


class ExpressionError(ValueError):
    """The text is not an expression of its kind. ``position`` counts characters from 0; ``sentence`` says what is wrong;
    the message is the sentence with the text and a caret under the character."""

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
    """One comparison of a name's value with a number."""

    name: str
    operator: str
    level: float

    def matches(self, levels: Mapping[str, float]) -> bool:
        return COMPARE[self.operator](levels.get(self.name, 0), self.level)

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.level}"


@dataclass(frozen=True, slots=True)
class Not:
    part: Node

    def matches(self, levels: Mapping[str, float]) -> bool:
        return not self.part.matches(levels)

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, All | Any) else f"not {self.part}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no parts at all always hold."""

    parts: tuple[Node, ...]

    def matches(self, levels: Mapping[str, float]) -> bool:
        return all(part.matches(levels) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(f"({p})" if isinstance(p, All | Any) else str(p) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Node, ...]

    def matches(self, levels: Mapping[str, float]) -> bool:
        return any(part.matches(levels) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(f"({p})" if isinstance(p, Any) else str(p) for p in self.parts)


Node = Has | Not | All | Any


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # name, word, number, operator, mark, end
    text: str
    position: int


class Reader:
    """Recursive descent; ``or`` binds weaker than ``and``, ``and`` weaker than ``not``. A kind of expression derives from
    it and says what it is called, what a name is, and what may be compared with it."""

    KIND: ClassVar[str]  # "skill expression"
    OPERAND: ClassVar[str]  # "skill"
    ERROR: ClassVar[type[ExpressionError]]

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._tokens: list[_Token] = []

    def read(self) -> Node:
        """The tree of the whole text; an empty one is ``All(())``. Raises ``ERROR``."""
        if len(self._text) > MAX_LENGTH:
            raise self.ERROR(
                f"The {self.KIND} has {len(self._text)} characters; make it {MAX_LENGTH} at most.",
                self._text,
                MAX_LENGTH,
            )
        if not self._text.strip():
            return All(())
        self._tokens = self._split()
        return self._whole()

    def comparison(self, name: str, at: int) -> Node:
        """The leaf that begins with ``name``, token ``at``; what follows it is to be taken."""
        raise NotImplementedError

    def operator(self) -> str | None:
        """Takes the comparison sign that stands here, if one does."""
        token = self._tokens[self._at]
        if token.kind != "operator":
            return None
        self._at += 1
        return token.text

    def number(self) -> str | None:
        """The number that stands here, as written; it is not taken yet (see ``taken``)."""
        token = self._tokens[self._at]
        return token.text if token.kind == "number" else None

    def taken(self) -> None:
        self._at += 1

    def wrong(self, sentence: str, at: int | None = None) -> ExpressionError:
        token = self._tokens[self._at if at is None else at]
        return self.ERROR(sentence, self._text, token.position)

    def _split(self) -> list[_Token]:
        text = self._text
        tokens: list[_Token] = []
        position = 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                while text[position].isspace():
                    position += 1
                wrong = text[position]
                hint = (
                    "; equality is written ==" if wrong == "=" else "; it is written != or not" if wrong == "!" else ""
                )
                raise self.ERROR(
                    f"The character {wrong!r} has no meaning in a {self.KIND}{hint}. "
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

    def _whole(self) -> Node:
        node = self._either()
        token = self._tokens[self._at]
        if token.kind == "end":
            return node
        if token.text == ")":
            raise self.wrong("This ) closes nothing; take it away or open it with ( before.")
        raise self.wrong(f"Before {token.text!r} an 'and' or an 'or' is missing.")

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take("word", "or"):
            parts.append(self._both())
        return either(parts)

    def _both(self) -> Node:
        parts = [self._negated()]
        while self._take("word", "and"):
            parts.append(self._negated())
        return both(parts)

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
                    raise self.wrong("This ( is never closed; add a ) after it.", opened)
                raise self.wrong(f"Before {self._tokens[self._at].text!r} an 'and', an 'or' or a ) is missing.")
            return node
        if token.kind == "name":
            self._at += 1
            return self.comparison(token.text, self._at - 1)
        if token.kind == "end":
            raise self.wrong(f"The {self.KIND} stops where a {self.OPERAND} is expected; add a {self.OPERAND}'s name.")
        raise self.wrong(f"A {self.OPERAND}'s name is expected here, not {token.text!r}.")

    def _take(self, kind: str, text: str) -> bool:
        token = self._tokens[self._at]
        if token.kind == kind and token.text == text:
            self._at += 1
            return True
        return False

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.wrong(f"The {self.KIND} is nested deeper than {MAX_NESTING}; write it flatter.", self._at - 1)


def both(parts: list[Node]) -> Node:
    flat = [p for part in parts for p in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def either(parts: list[Node]) -> Node:
    flat = [p for part in parts for p in (part.parts if isinstance(part, Any) else (part,))]
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def names_of(node: Node) -> set[str]:
    """Every name in the tree."""
    return {found.name for found in comparisons(node)}


def comparisons(node: Node, *, negated: bool = True) -> list[Has]:
    """Every comparison in the tree; without those under a ``not`` when ``negated`` is False."""
    match node:
        case Has():
            return [node]
        case Not():
            return comparisons(node.part) if negated else []
        case All() | Any():
            return [found for part in node.parts for found in comparisons(part, negated=negated)]
