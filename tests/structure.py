"""What the code says of itself: which file imports which, and which function refers to which.

Types count as imports, and so do imports within functions. A reference is a call, or a name that is
handed on; of methods, those of `self`, inherited ones included.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.cg import ROOT

PACKAGE = ROOT / "cgcli"


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_generated.py")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


Trees = dict[str, ast.Module]
Links = dict[str, set[str]]


@cache
def trees() -> Trees:
    """All modules, by name; parsing them takes a second."""
    return {name_of(path): ast.parse(path.read_text()) for path in modules()}


@cache
def names() -> set[str]:
    return {*map(name_of, modules())}


def imported(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """Of what is imported from cgcli: the name it has here, where it comes from, and its file."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cgcli"):
            for alias in node.names:
                source = f"{node.module}.{alias.name}"
                yield alias.asname or alias.name, source, source if source in names() else str(node.module)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("cgcli"):
                    yield alias.asname or alias.name, alias.name, alias.name


def imports(trees: Trees) -> Links:
    return {module: {file for _, _, file in imported(ast.walk(tree))} for module, tree in trees.items()}


def within(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What stands in a body, but not what stands in the functions and classes that it defines."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(node))


def references(trees: Trees) -> Links:
    """By function, as `cgcli.room.file.function` or `...Class.method`: the functions that it refers to."""
    found: Links = {}
    bases: dict[str, list[str]] = {}
    # name, body, the class it is of or "", names in scope
    todo: list[tuple[str, ast.AST, str, dict[str, str]]] = [(m, tree, "", {}) for m, tree in trees.items()]
    while todo:
        own, tree, of, scope = todo.pop()
        scope = dict(scope)
        nodes = list(within(tree.body))  # type: ignore[attr-defined]
        if isinstance(tree, ast.FunctionDef):
            stored = {
                node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            for name in stored | {arg.arg for arg in ast.walk(tree.args) if isinstance(arg, ast.arg)}:
                scope.pop(name, None)
        defined = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        if not isinstance(tree, ast.ClassDef):  # methods are no names
            scope.update((node.name, f"{own}.{node.name}") for node in defined)
        scope.update((name, source) for name, source, _ in imported(iter(nodes)))
        for node in defined:
            inside = f"{own}.{node.name}"
            if isinstance(node, ast.ClassDef):
                bases[inside] = [scope.get(base.id, "") for base in node.bases if isinstance(base, ast.Name)]
            todo.append((inside, node, own if isinstance(tree, ast.ClassDef) else of, scope))
        if isinstance(tree, ast.FunctionDef):
            called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
            found[own] = set()
            for node in nodes:
                if isinstance(node, ast.Name) and node.id in scope:
                    found[own] |= {
                        scope[node.id],
                        *([f"{scope[node.id]}.__init__"] if id(node) in called else []),
                    }
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    owner = of if node.value.id in ("self", "cls") else scope.get(node.value.id, "")
                    found[own].add(f"{owner}.{node.attr}")
    return {own: {_inherited(name, found, bases) for name in names} for own, names in found.items()}


def _inherited(name: str, found: Links, bases: dict[str, list[str]]) -> str:
    """The method that a name means, of a class or of one that it continues."""
    of, _, method = name.rpartition(".")
    todo = [of]
    while todo:
        of = todo.pop()
        if f"{of}.{method}" in found:
            return f"{of}.{method}"
        todo.extend(bases.get(of, []))
    return name


def circles(links: Links) -> list[list[str]]:
    """Groups in which each reaches each other, or a single one that reaches itself."""
    reached: Links = {}
    for start in links:
        reached[start], todo = set(), [start]
        while todo:
            for name in links.get(todo.pop(), ()):
                if name not in reached[start]:
                    reached[start].add(name)
                    todo.append(name)
    groups = {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in links if a in reached[a]}
    return sorted(map(sorted, groups))
