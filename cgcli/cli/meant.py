"""What is meant by a command, an option or an argument that is not there: hints, for a line that is wrong."""

from __future__ import annotations

import os
import re

from cgcli.annotations import Collection, Sequence
from cgcli.cli.commands import COMMANDS
from cgcli.cli.options import MAYBE
from cgcli.cli.request import Request
from cgcli.diagnostics import CgError, likely, suggestion
from cgcli.language.errors.elsewhere import NAMES

# Commands of other tools, and what does it here.
NAMED = {
    **dict.fromkeys(("calc", "calculate", "evaluate", "compute", "run", "value", "print"), "cg eval"),
    **dict.fromkeys(("derivative", "derive", "differentiate", "symbolic", "deriv", "simplify"), "cg diff"),
    **dict.fromkeys(("gradient", "backprop", "backward", "autodiff", "slope"), "cg grad"),
    **dict.fromkeys(("plot", "draw", "tree", "show", "dot", "picture", "render", "viz", "ast"), "cg graph"),
    **dict.fromkeys(("explain", "steps", "forward", "walk"), "cg trace"),
    **dict.fromkeys(("regress", "regression", "curve_fit", "curvefit", "lm", "nls", "lsq"), "cg fit"),
    **dict.fromkeys(("root", "roots", "fsolve", "zero", "find_root", "equation"), "cg solve"),
    **dict.fromkeys(("optimize", "optimise", "opt", "min", "fmin"), "cg minimize"),
    **dict.fromkeys(("maximize", "maximise", "max"), "cg minimize '-(...)'"),
    **dict.fromkeys(("gradcheck", "verify", "test", "validate", "digits"), "cg check"),
    **dict.fromkeys(("latex", "tex", "c", "python", "sql", "onnx", "code", "compile"), "cg export --to ..."),
    **dict.fromkeys(("functions", "operators", "operations", "list", "funcs"), "cg ops"),
    **dict.fromkeys(("learn", "sgd", "adam"), "cg train"),
    **dict.fromkeys(("integrate", "integral", "quad"), "cg eval 'sum(h*f(x) for x in points)'"),
    **dict.fromkeys(("help", "usage", "man", "info", "docs"), "cg --help"),
    **dict.fromkeys(("version", "about"), "cg --version"),
    **dict.fromkeys(("repl", "shell", "interactive"), "cg eval --lines -"),
    **dict.fromkeys(("rows", "csv", "table", "map"), "cg eval --data FILE"),
}

# Of an argument that is not NAME=VALUE.
AS_IN = "as in x=3; an expression with spaces is one argument: quote it"

_START = "values stand after the program, as in x=3"
_DRAWN = "--style dot"

# Options of other tools, and of other commands: of what does it here, the first that the command has, or a
# sentence.
OPTIONS = {
    "--json": ("--format json", "--style json"),
    "--csv": ("--format csv",),
    "--format": ("--style", "--to"),
    "--to": ("--style",),
    "--style": ("--format", "--to"),
    **dict.fromkeys(("--type", "--as", "--target", "--language", "--lang"), ("--to", "--style", "--format")),
    **dict.fromkeys(("--svg", "--png", "--pdf"), ("--plot", _DRAWN)),
    **dict.fromkeys(("--dot", "--graphviz"), (_DRAWN, "--to dot")),
    **dict.fromkeys(("--ascii", "--plain", "--text"), ("--style ascii", "--color never")),
    **dict.fromkeys(("--no-color", "--no-colour", "--monochrome", "--colour"), ("--color never",)),
    **dict.fromkeys(("--out", "--output", "--save", "--outfile"), ("--out FILE", "--output FILE", "> FILE")),
    **dict.fromkeys(
        ("--precision", "--prec", "--round", "--decimals", "--significant", "--ndigits"), ("--digits N",)
    ),
    **dict.fromkeys(("--at", "--set", "--var", "--value", "--values", "--let", "--point"), (_START,)),
    **dict.fromkeys(("--init", "--initial", "--guess", "--start"), (_START,)),
    **dict.fromkeys(("--expr", "--expression", "--eval"), ("the program is the first argument",)),
    **dict.fromkeys(("--file", "--script", "--program"), ("--file FILE",)),
    **dict.fromkeys(("--input", "--infile", "--csv-file", "--table"), ("--data FILE", "--vars FILE")),
    **dict.fromkeys(("--params", "--parameters", "--variables", "--variable", "--by"), ("--wrt NAMES",)),
    **dict.fromkeys(("--filter", "--query", "--if"), ("--where EXPR",)),
    **dict.fromkeys(("--group-by", "--groupby", "--group"), ("--by NAMES",)),
    **dict.fromkeys(("--agg", "--aggregate", "--sum", "--mean"), ("--reduce mean",)),
    **dict.fromkeys(("--select", "--columns", "--cols", "--with"), ("--keep NAMES",)),
    **dict.fromkeys(("--head", "--limit", "--tail"), ("two rows and the header: ... | head -3",)),
    **dict.fromkeys(("--sort", "--sort-by"), ("without the header: ... | tail -n +2 | sort -t, -g -k2",)),
    **dict.fromkeys(("--range", "--grid", "--sweep", "--from"), ("--over x=0:1:0.25", "--between x=0:10")),
    **dict.fromkeys(("--jobs", "--workers", "--cores"), ("--threads N",)),
    **dict.fromkeys(("--lr", "--learning-rate", "--learning_rate", "--eta"), ("--rate EXPR",)),
    **dict.fromkeys(("--batch-size", "--batchsize"), ("--batch N",)),
    **dict.fromkeys(("--optimizer", "--algorithm", "--solver"), ("--method",)),
    **dict.fromkeys(
        ("--max-iter", "--maxiter", "--iterations", "--max-iterations", "--maxfev"), ("--max-steps N",)
    ),
    **dict.fromkeys(("--tol", "--eps", "--rtol", "--xtol", "--ftol", "--atol"), ("--tolerance X",)),
    **dict.fromkeys(
        ("--subject-to", "--constraint", "--constraints", "--such-that", "--subject"), ("--st EXPR",)
    ),
    **dict.fromkeys(("--lower", "--upper", "--limits"), ("--bounds EXPR",)),
    **dict.fromkeys(("--weights", "--weight", "--error", "--errors", "--yerr"), ("--sigma EXPR",)),
    **dict.fromkeys(("--confidence", "--level", "--alpha"), ("--interval P",)),
    **dict.fromkeys(("--quiet", "--silent"), ("notes and warnings go to stderr: 2>/dev/null",)),
    **dict.fromkeys(
        ("--sep", "--separator", "--delimiter", "--delim"),
        ("what separates cells is seen from the first lines: a comma, `;`, a tab or `|`",),
    ),
    **dict.fromkeys(("--header", "--no-header"), ("the first row names the columns",)),
    **dict.fromkeys(("--maximize", "--maximise", "--max"), ("it is the minimum of the opposite: '-(...)'",)),
    **dict.fromkeys(("--breakpoint", "--break"), ("`break 3` is said in the session",)),
    **dict.fromkeys(("--help-all", "--usage", "--man"), ("`cg --help` and the pages of `man` tell of all",)),
    **dict.fromkeys(("--verbose", "--debug", "--steps"), ("--trace", "`cg trace` has each step")),
}  # fmt: skip

