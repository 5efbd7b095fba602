"""The places of a file that may be changed, and what stands there instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLOOR = Path(__file__).resolve().parents[2] / "callcontrol" / "floor"
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
REPLACED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One place changed. ``where``: the function around it, with its class; empty outside of any."""

    number: int
    where: str
    line: int
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.line} in {self.where or 'the file'}: {self.was}  ->  {self.becomes}"


def mutants(text: str) -> list[Mutant]:
    """All of a file, in its order."""
    places = enumerate(_places(ast.parse(text)))
    found = [
        Mutant(number, where, getattr(node, "lineno", 0), _short(node), _short(other))
        for number, (where, node, other) in places
    ]
    return sorted(found, key=lambda each: each.line)


def changed(text: str, mutant: Mutant) -> ast.Module:
    """The file with that place changed."""
    tree = ast.parse(text)
    _, node, other = _places(tree)[mutant.number]
    return ast.fix_missing_locations(_Swap(node, ast.copy_location(other, node)).visit(tree))


def _short(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]


def _places(tree: ast.AST, where: str = "") -> list[tuple[str, ast.AST, ast.AST]]:
    """(the function around it, node, what stands there instead)."""
    found = []
    for node in ast.iter_child_nodes(tree):
        inner = where
        if node in getattr(tree, "decorator_list", ()):
            continue  # slots and frozen make no difference that could be seen
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                inner = f"{where}.{name}" if where else name
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
        found += [(inner, node, other) for other in _instead(node)]
        found += _places(node, inner)
    return found


def _instead(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left=left, ops=[op, *rest], comparators=others) if type(op) in COMPARED:
            yield ast.Compare(left, [COMPARED[type(op)](), *rest], others)
        case ast.BoolOp(op=ast.And(), values=values):
            yield ast.BoolOp(ast.Or(), values)
            for one in values:
                rest_of = [v for v in values if v is not one]
                yield ast.BoolOp(ast.And(), rest_of) if len(rest_of) > 1 else rest_of[0]
        case ast.BoolOp(op=ast.Or(), values=values):
            yield ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield ast.BinOp(left, ast.Add(), right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Name(id=name) if name in REPLACED:
            yield ast.Name(REPLACED[name], ast.Load())
        case ast.Expr(value=ast.Call()) | ast.Delete() | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.If(body=body, orelse=[]):
            yield ast.If(ast.Constant(True), body, [])
        case _:
            pass


class _Swap(ast.NodeTransformer):
    def __init__(self, node: ast.AST, other: ast.AST) -> None:
        self._node, self._other = node, other

    def visit(self, node: ast.AST) -> ast.AST:
        return self._other if node is self._node else self.generic_visit(node)
