"""The options of the commands, as plain data: Typer is told of them, and `arguments` reads them."""

from __future__ import annotations

from cgcli.annotations import Any

TEXT, FLAG, NAMES, NUMBER, REAL, REPEATED = "text", "flag", "names", "number", "real", "repeated"

# A text that may be left out: what follows is it where it ends in one of the `choices`.
MAYBE = "maybe"


class Option:
    """An option.

    field       of the `Request` that holds its value
    flags       how it is written
    kind        TEXT; FLAG, which takes no value; NAMES, as in `a,b`; NUMBER, a whole one within
                `bounds`, both of them in, from 1 on if nothing is said; REAL, another that is finite;
                MAYBE, a file; REPEATED, a text that may be given again
    choices     the texts that it takes, where they are few
    default     its value where it is not given
    required    whether there is no default
    """

    metavar: str | None = None
    choices: tuple[str, ...] = ()
    bounds: tuple[int | None, int | None] = None, None
    default: Any = None
    required = False

    def __init__(self, field: str, help: str, kind: str = TEXT, **given: Any) -> None:
        self.field, self.help, self.kind, self.flags = field, help, kind, (f"--{field.replace('_', '-')}",)
        vars(self).update(OF_KIND.get(kind, {}) | given)


# What options of a kind have, where an option does not say it.
OF_KIND: dict[str, dict[str, Any]] = {
    FLAG: {"default": False}, NAMES: {"metavar": "NAMES"}, NUMBER: {"metavar": "N", "bounds": (1, None)},
    REAL: {"metavar": "X"},
}  # fmt: skip


FILES = Option(
    "files", "Read the program from FILE; may be repeated.", REPEATED, flags=("-f", "--file"), metavar="FILE"
)
VARS = Option(
    "vars_files",
    "Values of inputs by name: JSON, TOML, .npz or output of cg, - for stdin; may be repeated.",
    REPEATED,
    flags=("--vars",),
    metavar="FILE",
)
BAD = Option(
    "bad",
    "What to do with cells of tables that are missing or no numbers: nan, or leave out the row.",
    choices=("null", "drop"),
)
SHOW = Option("show", "Show these names of the program, not its outputs; may be repeated.", NAMES)
WRT = Option("wrt", "Differentiate by these names, not by all inputs; may be repeated.", NAMES)
MODE = Option("mode", "The way to differentiate; reverse if not given.", choices=("reverse", "forward"))
ANY_MODE = Option(
    "mode",
    "The way to differentiate; auto takes the one of fewer passes.",
    choices=("auto", "reverse", "forward"),
    default="auto",
)
ALONG = Option(
    "along", "The derivative along this direction; may be repeated.", REPEATED, metavar="NAME=VALUE"
)
TIMES = Option(
    "along",
    "The Hessian times this direction; may be repeated.",
    REPEATED,
    flags=("--times",),
    metavar="NAME=VALUE",
)
SEED = Option("seed", "Weights for the elements of an output array.", metavar="VALUE")
ORDER = Option("order", "The order of the derivative.", NUMBER, bounds=(1, 20), default=1)
TEXT_FORMAT = Option("format", "The form of the output.", choices=("text", "json"), default="text")
FORMAT = Option("format", "The form of the output.", choices=("text", "json", "csv"), default="text")
DIGITS = Option("digits", "Round to N significant digits.", NUMBER, bounds=(1, 17))
CHECK_DIGITS = Option("digits", "Round to N significant digits.", NUMBER, bounds=(1, 17), default=10)
COLOR = Option("color", "Colour the output.", choices=("auto", "always", "never"), default="auto")
STRICT = Option("strict", "Fail where a value is not finite.", FLAG)
LINES = Option("lines", "Take every line as a program of its own.", FLAG)
FAST = Option("fast", "Rewrite by rules that are equal up to rounding, too.", FLAG)
FULL = Option("full", "Show arrays whole, however long.", FLAG)
EXPAND = Option(
    "expand", "Draw the rounds of loops and the calls of recursion, and not one node for all.", FLAG
)
DEPTH = Option("depth", "Levels of the tree to draw; 0 for all.", NUMBER, bounds=(0, None), default=10)
STYLE = Option(
    "style", "How to draw it.", choices=("tree", "ascii", "list", "dot", "mermaid", "json"), default="tree"
)
PLAN_STYLE = Option("style", "How to show it.", choices=("list", "json", "dot"), default="list")
ADJOINTS = Option("grad", "Show the adjoint of each node.", FLAG)
PLANNED_GRADIENT = Option("grad", "Of rows (--data, --over): their values with gradients.", FLAG)
GRADIENT = Option("grad", "The value and its gradient together.", FLAG)
TARGETS = ("latex", "python", "numpy", "c", "sql", "dot", "mermaid", "onnx")
TO = Option("to", "The language to write.", choices=TARGETS, required=True)
OUTPUT = Option("output", "Write to FILE, not to stdout.", flags=("-o", "--output", "--out"), metavar="FILE")
NAME = Option("name", "The name of the function; f where none is given.", metavar="NAME")
TABLE = Option("table", "The table that SQL reads; data where none is given.", metavar="NAME")