# Choices of options elsewhere.
CHOICES = {
    "tex": "latex", "py": "python", "np": "numpy", "js": "python", "duckdb": "sql", "txt": "text",
    "plain": "ascii", "text": "ascii", "graphviz": "dot", "gradient": "sgd", "average": "mean", "avg": "mean",
    "levenberg": "lm", "null": "null", "nan": "null", "skip": "drop", "yes": "always", "no": "never",
}  # fmt: skip
PICTURES = ("svg", "png", "pdf")


def command(word: str) -> str:
    """A hint at what is meant by a command that is not there."""
    match = likely(word, COMMANDS) or likely(word, NAMED)
    if match:
        return f"did you mean `{NAMED.get(match, match)}`?"
    if not word.isidentifier():
        return f"to compute it, write: cg eval '{word}'"
    return f"the commands are {', '.join(COMMANDS)}"


def option_alone(word: str) -> str | None:
    """A hint at what is meant by what begins with a minus where a command belongs."""
    known = ["--help", "--version", "--install-completion", "--show-completion"]
    if word in ("-V", "-v"):
        return "did you mean `--version`?"
    if not re.fullmatch(r"--?[A-Za-z][\w-]*", word):
        return f"to compute it, write: cg eval '{word}'"
    return suggestion(word, known, "options stand behind a command, as in: cg eval --digits 3 pi")


# What `cg eval` does with rows, for commands that take all rows they are given.
CHOOSING = {
    "--keep": "it writes no table: with what it prints as --vars FILE, `cg eval` does, which has --keep",
    "--reduce": "all rows are taken: cg eval EXPR --data FILE --reduce mean --by NAMES | ... --data -",
    "--over": "rows of a range are made before: cg eval EXPR --over x=0:1:0.25 | ... --data -",
    "--where": "rows are chosen before: cg eval 1 --data FILE --where EXPR --keep all | ... --data -",
    "--by": "each group is a run of its own: cg eval 1 --data FILE --where EXPR --keep all | ... --data -",
}


# How derivatives of each row are had, for commands that have them at one point.
OF_ROWS = "`cg grad` takes rows; second derivatives of rows: cg eval 'diff(x^3, x, 2)' {}"

# What writes code, for commands that write but a derivative.
AS_CODE = "`cg export` writes code, of derivatives, too: cg export --to latex 'diff(x^2, x)'"


def option(name: str, known: Collection[str]) -> str | None:
    """A hint at what is meant by an option that a command does not have; `known` are those it has."""
    if name in CHOOSING and "--data" in known:
        return CHOOSING[name]
    if name in ("--data", "--over") and "--wrt" in known and "--bounds" not in known:
        return OF_ROWS.format("--data FILE" if name == "--data" else "--over x=0:1:0.25")
    if name == "--to" and "--style" not in known:
        return AS_CODE
    for meant in OPTIONS.get(name, ()):
        if not meant.startswith("--"):
            return meant
        if meant.partition(" ")[0] in known:
            return f"here it is `{meant}`"
    elsewhere = [f"`cg {one.name}`" for one in COMMANDS.values() if any(name in o.flags for o in one.options)]
    if elsewhere:
        return f"it is an option of {', '.join(elsewhere)}"
    return suggestion(name, known, "`cg COMMAND --help` lists the options; an expression goes after `--`")


