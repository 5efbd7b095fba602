"""Do the tests notice? Changes one place of the routing code after another and says which changes no test of the floor
noticed.

    python -m tests.mutants decide order --sample 60 --seed 1
    python -m tests.mutants decide:42 decide:45        # those two lines

A mutant that lives is printed as the place before and after. What changes nothing that anybody could see (what only makes
deciding faster, say) stands in ``equivalent.toml`` with its reason, and is not tried. The exit code is 1 if a mutant lives, or
if an entry of that table is of no place of the code any more.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import time

from tests.mutants import equivalent
from tests.mutants.places import FLOOR, changed, mutants
from tests.mutants.trial import Trial

ROOMS = [
    "announcement", "crews", "decide", "groups", "index", "lanes", "match", "on_callbacks", "on_calls", "on_offers", "order",
    "pools", "relaxation", "release", "reserve", "sticky", "turns", "wrap_up",
]  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.mutants")
    options.add_argument(
        "rooms", nargs="*", default=ROOMS, help="files of callcontrol/floor, or FILE:LINE (default: all that route)"
    )
    options.add_argument("--sample", type=int, default=0, help="so many of each room (default: all)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--equivalent", action="store_true", help="try those of the table instead, which should live")
    options.add_argument("--verbose", action="store_true", help="also what noticed each of the others")
    given = options.parse_args()
    trial, entries = Trial(), equivalent.entries()
    tried = lived = left_out = wrong = 0
    if by := trial.noticed_by("no module", ast.parse("")):
        sys.exit(f"Without any mutant the tests fail already ({by}); mend that first.")
    lines: dict[str, set[int]] = {}
    for name in given.rooms:
        room, _, line = name.partition(":")
        lines.setdefault(room, set()).update([int(line)] if line else [])
    for room in lines:
        began = time.monotonic()
        text = (FLOOR / f"{room}.py").read_text()
        every = mutants(text)
        for sentence in equivalent.astray(room, every):
            wrong += 1
            print(sentence, flush=True)
        chosen = [m for m in every if not lines[room] or m.line in lines[room]]
        if 0 < given.sample < len(chosen):
            chosen = sorted(random.Random(given.seed).sample(chosen, given.sample), key=lambda m: m.line)
        same = {m for m in chosen if any(entry.is_of(room, m) for entry in entries) is not given.equivalent}
        alive = 0
        for mutant in chosen:
            if mutant in same:
                continue
            by = trial.noticed_by(f"callcontrol.floor.{room}", changed(text, mutant))
            alive += not by
            if given.verbose or bool(by) is given.equivalent:
                print(f"{'died ' if by else 'LIVES'} {room}:{mutant}{by and f'   [{by}]'}", flush=True)
        here = len(chosen) - len(same)
        print(
            f"{room}: {len(chosen)} of {len(every)} places, {len(same)} of them left out; {here} tried, "
            f"{here - alive} died, {alive} live; {time.monotonic() - began:.0f} s",
            flush=True,
        )
        tried, lived, left_out = tried + here, lived + alive, left_out + len(same)
    print(
        f"{tried} tried, {tried - lived} died, {lived} live, {left_out} left out ({'not ' * given.equivalent}equivalent)"
    )
    return 1 if wrong or (tried - lived if given.equivalent else lived) else 0


if __name__ == "__main__":
    sys.exit(main())
