"""Do the tests notice? Changes one place of the routing code after another, in a copy of the project, and says which changes
no test of the floor noticed.

    python -m tests.mutants floor/decide floor/order --sample 60 --seed 1

First some random days are run, which most mutants do not survive; then ``tests/floor``. A mutant that lives is printed as
the line before and after. Not every one can be killed: what only makes deciding faster changes no decision.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ["decide", "order", "release", "announcement", "on_offers", "on_calls", "index", "pools"]
DAYS = """
import logging
from tests.floor.test_random_days import RandomDay
logging.disable(logging.CRITICAL)
for seed in range(900, 908):
    day = RandomDay(seed)
    for _ in range(200):
        day.step()
    day.all_is_decided_at_once()
"""
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
REPLACED = {"min": "max", "max": "min", "any": "all", "all": "any"}


def mutants(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """(node, what stands there instead, what was done)."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, ops=[op, *rest], comparators=others) if type(op) in COMPARED:
                yield node, ast.Compare(left, [COMPARED[type(op)](), *rest], others), "comparison"
            case ast.BoolOp(op=ast.And(), values=values):
                yield node, ast.BoolOp(ast.Or(), values), "and -> or"
                yield from ((node, ast.BoolOp(ast.And(), [v for v in values if v is not one]), "a condition less")
                            for one in values if len(values) > 1)  # fmt: skip
            case ast.BoolOp(op=ast.Or(), values=values):
                yield node, ast.BoolOp(ast.And(), values), "or -> and"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield node, operand, "not left out"
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield node, ast.BinOp(left, ast.Sub(), right), "+ -> -"
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                yield node, ast.BinOp(left, ast.Add(), right), "- -> +"
            case ast.Constant(value=bool(value)):
                yield node, ast.Constant(not value), "True <-> False"
            case ast.Constant(value=int() | float() as value):
                yield node, ast.Constant(value + 1), "number + 1"
            case ast.Name(id=name) if name in REPLACED:
                yield node, ast.Name(REPLACED[name], ast.Load()), name
            case ast.Expr(value=ast.Call()) | ast.Delete() | ast.AugAssign():
                yield node, ast.Pass(), "statement left out"
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield node, ast.Pass(), "assignment left out"
            case ast.If(body=body, orelse=[]):
                yield node, ast.If(ast.Constant(True), body, []), "always"
            case _:
                pass


class Swap(ast.NodeTransformer):
    def __init__(self, node: ast.AST, other: ast.AST) -> None:
        self._node, self._other = node, other

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._node:
            return ast.copy_location(self._other, node)
        return self.generic_visit(node)


def notices(copy: Path, days_only: bool) -> bool:
    """Whether the days or the tests fail, or never end."""
    run = [sys.executable, "-B", "-c", DAYS]
    test = [sys.executable, "-B", "-m", "pytest", "tests/floor", "-x", "-q", "-p", "no:cacheprovider"]
    for command in (run,) if days_only else (run, test):
        try:
            done = subprocess.run(command, cwd=copy, capture_output=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return True
        if done.returncode:
            return True
    return False


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.mutants")
    options.add_argument("files", nargs="*", default=[f"floor/{name}" for name in ROOMS])
    options.add_argument("--sample", type=int, default=0, help="so many of each file (default: all)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--days-only", action="store_true", help="a lower bound, in a tenth of the time")
    given = options.parse_args()
    chance, tried, lived = random.Random(given.seed), 0, 0
    with tempfile.TemporaryDirectory(prefix="cc-mutants-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache"))
        assert not notices(copy, given.days_only), "the tests fail without any mutant; mend that first"
        for name in given.files:
            file = copy / "callcontrol" / f"{name}.py"
            text = file.read_text()
            count = sum(1 for _ in mutants(ast.parse(text)))
            chosen = range(count) if not given.sample else sorted(chance.sample(range(count), min(given.sample, count)))
            here = 0
            for number in chosen:
                tree = ast.parse(text)
                node, other, what = list(mutants(tree))[number]
                before = ast.unparse(node).splitlines()[0]
                line, after = getattr(node, "lineno", 0), ast.unparse(ast.fix_missing_locations(other)).splitlines()[0]
                file.write_text(ast.unparse(ast.fix_missing_locations(Swap(node, other).visit(tree))))
                tried += 1
                if not notices(copy, given.days_only):
                    lived, here = lived + 1, here + 1
                    print(f"LIVES {name}:{line} ({what}): {before}  ->  {after}", flush=True)
            file.write_text(text)
            print(f"{name}: {len(chosen)} of {count} tried, {here} live", flush=True)
    print(f"{tried} tried, {tried - lived} died, {lived} live")
    return 0


if __name__ == "__main__":
    main()
