"""``callcenter.conf.xml`` as it stands in the file, each thing with its line. Nothing of it is interpreted here.

The parser is the standard library's expat with everything taken out that a hostile file could use: no document type, so
no entities; a bound on size, depth and number. The switch's own directives (include, set, ``$${...}`` of another file)
would make what is read here another thing than what the switch reads; a file that has them is refused with the way to
get the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

LARGEST = 4 * 1024 * 1024  # bytes; a centre of 5,000 agents needs one
DEEPEST = 30
DIRECTIVE = re.compile(r"^\s*#\s*(include|set|exec|exec-set|env-set|stun-set)\b", re.IGNORECASE)
EXPAND = "Let the switch expand it first: fs_cli -x 'xml_locate configuration configuration name callcenter.conf' > whole.xml"


class XmlRefused(ValueError):
    """The file is not one that is read here; the message is a sentence with the next move."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value and the line that it stands in."""

    value: str
    line: int


@dataclass(slots=True)
class Element:
    """A queue, an agent or a tier: its attributes or parameters by name."""

    name: str
    line: int
    values: dict[str, Written] = field(default_factory=dict)

    def get(self, key: str, default: str = "") -> str:
        found = self.values.get(key)
        return found.value if found else default

    def line_of(self, key: str) -> int:
        found = self.values.get(key)
        return found.line if found else self.line


@dataclass(slots=True)
class CallCenter:
    """``others``: elements that are none of these, with their line."""

    settings: dict[str, Written] = field(default_factory=dict)
    queues: list[Element] = field(default_factory=list)
    agents: list[Element] = field(default_factory=list)
    tiers: list[Element] = field(default_factory=list)
    others: list[Written] = field(default_factory=list)


def read_xml(data: bytes) -> CallCenter:
    """Raises ``XmlRefused``. The configuration may stand alone or within a document of the switch."""
    if len(data) > LARGEST:
        raise XmlRefused(f"The file has {len(data)} bytes; more than {LARGEST} are not read. Is it the right one?")
    return _Reader().read(data)


class _Reader:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._way: list[str] = []
        self._queue: Element | None = None
        self._found = 0  # depth of <configuration name="callcenter.conf">; 0 while outside of it
        self._seen = False
        self._made = CallCenter()

    def read(self, data: bytes) -> CallCenter:
        parser = self._parser
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CommentHandler = self._comment
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise XmlRefused(f"Line {error.lineno}: this is no XML ({reason}); correct it.") from error
        except (LookupError, ValueError) as error:
            if isinstance(error, XmlRefused):
                raise
            raise XmlRefused("The file's encoding is not known; save it as UTF-8.") from error
        if not self._seen:
            raise XmlRefused('There is no <configuration name="callcenter.conf"> in it. Is it the right file?')
        return self._made

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _doctype(self, *_declared: object) -> None:
        raise XmlRefused(f"Line {self._line}: a document type is not read here, it could hide anything. Take it out.")

    def _instruction(self, target: str, _data: str) -> None:
        raise XmlRefused(f"Line {self._line}: the instruction <?{target[:20]}?> is not read here. {EXPAND}")

    def _comment(self, text: str) -> None:
        if DIRECTIVE.match(text):
            raise XmlRefused(f"Line {self._line}: <!--{text.strip()[:40]}--> is a directive of the switch. {EXPAND}")

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag.upper() == "X-PRE-PROCESS":
            what = f"{attributes.get('cmd', '')} {attributes.get('data', '')}".strip()[:60]
            raise XmlRefused(f"Line {self._line}: X-PRE-PROCESS ({what}) is a directive of the switch. {EXPAND}")
        self._way.append(tag)
        if len(self._way) > DEEPEST:
            raise XmlRefused(f"Line {self._line}: nested deeper than {DEEPEST}. Is it the right file?")
        if tag == "configuration" and attributes.get("name") == "callcenter.conf" and not self._found:
            self._found, self._seen = len(self._way), True
        elif self._found:
            self._inside(tag, {key: Written(value, self._line) for key, value in attributes.items()})

    def _inside(self, tag: str, values: dict[str, Written]) -> None:
        made, within = self._made, self._way[self._found : -1]
        name = values["name"].value if "name" in values else ""
        match tag, within:
            case (("settings" | "queues" | "agents" | "tiers"), []):
                pass
            case "param", ["settings"]:
                made.settings[name] = values.get("value", Written("", self._line))
            case "queue", ["queues"]:
                self._queue = Element(name, self._line)
                made.queues.append(self._queue)
            case "param", ["queues", "queue"] if self._queue is not None:
                self._queue.values[name] = values.get("value", Written("", self._line))
            case "agent", ["agents"]:
                made.agents.append(Element(name, self._line, values))
            case "tier", ["tiers"]:
                made.tiers.append(Element("", self._line, values))
            case _:
                made.others.append(Written(tag, self._line))

    def _end(self, _tag: str) -> None:
        if self._found and len(self._way) == self._found:
            self._found = 0
        self._way.pop()
