"""A module's tree without one of its checks, or with a note of how each check turned out.

What a check decides is undone, not only what it records: where the answer of the call is used, it is true; where it
only tells what another line decides, what it looked at is made good; a branch for the failure alone is never entered.
"""

from __future__ import annotations

import ast
from itertools import pairwise

from check_sites import calls

SEEN = "_seen_check"


def without(tree: ast.Module, line: int, column: int) -> ast.Module:
    """``tree`` with the check at that place passing always. Raises LookupError."""
    for call, _, place in calls(tree):
        if (call.lineno, call.col_offset) == (line, column):
            above = _above(tree, call)
            ok = call.args[place]
            if isinstance(ok, ast.Constant) and ok.value is False:
                _never_enter(above)
            elif branch := _told_again(above):
                branch.test = ast.copy_location(ast.Constant(False), branch.test)
            else:
                call.args[place] = ast.copy_location(ast.Constant(True), ok)
                if isinstance(above[-2], ast.Expr) and _only_tells(call):
                    handler = _handler(above)
                    if handler is not None:
                        _never_enter(above)
                    else:
                        _make_good(above, ok)
            return ast.fix_missing_locations(tree)
    raise LookupError(f"no check at {line}:{column}")


def watched(tree: ast.Module, path: str) -> ast.Module:
    """``tree`` that tells ``_seen_check(site, ok)`` of each check it makes."""
    for call, _, place in calls(tree):
        site = ast.Constant(f"{path}:{call.lineno}:{call.col_offset}")
        told = ast.Call(ast.Name(SEEN, ast.Load()), [site, call.args[place]], [])
        call.args[place] = ast.copy_location(told, call)
    return ast.fix_missing_locations(tree)


def _told_again(above: list[ast.AST]) -> ast.If | None:
    """``if not check(…) or app is None``: the type checker is told again what the check said."""
    for node, child in pairwise(above):
        if isinstance(node, ast.If) and child is node.test:
            both = isinstance(child, ast.BoolOp) and isinstance(child.op, ast.Or)
            return node if both else None
    return None


def _only_tells(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("make", "check")


def _above(tree: ast.AST, wanted: ast.AST) -> list[ast.AST]:
    """From the module down to the node."""
    for child in ast.iter_child_nodes(tree):
        if child is wanted:
            return [tree, child]
        if found := _above(child, wanted):
            return [tree, *found]
    return []


def _handler(above: list[ast.AST]) -> ast.ExceptHandler | None:
    return next((node for node in reversed(above) if isinstance(node, ast.ExceptHandler)), None)


def _never_enter(above: list[ast.AST]) -> None:
    """The branch that the check stands in: an ``if``, or the handler of an exception."""
    handler = _handler(above)
    if handler is not None:
        function = next(node for node in above if isinstance(node, ast.FunctionDef))
        named = (
            {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
            if handler.type
            else set()
        )
        raised = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
            and node.exc.func.id in named
        ]
        gone = raised or [node for node in ast.walk(handler) if isinstance(node, ast.Raise)]
        _Dropped(gone).visit(function)
        return
    for node in reversed(above):
        if isinstance(node, ast.If):
            node.test = ast.copy_location(ast.Constant(False), node.test)
            return
    raise LookupError("a check that fails always, outside of any branch")


def _make_good(above: list[ast.AST], ok: ast.expr) -> None:
    """What the line looked at is set right before it: ``known`` to true, ``unknown`` of «not unknown» to nothing."""
    inverse = isinstance(ok, ast.UnaryOp) and isinstance(ok.op, ast.Not)
    looked = ok.operand if isinstance(ok, ast.UnaryOp) else ok
    text = ast.unparse(looked)
    if isinstance(looked, ast.Name | ast.Attribute):
        line = f"{text} = type({text})()" if inverse else f"{text} = True"
    elif isinstance(looked, ast.Call) and isinstance(looked.func, ast.Attribute):
        line = f"{ast.unparse(looked.func)} = lambda *_, **__: {not inverse}"
    else:
        return
    statement, body = above[-2], above[-3]
    for name in ("body", "orelse", "finalbody"):
        lines = getattr(body, name, [])
        if statement in lines:
            lines.insert(lines.index(statement), ast.parse(line).body[0])


class _Dropped(ast.NodeTransformer):
    def __init__(self, gone: list[ast.Raise]) -> None:
        self.gone = gone

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node) if node in self.gone else node
