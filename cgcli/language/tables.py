"""The parser's tables: Lark turns `grammar/cg.lark` into them, the parser walks them.

Building takes Lark 0.1 s and importing Lark takes longer than everything else `cg` does for
`1+1`, so the tables are built with the wheel and kept as a module of constants beside this
one. Where that module is missing (a checkout that was never installed), Lark builds them anew.
"""

from __future__ import annotations

import os

from cgcli.annotations import Any
from cgcli.later import re

GENERATED = "_generated.py"
END, BAD = 0, 1


class Tables:
    """LALR(1) tables over small integers.

    kinds     names of the terminals; a terminal's kind is its index, 0 the end of the text,
              1 a character that begins no token
    pattern   one regular expression for all tokens, a group a kind; what is ignored leads it
    compiled  the same as Python's own engine takes it: the number of its format, flags, code, how many
              groups, and their names
    groups    the kind that each group of `pattern` stands for (0 for a literal)
    literals  text to kind, for operators, brackets and keywords
    actions   [state][kind]: positive shifts to that state, negative reduces by that rule,
              0 is a syntax error
    gotos     [state]: nonterminal to state
    rules     (nonterminal, number of symbols, what it means or None); rule 0 is not used
    accept    the state in which the whole program has been read
    """

    kinds: tuple[str, ...]
    pattern: str
    compiled: tuple[Any, ...]
    groups: tuple[int, ...]
    literals: dict[str, int]
    actions: tuple[tuple[int, ...], ...]
    gotos: tuple[dict[int, int], ...]
    rules: tuple[tuple[int, int, str | None], ...]
    accept: int

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)


def grammar_path() -> str:
    """Path of the grammar: beside the package in a checkout, inside it once installed."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "grammar", "cg.lark")
    return inside if os.path.exists(inside) else os.path.join(os.path.dirname(package), "grammar", "cg.lark")


def load() -> Tables:
    """The tables as they were built with the package, or freshly built."""
    _generated: Any
    try:
        from cgcli.language import _generated
    except ImportError:
        with open(grammar_path(), encoding="utf-8") as file:
            return Tables(**build(file.read()))
    return Tables(**_generated.FIELDS)


def build(grammar: str) -> dict[str, Any]:
    """The fields of `Tables` for a Lark grammar. Imports Lark.

    A rule means something when it has an alias or is neither inlined (`?name`) nor hidden
    (`_name`); the rest only chain the levels of precedence, and reduce without a word.
    """
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False)
    table = lark.parser.parser._parse_table
    ignored = [t for t in lark.terminals if t.name in lark.ignore_tokens]
    literal = [t for t in lark.terminals if isinstance(t.pattern, PatternStr)]
    general = [t for t in lark.terminals if t not in ignored and t not in literal]

    kinds = ("$END", "$BAD", *(t.name for t in general), *(t.name for t in literal))
    kind = {name: index for index, name in enumerate(kinds)}
    literals = {t.pattern.value: kind[t.name] for t in literal}
    symbols = sorted((text for text in literals if not text.isalpha()), key=len, reverse=True)
    groups = [
        *((kind[t.name], t.pattern.to_regexp()) for t in general if t.name == "NAME"),
        (0, "|".join(map(re.escape, symbols))),
        *((kind[t.name], t.pattern.to_regexp()) for t in general if t.name != "NAME"),
        (END, r"\Z"),
        (BAD, r"(?s:.)"),
    ]
    skipped = "|".join(t.pattern.to_regexp() for t in ignored)
    tokens = "|".join(f"({text})" for _, text in groups)
    pattern = f"(?:{skipped})*(?:{tokens})"

    # Lark numbers states and rules as its sets happen to be ordered; in the order of a walk from
    # the start, the same grammar always gives the same tables.
    states = [table.start_states["start"]]
    for state in states:
        for _, (_, target) in sorted(table.states[state].items(), key=lambda item: item[0]):
            if not isinstance(target, Rule) and target not in states:
                states.append(target)
    number = {state: index for index, state in enumerate(states)}
    rules = sorted(lark.rules, key=lambda rule: (rule.origin.name, [s.name for s in rule.expansion]))
    rule_number = {rule: index + 1 for index, rule in enumerate(rules)}
    nonterminal = {name: i for i, name in enumerate(sorted({rule.origin.name for rule in rules}))}

    actions, gotos = [], []
    for state in states:
        row, jumps = [0] * len(kinds), {}
        for symbol, (action, target) in table.states[state].items():
            if symbol in nonterminal:
                jumps[nonterminal[symbol]] = number[target]
            else:
                row[kind[symbol]] = number[target] if action is Shift else -rule_number[target]
        actions.append(tuple(row))
        gotos.append(dict(sorted(jumps.items())))

    def meaning(rule: Any) -> str | None:
        name = str(rule.origin.name)
        return rule.alias or (None if rule.options.expand1 or name.startswith("_") else name)

    return {
        "kinds": kinds,
        "pattern": pattern,
        "compiled": compiled(pattern),
        "groups": (0, *(number for number, _ in groups)),
        "literals": literals,
        "actions": tuple(actions),
        "gotos": tuple(gotos),
        "rules": ((0, 0, None), *((nonterminal[r.origin.name], len(r.expansion), meaning(r)) for r in rules)),
        "accept": number[table.end_states["start"]],
    }


def compiled(pattern: str) -> tuple[Any, ...]:
    """What `re.compile` hands to its engine."""
    import _sre  # type: ignore[import-not-found]
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(pattern)
    state = parsed.state
    code = list(map(int, _compiler._code(parsed, 0)))
    return _sre.MAGIC, state.flags, code, state.groups - 1, {}, tuple([None] * state.groups)


def write(grammar: str, folder: str) -> str:
    """Write the tables for a grammar as a module of constants; returns its path."""
    path = os.path.join(folder, GENERATED)
    with open(path, "w", encoding="utf-8") as file:
        file.write('"""Made from grammar/cg.lark when the package is built; do not edit."""\n\n')
        file.write("FIELDS = {\n")
        for name, value in build(grammar).items():
            file.write(f"    {name!r}: {value!r},\n")
        file.write("}\n")
    return path
