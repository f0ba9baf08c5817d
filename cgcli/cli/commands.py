"""The commands, as plain data: what each takes, and what it says of itself."""

from __future__ import annotations

from cgcli.cli import options as o
from cgcli.cli.options import Option


class Command:
    """A command.

    name        which module has it: `guard.command`
    options     in the order of its help
    help        what it does, and an example in a paragraph of its own
    summary     one line, in the list of all commands
    operands    what its arguments are called, and are
    """

    def __init__(
        self,
        name: str,
        options: tuple[Option, ...],
        help: str,
        summary: str | None = None,
        operands: tuple[str, str] = (
            "[EXPR] [NAME=VALUE]...",
            "The program, or `-` for stdin, and values of its inputs, such as 2, [1, 2] or @FILE.",
        ),
    ) -> None:
        self.name, self.options, self.help = name, options, help
        self.summary = summary or help.partition("\n")[0]
        self.operands = operands


_LIMITS = (o.MAX_OPS, o.TIMEOUT)
_PROGRAM = (o.FILES, o.VARS, o.BAD, *_LIMITS)
_VALUES = (o.STRICT, o.FORMAT, o.DIGITS, o.COLOR)

COMMANDS = {
    command.name: command
    for command in (
        Command(
            "eval",
            (*_PROGRAM, o.SHOW, o.LINES, o.FAST, *o.ROWS, *_VALUES),
            "Print the value of each output.\n\ncg eval '(a + b) * (b - c)' a=2 b=1 c=0.5",
        ),
        Command(
            "grad",
            (*_PROGRAM, o.WRT, o.MODE, o.ALONG, o.SEED, o.SHOW, o.LINES, o.FAST, *o.ROWS, *_VALUES),
            "Print each output and its derivative by each input.\n\n"
            "cg grad '(a + b) * (b - c)' a=2 b=1 c=0.5",
        ),
        Command(
            "jacobian",
            (*_PROGRAM, o.WRT, o.ANY_MODE, o.SHOW, o.LINES, *_VALUES),
            "Print each output, of any shape, and its derivative by each input: an array whose axes "
            "are those of the output, then those of the input.\n\ncg jacobian '[x*y, x + y]' x=3 y=2",
            "Print the derivative of outputs that are arrays.",
        ),
        Command(
            "hessian",
            (*_PROGRAM, o.WRT, o.TIMES, o.SHOW, o.LINES, *_VALUES),
            "Print each output and its second derivatives by every pair of inputs.\n\n"
            "cg hessian 'x^2*y' x=3 y=2",
            "Print the second derivatives.",
        ),
        Command(
            "diff",
            (*_PROGRAM, o.WRT, o.ORDER, o.SHOW, o.LINES, o.TEXT_FORMAT, o.COLOR),
            "Print the derivative as a program; inputs that have a value are replaced by it.\n\n"
            "cg diff 'x^2 * sin(x)' --wrt x",
            "Print the derivative as a program.",
        ),
        Command(
            "graph",
            (*_PROGRAM, o.STYLE, o.ADJOINTS, o.SHOW, o.DEPTH, o.EXPAND, o.FULL, o.STRICT, o.DIGITS, o.COLOR),
            "Draw the computational graph; with values of the inputs, each node shows its value.\n\n"
            "cg graph 'd = a + b; e = b - c; Y = d * e' a=2 b=1 c=0.5 --grad",
            "Draw the computational graph.",
        ),
        Command(
            "trace",
            (*_PROGRAM, o.SHOW, o.FULL, o.STRICT, o.TEXT_FORMAT, o.DIGITS, o.COLOR),
            "Write out the forward pass and the backward pass, step by step, with the chain rule.\n\n"
            "cg trace 'd = a + b; e = b - c; Y = d * e' a=2 b=1 c=0.5",
            "Write out both passes, step by step.",
        ),
        Command(
            "debug",
            (*_PROGRAM, o.DIGITS, o.COLOR),
            "Run a program statement by statement, forward and back, and look at its values, its graph "
            "and its derivatives on the way. What to do is read from the terminal or from stdin; `help` "
            "lists the words.\n\ncg debug 'd = a + b; e = b - c; Y = d * e' a=2 b=1 c=0.5",
            "Run a program step by step, forward and back.",
        ),
        Command(
            "fit",
            (
                *_PROGRAM,
                *o.LINES_DATA,
                o.OVER,
                *o.SOLVING,
                o.SIGMA,
                o.LOSS,
                o.LEVEL,
                o.PREDICT,
                o.PLOT,
                o.FIT_METHOD,
                o.TEXT_FORMAT,
                o.DIGITS,
                o.COLOR,
            ),
            "Fit the parameters of a model to data, by least squares.\n\n"
            "cg fit 'y ~ a*exp(-b*t)' --data decay.csv a=1 b=0.1",
            "Fit a model to data.",
        ),
        Command(
            "solve",
            (*_PROGRAM, *o.SOLVING, o.BETWEEN, o.ALL, o.SOLVE_METHOD, o.TEXT_FORMAT, o.DIGITS, o.COLOR),
            "Solve equations for their unknowns.\n\ncg solve 'x^2 == a; x + y == 3' x=1 y=1 a=2 --wrt x,y",
            "Solve equations.",
        ),
        Command(
            "check",
            (*_PROGRAM, o.WRT, o.SHOW, o.STRICT, o.TEXT_FORMAT, o.CHECK_DIGITS, o.COLOR),
            "Compare reverse mode, forward mode and a numeric derivative; fail where they disagree.\n\n"
            "cg check 'sin(x) * y^2' x=1 y=2",
            "Compare exact and numeric derivatives.",
        ),
        Command(
            "plan",
            (*_PROGRAM, o.PLAN_STYLE, o.FAST, o.SHOW, *o.TABLES, o.PLANNED_GRADIENT, o.WRT, o.COLOR),
            "Show what becomes of the graph before data come: rules, schedule, buffers, cost.\n\n"
            "cg plan 'sin(x)^2 + sin(x)'",
            "Show what becomes of a static graph.",
        ),
        Command(
            "export",
            (
                *(o.TO, o.FILES, o.OUTPUT, o.VARS, o.BAD, *_LIMITS),
                *(o.NAME, o.TABLE, o.GRADIENT, o.WRT, o.SHOW, o.COLOR),
            ),
            "Write the outputs as code for elsewhere; inputs that have a value are replaced by it.\n\n"
            "cg export --to c --grad 'x^2 * sin(x)'",
            "Write a program as code for elsewhere.",
        ),
        Command(
            "minimize",
            (
                *(*_PROGRAM, o.SUCH_THAT, *o.SOLVING, o.MINIMIZE_METHOD),
                *(o.TEXT_FORMAT, o.DIGITS, o.COLOR),
            ),
            "Find the unknowns for which the one output of a program, a number, is least.\n\n"
            "cg minimize '(1 - x)^2 + 100*(y - x^2)^2' x=-1 y=1 --st 'x^2 + y^2 <= 2'",
            "Find where an expression is least.",
        ),
        Command(
            "train",
            (
                *(o.FILES, o.VARS, *_LIMITS, *o.LINES_DATA, o.DROP, o.UNKNOWNS, *o.TRAINING, o.BOUNDS),
                *(o.MAX_STEPS, o.TOLERANCE, o.STARTS, o.SENSITIVITY, o.RESULT, o.STEPS),
                *(o.TEXT_FORMAT, o.DIGITS, o.COLOR),
            ),
            "Find parameters that make the mean of a loss over rows small, by steps over a few rows "
            "each. The program gives the loss of one row.\n\n"
            "cg train '(y - (a*x + b))^2' --data points.csv a=0 b=0 --rate 0.1",
            "Train parameters by steps over a few rows each.",
        ),
        Command(
            "ops",
            (o.TEXT_FORMAT, o.COLOR),
            "List the operations, or show all that is known of some.\n\ncg ops atan2",
            "List the operations, or show some in full.",
            ("[NAME]...", "Functions or operators."),
        ),
    )
}