MAX_OPS = Option("max_ops", "Stop a program that runs after N operations; 1e8 if not given.", metavar="N")
TIMEOUT = Option("timeout", "Stop what takes longer: a program, its rows, a search.", metavar="SECONDS")

# Rows
DATA = Option("data", "Rows of FILE: columns are inputs; may be repeated.", REPEATED, metavar="FILE")
OVER = Option(
    "over", "Rows of a range or vector: x=0:1:0.25; several are a grid.", REPEATED, metavar="NAME=RANGE"
)
OUT = Option("out", "Write the table to FILE, in the form of its ending.", metavar="FILE")
KEEP = Option("keep", "Columns to hand on, or `all`; may be repeated.", NAMES)
WHERE = Option("where", "Only rows for which EXPR holds.", metavar="EXPR")
BY = Option("by", "With --reduce, a row for each group of these columns' values.", NAMES)
REDUCE = Option("reduce", "One row for all.", choices=("sum", "mean", "min", "max", "count"))
THREADS = Option("threads", "At most N threads.", NUMBER, bounds=(1, 1024))
ENGINE = Option(
    "engine",
    "How rows and loops are computed.",
    choices=("auto", "kernel", "python", "plain"),
    default="auto",
)
DATA_FORMAT = Option(
    "data_format", "What stdin, or a file without such an ending, holds; CSV where it is not said.",
    choices=("csv", "tsv", "jsonl", "parquet", "arrow"),
)  # fmt: skip
TYPES = Option(
    "types", "Read texts as numbers, or hand numbers on as texts; may be repeated.", NAMES,
    metavar="NAME=float|text",
)  # fmt: skip
ON = Option("on", "Compute on a cluster: dask, dask:ADDRESS or spark.", metavar="CLUSTER")
TABLES = (DATA, TYPES, DATA_FORMAT, OVER, KEEP, WHERE, BY, REDUCE, THREADS, ENGINE)
ROWS = (DATA, DATA_FORMAT, TYPES, OVER, OUT, KEEP, WHERE, BY, REDUCE, THREADS, ENGINE, ON)


