"""Any composed flow at all, for properties: every kind of step, every field, ways between any two steps."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from callcontrol.flow.composed import KINDS, Field, Shape
from callcontrol.flow.composed.parts import PARTS, results_of

STEP_NAMES = ("a", "b", "menu_1", "kind", "step", "title", "start")
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}"), min_size=1, max_size=12
).filter(str.strip)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
KEYS = st.text("0123456789*#", min_size=1, max_size=2)
CONDITIONS = st.sampled_from(
    ["busy q", "waited 60 q", "before 16:00", "after 09:30", "days mon,fri", "open office", "closed office", "language en",
     "remembered topic", "remembered topic=bill and more", "heard q", "callback q", "passed 3"]
)  # fmt: skip
SAYS = st.fixed_dictionaries(
    {},
    optional={
        "keys": st.lists(st.sampled_from(["goodbye", "hotline.menu", "menu.wrong"]), max_size=2),
        "text": st.dictionaries(st.sampled_from(["zh", "en"]), WORDS, max_size=2),
    },
)
SAYS_SOMETHING = SAYS.filter(lambda say: bool(say.get("keys") or say.get("text")))


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:
    """Data as a form may send it: with defaults, in any order, tidy or not."""
    names = draw(st.lists(st.sampled_from(STEP_NAMES), min_size=2, max_size=5, unique=True))
    targets = st.sampled_from(names)
    steps = {name: draw(rows(targets)) for name in names}
    data = {
        "title": {"zh": draw(WORDS), "en": draw(WORDS)},
        "start": draw(targets),
        "rescue": draw(targets),
        "order": draw(st.permutations(names)),
        "steps": steps,
    }
    if draw(st.booleans()):
        data["everywhere"] = draw(st.dictionaries(st.sampled_from("0*#"), targets, max_size=2))
    return data


@st.composite
def rows(draw: st.DrawFn, targets: st.SearchStrategy[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.name)))
    row: dict[str, Any] = {"kind": kind.name}
    for field in kind.fields.values():
        if field.required or draw(st.booleans()):
            row[field.name] = draw(values(field, targets))
    if kind.name == "ask_digits":
        row |= {"min_digits": 1, "max_digits": draw(st.integers(1, 9))}
    if kind.name == "callback":
        row |= {"min_digits": 5, "max_digits": 15}
    if kind.name == "sub":
        row["flow"] = draw(st.sampled_from(sorted(PARTS)))
        row["returns"] = {result: draw(targets) for result in results_of(row["flow"])}
    if "end_keys" in row:
        row["end_keys"] = draw(st.text("0123456789*#", max_size=3))
    if kind.name == "queue":
        row["message_when"] = [text for text in row.get("message_when", []) if not text.startswith("passed")]
        row["stay_key"], row["exit_keys"] = "1", {k: v for k, v in row.get("exit_keys", {}).items() if k != "1"}
    return row


def values(field: Field, targets: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    ways = st.one_of(
        targets,
        st.fixed_dictionaries(
            {"step": targets},
            optional={
                "language": st.sampled_from(["", "zh", "en"]),
                "remember": st.dictionaries(NAMES, WORDS, max_size=2),
            },
        ),
    )
    least = 1 if field.required else 0
    match field.shape:
        case Shape.SAY:
            return SAYS_SOMETHING if field.required else SAYS
        case Shape.TARGET:
            return targets if field.required else st.one_of(st.none(), targets)
        case Shape.WAYS:
            return st.dictionaries(KEYS, ways, min_size=least, max_size=3)
        case Shape.QUESTIONS:
            return st.dictionaries(NAMES, SAYS_SOMETHING, min_size=least, max_size=3)
        case Shape.THINGS:
            return st.dictionaries(NAMES, WORDS, max_size=3)
        case Shape.WHEN:
            return st.lists(CONDITIONS, min_size=least, max_size=3)
        case Shape.WHOLE:
            return st.integers(int(field.low), int(field.high))
        case Shape.NUMBER:
            return st.floats(field.low, field.high, allow_nan=False)
        case Shape.YES_NO:
            return st.booleans()
        case Shape.CHOICE:
            return st.sampled_from(list(field.options))
        case Shape.ZONE:
            return st.sampled_from(["Asia/Shanghai", "Europe/Berlin"])
        case Shape.QUEUE | Shape.HOURS | Shape.SERVICE:
            return st.sampled_from(["support", "office"])
        case Shape.TEXTS:
            return st.dictionaries(st.sampled_from(["zh", "en"]), WORDS, min_size=1, max_size=2)
        case Shape.PART | Shape.RETURNS:
            return st.just("")  # they belong together, see above
        case Shape.PROMPT:
            return st.sampled_from(["goodbye", "menu.wrong"])
        case _:
            return st.one_of(NAMES, NAMES.map("{{{}}}".format)) if field.remembered else NAMES