def choice(message: str) -> str | None:
    """A hint at what is meant by a choice that an option does not have, from the message about it."""
    found = re.search(r"'--[\w-]+': '(.{1,30})' is not one of (.*)", message)
    if found is None:
        return None
    known = re.findall(r"'([^']+)'", found[2])
    meant = CHOICES.get(found[1].lower())
    if found[1].lower() in PICTURES and "dot" in known:
        return f"Graphviz draws it: cg graph ... --style dot | dot -T{found[1].lower()}"
    return f"did you mean `{meant}`?" if meant in known else suggestion(found[1], known)


def argument(request: Request, place: int) -> str:
    """A hint at what is meant by the argument at a place behind the program, which is not NAME=VALUE."""
    given = request.arguments
    text, others = given[place], [one for one in given if "=" not in one]
    options = COMMANDS[request.command].options
    for option in options:  # which is given without a value, though one may stand beside it
        file = next((one for one in others if re.search(r"\.[A-Za-z]{2,4}$", one)), None)
        if option.kind == MAYBE and getattr(request, option.field) == "" and file is not None:
            return f"if a file of {option.flags[0]} is meant: its name ends in {', '.join(option.choices)}"
    if re.fullmatch(r"--?[A-Za-z][\w-]*", text):
        return f"if an option is meant, `cg {request.command} --help` lists them"
    if re.fullmatch(r"[^\W\d]\w*:-?[\d.]+", text):
        return f"write {text.replace(':', '=')}"
    for begin, end in ((place, place + 2), (place, place + 3), (place - 1, place + 1)):
        spaced = re.fullmatch(r"([^\W\d]\w*) ?=? ?(-?[\d.]+)", " ".join(given[begin:end]))
        if spaced and begin:
            return f"write {spaced[1]}={spaced[2]}"
    if text.lower().endswith((".csv", ".tsv", ".parquet")) and request.data:
        return "a pattern of files is quoted, as in --data 'd/*.csv'"
    if text.lower().endswith((".csv", ".tsv", ".parquet")):
        return f"rows of a table are read by --data {text}"
    if text.isidentifier() and place == 1 and any("--wrt" in option.flags for option in options):
        return f"to differentiate by it, write --wrt {text}"
    if os.path.exists(text) and len(given) > 3:
        return "quote the expression: the shell takes `*` for the names of files"
    return _quoted(request.command, others) or AS_IN


def _quoted(command: str, arguments: Sequence[str]) -> str:
    """The hint that these are one expression, where they look so."""
    whole = " ".join(arguments)
    looks = len(whole) < 60 and "'" not in whole and re.search(r"(^| )[-+*/^@%]( |$)|[-+*/^(] ", whole)
    return f"an expression with spaces is one argument: cg {command} '{whole}'" if looks else ""


def value(name: str, text: str, refusal: CgError) -> str | None:
    """A hint at what is meant by a value that is no expression of numbers."""
    if re.fullmatch(r"[-+\d.eE\s]+(,[-+\d.eE\s]+)+", text):
        point = "; a decimal point is written `.`" if text.count(",") == 1 else ""
        if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
            point = f"; one number is {text.replace(',', '_')}"
        return f"several numbers are one in brackets: {name}=[{text}]{point}"
    if re.fullmatch(r"[-+\d.]+(:[-+\d.]+)+", text):
        return f"rows of a range are had by `--over {name}={text}`"
    if os.path.isfile(text) or re.fullmatch(r"[\w./\\-]+\.(csv|tsv|json|npy|npz)(:\w+)?", text):
        return f"to read a file, write {name}=@{text}"
    if text == "?":
        return f"a search begins at a number: {name}=1"
    if text[:1] in ("'", '"'):
        return f"values are numbers, and have no quotes: {name}=3"
    united = re.fullmatch(r"([-+]?[\d.]+)\s*(?![eE]\Z)[°$€A-Za-z][\w/^*²³]*", text)
    if united:
        other = (
            "" if " " in text or "°" in text else f"; with names, it stands in the program: {name} = {text}"
        )
        return f"a value is a number, without a unit, as in {name}={united[1]}{other}"
    if text.isidentifier():
        return f"a value is a number or an array, as in {name}={NAMES.get(text, '3')}"
    if "cannot depend on a name" in refusal.diagnostic.message:
        new = f"{name}2" if re.search(rf"\b{name}\b", text) else name
        return f"what is computed from names stands in the program: {new} = {text}"
    return None


def file_of_values(path: str) -> str | None:
    """A hint at what is meant by a file of values that cannot be read."""
    return "values stand after the program: cg eval 'x^2' x=3" if re.match(r"\w+\s*=|\{", path) else None