# Unknowns
UNKNOWNS = Option("wrt", "The unknowns, if not all inputs that have a value by an expression.", NAMES)
BOUNDS = Option(
    "bounds", "Bounds of unknowns, as in 'a > 0; 0 < b < 10'; may be repeated.", REPEATED, metavar="EXPR"
)
MAX_STEPS = Option("max_steps", "At most N iterations.", NUMBER)
TOLERANCE = Option("tolerance", "Stop once the relative error of each unknown is below X.", REAL)
STARTS = Option("starts", "Begin from N points, and take the best.", NUMBER, bounds=(1, 100_000))
RANDOM = Option(
    "random_seed",
    "What further starts are drawn by.",
    NUMBER,
    flags=("--seed",),
    metavar="S",
    bounds=(0, None),
)
RESULT = Option("out", "Write the unknowns to FILE: .toml, .json or .npz.", metavar="FILE")
STEPS = Option("trace", "Tell of each step on stderr.", FLAG)
SENSITIVITY = Option("sensitivity", "Derivatives of the answer by these, which are held fixed.", NAMES)
LINES_DATA = (DATA, DATA_FORMAT, TYPES)
SOLVING = (UNKNOWNS, BOUNDS, MAX_STEPS, TOLERANCE, STARTS, RANDOM, RESULT, STEPS, SENSITIVITY)
SIGMA = Option(
    "sigma", "The standard deviation of a row's data; repeated, one for each model.", REPEATED, metavar="EXPR"
)
LOSS = Option(
    "loss",
    "What is summed of each residual.",
    choices=("linear", "huber", "soft_l1", "cauchy"),
    default="linear",
)
LEVEL = Option(
    "interval", "The chance that an interval holds the parameter.", REAL, metavar="P", default=0.95
)
PREDICT = Option("predict", "Write a table of the fit and its bands to FILE.", metavar="FILE")
FIT_METHOD = Option("method", "How to fit.", choices=("auto", "lm"), default="auto")
SOLVE_METHOD = Option("method", "How to solve.", choices=("auto", "newton", "hybr"), default="auto")
BETWEEN = Option("between", "Roots of one unknown in a range: x=0:10.", metavar="NAME=LOW:HIGH")
ALL = Option("all_roots", "Every root with a change of sign in the range.", FLAG, flags=("--all",))

# Training
DROP = Option("bad", "Leave out rows with cells that are missing or no numbers.", choices=("drop",))
TRAIN_METHOD = Option("method", "What a step does.", choices=("adam", "sgd"), default="adam")
RATE = Option(
    "rate", "The size of steps: a number, or an expression in step, epoch and epochs.", metavar="EXPR"
)
MOMENTUM = Option("momentum", "With sgd: what part of the last step is taken again.", REAL)
ROWS_A_STEP = Option("batch", "Rows of a step.", NUMBER, default=32)
EPOCHS = Option("epochs", "How often all rows are seen.", NUMBER, default=10)
ORDER_SEED = Option(
    "random_seed", "What the order of rows is drawn by; 0 if not given.", NUMBER, flags=("--seed",),
    metavar="S", bounds=(0, None),
)  # fmt: skip
VALIDATION = Option(
    "validation", "Rows of FILE that are not trained on: their loss is told after each epoch.", metavar="FILE"
)
PATIENCE = Option("patience", "Stop when N epochs in a row were no better, and take the best.", NUMBER)
CHECKPOINT = Option("checkpoint", "Write how far it has come to FILE after each epoch.", metavar="FILE")
RESUME = Option("resume", "Go on from a FILE of --checkpoint.", metavar="FILE")
LOG = Option("log", "Write the loss of each step to FILE, as CSV.", metavar="FILE")
BUFFER = Option("buffer", "Rows that are shuffled together, where not all fit in memory.", NUMBER)
TRAINING = (
    TRAIN_METHOD, RATE, MOMENTUM, ROWS_A_STEP, EPOCHS, ORDER_SEED, VALIDATION, PATIENCE, CHECKPOINT, RESUME,
    LOG, BUFFER,
)  # fmt: skip

# Minimising
SUCH_THAT = Option(
    "st", "Constraints, as in 'x^2 + y^2 <= 2; x == y'; may be repeated.", REPEATED, metavar="EXPR"
)
MINIMIZE_METHOD = Option(
    "method", "How to minimise; auto chooses by the problem.",
    choices=(
        "auto", "trust-exact", "trust-krylov", "newton-cg", "bfgs", "l-bfgs-b", "tnc", "slsqp",
        "interior-point", "trust-constr",
    ),
    default="auto",
)  # fmt: skip
PLOT = Option(
    "plot", "Draw data, curve and residuals: in the terminal, or to FILE (.png, .svg, .pdf).", MAYBE,
    metavar="[FILE]", choices=(".png", ".svg", ".pdf"),
)  # fmt: skip
