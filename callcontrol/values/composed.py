"""Flows that supervisors compose in forms, as plain data of the configuration; ``flow.composed`` makes flows of them.

    {"title": {"zh": "...", "en": "..."}, "start": "welcome", "rescue": "sorry", "order": ["welcome", ...],
     "steps": {"welcome": {"kind": "play", "say": {"text": {"zh": "...", "en": "..."}}, "then": "menu"}, ...}}

What was published is kept beside it under ``composed_kept`` (name -> {"release": 3, "versions": {"3": data, "2": data}}),
so that a call finishes on the version it began with, wherever it is, with nothing but the configuration at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from callcontrol.values.configuration import Configuration, as_data

KEPT = "composed_kept"  # field of the configuration: no edit of anybody's, so it is in no difference
MOST_KEPT = 5  # versions of a flow: a call lasts hours at most

Data = Mapping[str, Any]
Texts = Mapping[str, Mapping[str, str]]  # key of a prompt -> language -> text


def with_versions(before: Configuration | None, after: Configuration) -> Configuration:
    """``after`` as it is published after ``before``: each composed flow that changed has the next number, and the versions
    that were published last stay with it; those of a flow that was taken out too."""
    kept: dict[str, Any] = _kept(before) if before else {}
    for name, data in after.composed.items():
        now, was = as_data(data), kept.get(name, {"release": 0, "versions": {}})
        if was["versions"].get(str(was["release"])) == now:
            continue
        number = was["release"] + 1
        versions = {str(number): now, **was["versions"]}
        newest = sorted(versions, key=int, reverse=True)[:MOST_KEPT]
        kept[name] = {"release": number, "versions": {n: versions[n] for n in newest}}
    return replace(after, composed_kept=kept)


def versions_of(configuration: Configuration) -> Iterator[tuple[str, int, Data]]:
    """(name, release, data) of every version that calls may stand in: the published ones. One that was never published
    (a draft) is the next release of its name."""
    for name, kept in _kept(configuration).items():
        for number, data in kept["versions"].items():
            yield name, int(number), data
    for name, data in configuration.composed.items():
        if not is_kept(configuration, name):
            yield name, release_of(configuration, name), data


def is_kept(configuration: Configuration, name: str) -> bool:
    """Whether the flow is as it was published last."""
    kept = _kept(configuration).get(name)
    return kept is not None and kept["versions"].get(str(kept["release"])) == as_data(configuration.composed[name])


def release_of(configuration: Configuration, name: str) -> int:
    """The number of the flow as it stands: that of the last publication, or the next one where it changed since."""
    kept = _kept(configuration).get(name)
    return (kept["release"] if kept else 0) + (0 if is_kept(configuration, name) else 1)


def _kept(configuration: Configuration) -> dict[str, Any]:
    """What was kept, where it has the shape; a configuration may be written by hand."""
    return {
        name: {"release": kept["release"], "versions": dict(kept["versions"])}
        for name, kept in configuration.composed_kept.items()
        if isinstance(kept.get("release"), int)
        and isinstance(kept.get("versions"), Mapping)
        and all(number.isdecimal() and isinstance(data, Mapping) for number, data in kept["versions"].items())
    }


# --- what is said in them ---------------------------------------------------------------------------------------------
def own_texts(configuration: Configuration) -> Texts:
    """The texts that stand in composed flows, under the keys that they are said by: ``own.FLOW.STEP.FIELD``, and with the
    number of the version behind it where an older one said something else."""
    now = {key: text for name, data in configuration.composed.items() for key, text in texts_in(name, data)}
    found = dict(now)
    for name, number, data in versions_of(configuration):
        for key, text in texts_in(name, data):
            found[key_of_version(key, text, number, now)] = text
    return found


def key_of_version(key: str, text: Mapping[str, str], number: int, now: Texts) -> str:
    """The key that version ``number`` says ``text`` by; ``now``: what the flows say as they stand."""
    return key if now.get(key) == text else f"{key}.r{number}"


def texts_in(name: str, data: Data) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(key, language -> text) of every text that stands in one flow."""
    steps = data.get("steps", {})
    for step, fields in steps.items() if isinstance(steps, Mapping) else ():
        if isinstance(fields, Mapping) and fields.get("kind") == "say_text":
            continue  # spoken in the call, as it is filled in there
        yield from _texts(f"own.{name}.{step}", fields)


def _texts(path: str, part: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    if not isinstance(part, Mapping):
        return
    text = part.get("text")
    if isinstance(text, Mapping) and all(isinstance(said, str) for said in text.values()):
        yield path, text
        return
    for name, inner in part.items():
        yield from _texts(f"{path}.{name}", inner)
