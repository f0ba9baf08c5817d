"""`cg debug`: a program statement by statement, forward and back; the words that it is driven by."""

from __future__ import annotations

import re
import sys

from cgcli.annotations import Callable, Iterator
from cgcli.cli.bindings import Bindings
from cgcli.cli.breakpoints import Breakpoints
from cgcli.cli.debug_screen import Screen
from cgcli.cli.reading import read_program, split_arguments
from cgcli.cli.report import report
from cgcli.cli.request import Request
from cgcli.cli.session import Session
from cgcli.control.steps import LEVELS
from cgcli.diagnostics import CgError, likely
from cgcli.evaluation.expression import names_of
from cgcli.evaluation.stepping import Stepping

# Word, letter, what follows it, and what it does.
WORDS = (
    ("next", "n", "[COUNT]", "run a statement, with what it calls and its blocks"),
    ("step", "s", "[COUNT]", "run to the next statement, into functions and blocks"),
    ("finish", "f", "", "run to the end of the innermost block or function"),
    ("continue", "c", "", "run to a breakpoint, or to the end"),
    ("break", "b", "LINE [if EXPR]", "stop before a line; without it, list where"),
    ("clear", "", "[LINE]", "stop there no longer; without it, nowhere"),
    ("until", "u", "EXPR", "run to where an expression is true"),
    ("back", "r", "[COUNT]", "undo a `next`"),
    ("goto", "g", "N", "go to before the N-th statement, as the prompt counts"),
    ("bad", "", "", "go to where the first nan or infinity arose"),
    ("print", "p", "EXPR", "the value of an expression here"),
    ("vars", "v", "", "the names that have a value here"),
    ("list", "l", "", "the lines around this one, and the calls around it"),
    ("graph", "", "[NAME]", "the graph of what has run"),
    ("grad", "d", "[NAME]", "derivatives of NAME, or of what was set last"),
    ("why", "w", "NAME", "the nodes that NAME and its derivatives came from"),
    ("help", "h", "", "these words"),
    ("quit", "q", "", "end the session"),
)

# What other debuggers and shells call these.
ELSEWHERE = {
    "exit": "quit", "end": "quit", "kill": "quit", "bye": "quit",
    "where": "list", "bt": "list", "backtrace": "list", "stack": "list", "up": "list", "down": "list",
    "frame": "list", "ll": "list", "args": "vars", "locals": "vars", "info": "vars", "dir": "vars",
    "globals": "vars", "display": "print EXPR", "watch": "until EXPR", "pp": "print EXPR",
    "echo": "print EXPR", "inspect": "print EXPR", "eval": "print EXPR", "run": "continue",
    "start": "goto 1", "restart": "goto 1", "rerun": "goto 1", "reset": "goto 1", "begin": "goto 1",
    "return": "finish", "out": "finish", "over": "next", "into": "step", "undo": "back", "prev": "back",
    "reverse": "back", "previous": "back", "jump": "goto N", "delete": "clear", "del": "clear",
    "tree": "graph", "gradient": "grad", "derivative": "grad", "nan": "bad", "inf": "bad", "man": "help",
    "advance": "until EXPR", "breakpoints": "break", "cont": "continue", "resume": "continue",
    "tbreak": "break LINE",
}  # fmt: skip

LETTERS = {letter: word for word, letter, *_ in WORDS if letter}
TAKES = {word: operands for word, _, operands, _ in WORDS}


class _Quit(Exception):
    """The session is over."""


def command(request: Request) -> int:
    """Debug a program; returns the exit status."""
    text, arguments = split_arguments(request)
    if "-" in (*request.files, *request.vars_files) or (text is None and not request.files):
        hint = "give the program as EXPR, or in a file with -f"
        raise CgError("usage", "`cg debug` reads what to do from stdin", hint=hint)
    session = Session(request, Bindings(arguments, request.vars_files, request.bad))
    session.warn_of_bindings()
    prepared = session.prepared(read_program(request, text), runs=True)
    return Debugger(session, Stepping(prepared)).run()


class Debugger:
    """A session: what is typed, one line after the other.

    status      what it ends with: 0, or that of the error that ended the program last
    """

    def __init__(self, session: Session, at: Stepping) -> None:
        self.session, self.request, self.at = session, session.request, at
        self.screen = Screen(session, at)
        self.status = 0
        self.stops = Breakpoints(at)
        self._trail: list[tuple[int, int]] = []  # from where to where it has come by `next` and `step`
        self._warned = False

    def run(self) -> int:
        self.screen.show_place()
        for line in self._lines():
            try:
                self.answer(line)
            except _Quit:
                break
            except CgError as error:
                sys.stdout.flush()
                report(error.diagnostic, self.request)
            except KeyboardInterrupt:
                self.screen.say("interrupted")
                self.at.settle()
                self.screen.show_place()
            sys.stdout.flush()
        return self.status

    def _lines(self) -> Iterator[str]:
        """What is typed. Where nobody sees it as it is typed, it is shown behind the prompt. On a terminal an
        empty line is the line before it."""
        is_typed = sys.stdin is not None and sys.stdin.isatty()
        last = ""
        if is_typed and sys.stdout.isatty():
            import readline  # lines can be changed, and come again

            readline.parse_and_bind("tab: complete")
            readline.set_completer(self._completed)
        while True:
            prompt = f"({self.at.step}) "
            try:
                if is_typed:
                    line = input(prompt)
                else:
                    sys.stdout.flush()  # who reads it decides what comes next
                    raw = sys.stdin.buffer.readline() if sys.stdin is not None else b""
                    if not raw:
                        return
                    line = raw.decode("utf-8", "replace").rstrip("\r\n")
                    self.screen.say(f"{prompt}{line}")
            except EOFError:
                sys.stdout.write("\n")
                return
            except KeyboardInterrupt:
                if not is_typed:
                    raise
                sys.stdout.write("\n")
                continue
            last = line = line.strip() or last * is_typed
            yield line

    def _completed(self, begun: str, place: int) -> str | None:
        """A word, or behind one a name, that begins with what has been typed; None after the last."""
        import readline

        known = names_of(self.at.program) if readline.get_begidx() else TAKES
        found = [name for name in sorted(known) if name.startswith(begun)]
        return found[place] if place < len(found) else None

    def answer(self, line: str) -> None:
        """Do what a line says. Raises `CgError`, KeyboardInterrupt and `_Quit`."""
        line = line.strip()
        if not line or line.startswith("#"):
            return
        found = re.match(r"[^\W\d]\w*", line)
        given = found[0] if found else line
        rest = line[len(given) :].strip()
        word = LETTERS.get(given, given)
        if word not in TAKES:
            raise CgError("usage", f"unknown word `{given}`", hint=self._meant(given, line))
        if rest and not TAKES[word]:
            raise CgError("usage", f"`{word}` stands alone")
        if not rest and TAKES[word] and TAKES[word][0] != "[" and word != "break":
            raise CgError("usage", f"`{word}` takes {TAKES[word]}")
        getattr(self, f"_{word}")(rest)

    def _meant(self, given: str, line: str) -> str:
        """What a line with an unknown word may mean."""
        is_name = given in names_of(self.at.program)
        if given in ("set", "let", "var") or re.match(r"[^\W\d]\w*(\[.*\]|\.\w+)?\s*[-+*/%@^]?=[^=]", line):
            return "values are the program's: for others, begin again with other inputs"
        if is_name or not re.match(r"[^\W\d]", line):
            return f"for its value: print {line}"
        match = ELSEWHERE.get(given.lower()) or likely(given, TAKES)
        return f"did you mean `{match}`?" if match else "`help` lists the words"

    # Moving

    def _move(self, until: Callable[[], bool] | None = None, comes: bool = False) -> bool:
        """Run on to where `until` says so, to a breakpoint or the end. Whether it is there, and not
        elsewhere."""
        at, start, stops = self.at, self.at.step, self.stops
        if at.has_ended:
            raise CgError("usage", "the program has ended", hint="`back` and `goto` go back")
        there = False

        def stopped() -> bool:
            nonlocal there
            there = until is not None and until()
            return there or stops.reached()

        try:
            at.forward(stopped if stops.all or until is not None else None)
        except CgError as error:
            self._ended(error)
        if comes:
            self._trail.append((start, at.step))
        else:
            self._trail.clear()
        return there

    def _ended(self, error: CgError) -> None:
        """Tell of an error that the program has ended with, or a condition."""
        self._warn()
        sys.stdout.flush()
        report(error.diagnostic, self.request)
        if error.diagnostic.source is self.at.program.source:
            self.status = error.status

    def _shown(self) -> None:
        self._warn()
        self.screen.show_place()

    def _warn(self) -> None:
        """Warn of the first value that is not finite, once it has arisen."""
        if self.at.bad is not None and not self._warned:
            self._warned = True
            if self.at.warning is not None:
                sys.stdout.flush()
                report(self.at.warning, self.request)

    def _next(self, rest: str) -> None:
        run = self.at.run
        for _ in range(_count(rest, "next")):
            depth = self.at.history.depth
            if not self._move(lambda depth=depth: run.depth <= depth, True):  # type: ignore[misc]
                break
        self._shown()

    def _step(self, rest: str) -> None:
        for _ in range(_count(rest, "step")):
            if not self._move(lambda: True, True):
                break
        self._shown()

    def _finish(self, rest: str) -> None:
        depth, at = self.at.history.depth, self.at.run
        if depth == LEVELS:
            raise CgError("usage", "this statement is in no block or function", hint="`continue` runs on")
        self._move(lambda: at.depth < depth)
        self._shown()

    def _continue(self, rest: str) -> None:
        self._move()
        self._shown()

    def _until(self, rest: str) -> None:
        self._move(self.at.condition(rest, "<until>"))
        self._shown()

    def _back(self, rest: str) -> None:
        at = self.at
        count = _count(rest, "back")
        if at.step == 1:
            raise CgError("usage", "this is the first statement")
        step = at.step
        for _ in range(count):
            if step == 1:
                break
            if self._trail and self._trail[-1][1] == step:
                step = self._trail.pop()[0]
            else:
                at.go(step)
                step = at.before()
        at.go(step)
        self._shown()

    def _goto(self, rest: str) -> None:
        step = int(rest) if rest.isdecimal() and len(rest) < 16 else 0
        if step < 1:
            raise CgError("usage", f"`goto` takes the number of a statement, from 1 on, and not `{rest}`")
        self._trail = []
        try:
            self.at.go(step)
        except CgError as error:
            self._ended(error)
        if self.at.step < step:
            self.screen.say(f"the program has {self.at.step - 1} statements to run")
        self._shown()

    def _bad(self, rest: str) -> None:
        self._trail = []
        if self.at.find_bad():
            if self._warned and self.at.warning is not None:
                self.screen.say(f"  {self.at.warning.message}")
            return self._shown()
        given = self.at.not_finite()
        told = "no value has become nan or infinite"
        return self.screen.say(f"{told}; the input `{given[0]}` was so before" if given else told)

    def _break(self, rest: str) -> None:
        if rest:
            return self.screen.say(f"stops before line {self.stops.add(rest)}")
        for told in map(str, self.stops.all):
            self.screen.say(told)
        return None if self.stops.all else self.screen.say("no breakpoints")

    def _clear(self, rest: str) -> None:
        self.stops.clear(rest)

    # Looking

    def _print(self, rest: str) -> None:
        self.screen.show_value(self.at.evaluate(rest, "<print>"))

    def _vars(self, rest: str) -> None:
        self.screen.show_names()

    def _list(self, rest: str) -> None:
        self.screen.show_lines([stop.start for stop in self.stops.all])

    def _graph(self, rest: str) -> None:
        self.screen.show_graph([rest] if rest else [])

    def _grad(self, rest: str) -> None:
        self.screen.show_gradient([rest] if rest else [])

    def _why(self, rest: str) -> None:
        self.screen.show_origin(rest)

    def _help(self, rest: str) -> None:
        self.screen.show_words(WORDS)

    def _quit(self, rest: str) -> None:
        raise _Quit


def _count(text: str, word: str) -> int:
    if text and not (text.isdecimal() and 0 < int(text[:16]) < 10**15):
        raise CgError("usage", f"`{word}` takes how often, a whole number from 1 on, and not `{text}`")
    return int(text or 1)
