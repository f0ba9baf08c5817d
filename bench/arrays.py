"""Arrays in cg beside PyTorch, JAX and HIPS autograd, all in doubles and on the processor.

Run it with the interpreter beside an installed `cg`, on an otherwise idle machine; a peer that is not
installed there is left out:

    pip install torch jax autograd
    python bench/arrays.py                  all, about five minutes
    python bench/arrays.py network hessian  some
    python bench/arrays.py --threads 1      without the threads of BLAS and of the peers

Values and derivatives are compared before anything is timed. Every system runs in a process of its
own, in turn with the others; a ratio is the median of those within a round. Every line is measured in
this run. Milliseconds belong to the machine; ratios carry over, but where another process takes one of
the processors: there, threads that wait for each other take many times as long, and --threads 1 tells
more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import tracemalloc
from pathlib import Path

from measure import CG, installed, limit_threads, processes, ratio, systems, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

AGREE = 1e-10

# What pip calls them, and what is imported.
PEERS = {"PyTorch": ("torch",), "autograd": ("autograd", "scipy"), "JAX": ("jax", "jaxlib")}


def peers(*names: str) -> list[str]:
    """Those of the peers that are installed; says which are not."""
    there = [name for name in names if installed(*PEERS[name])]
    if missing := [name for name in names if name not in there]:
        print(f"\nNot installed, and left out: {', '.join(missing)}")
    return there


class Problem:
    """One problem for all systems: a program of cg, its inputs, and the same in the terms of others.

    inputs      by name, the array as an expression over `random`, NumPy's generator
    wrt         the inputs that the gradient is by
    torch, autograd, jax
                the bodies of functions of the inputs. `np` is the NumPy of autograd or JAX
    """

    def __init__(
        self,
        title: str,
        program: str,
        inputs: dict[str, str],
        wrt: list[str],
        torch: str,
        autograd: str,
        jax: str,
    ) -> None:
        self.title, self.program, self.inputs, self.wrt = title, program, inputs, wrt
        self.torch, self.autograd, self.jax = torch, autograd, jax

    def save(self, path: Path) -> None:
        import numpy as np

        random = np.random.default_rng(0)
        np.savez(path, **{name: eval(text, {"random": random}) for name, text in self.inputs.items()})

    def function(self, body: str) -> str:
        """The source of a Python function of the inputs: those of the gradient, then the rest."""
        names = [*self.wrt, *(name for name in self.inputs if name not in self.wrt)]
        lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
        return f"def f({', '.join(names)}):\n{lines}"


NETWORK = Problem(
    "Network 784-128-10, batch of 256",
    """
input X: [256, 784]; input W1: [784, 128]; input b1: [128]
input W2: [128, 10]; input b2: [10]; input Y: [256, 10]
H = relu(X @ W1 + b1)
Z = H @ W2 + b2
loss = mean(logsumexp(Z, axis=1) - sum(Z*Y, axis=1))
""",
    {
        "X": "random.random((256, 784))",
        "W1": "0.05 * random.standard_normal((784, 128))",
        "b1": "0.1 * random.standard_normal(128)",
        "W2": "0.1 * random.standard_normal((128, 10))",
        "b2": "0.1 * random.standard_normal(10)",
        "Y": "(random.integers(0, 10, 256)[:, None] == range(10)).astype(float)",
    },
    ["W1", "b1", "W2", "b2"],
    """
Z = torch.relu(X @ W1 + b1) @ W2 + b2
return (torch.logsumexp(Z, 1) - (Z*Y).sum(1)).mean()
""",
    """
from autograd.scipy.special import logsumexp
Z = np.maximum(X @ W1 + b1, 0.0) @ W2 + b2
return np.mean(logsumexp(Z, axis=1) - np.sum(Z*Y, axis=1))
""",
    """
from jax.scipy.special import logsumexp
Z = jax.nn.relu(X @ W1 + b1) @ W2 + b2
return np.mean(logsumexp(Z, axis=1) - np.sum(Z*Y, axis=1))
""",
)

LOGDET = Problem(
    "logdet(A @ A.T + eye(300))",
    "input A: [300, 300]; f = logdet(A @ A.T + eye(300))",
    {"A": "random.standard_normal((300, 300))"},
    ["A"],
    "return torch.logdet(A @ A.T + torch.eye(300, dtype=A.dtype))",
    "return np.linalg.slogdet(A @ A.T + np.eye(300))[1]",
    "return np.linalg.slogdet(A @ A.T + np.eye(300))[1]",
)

ROSENBROCK = Problem(
    "Hessian of Rosenbrock's function in 200 variables",
    "input x: [200]; f = sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
    {"x": "random.random(200)"},
    ["x"],
    "return (100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum()",
    "return np.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
    "return np.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
)


# Each of these runs in a process of its own, and returns what is timed there. What that returns, in
# turn, is a value and derivatives, or a Hessian, as arrays of NumPy.


def _read(path: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(path) as file:
        return dict(file)


def _defined(problem: Problem, body: str, **names: Any) -> Any:
    exec(problem.function(body), names)
    return names["f"]


def _ordered(problem: Problem, path: Path) -> list[Any]:
    """The inputs as `Problem.function` takes them."""
    given = _read(path)
    return [*(given.pop(name) for name in problem.wrt), *given.values()]


def cg_gradient(problem: Problem, path: Path) -> Callable[[], Any]:
    import cgcli
    from cgcli.evaluation.derivatives import gradients
    from cgcli.evaluation.prepared import Prepared

    given, program = _read(path), cgcli.parse(problem.program)
    output = program.outputs[0].node
    wrt = [program.inputs[name] for name in problem.wrt]

    def run() -> Any:
        point = Prepared(program, given).point()
        return [point.values[output], *gradients(point, [output], wrt)[0]]

    return run


def torch_gradient(problem: Problem, path: Path) -> Callable[[], Any]:
    import torch

    f = _defined(problem, problem.torch, torch=torch)
    inputs = [torch.from_numpy(array) for array in _ordered(problem, path)]
    wrt = [array.requires_grad_() for array in inputs[: len(problem.wrt)]]

    def run() -> Any:
        value = f(*inputs)
        return [value.item(), *(found.numpy() for found in torch.autograd.grad(value, wrt))]

    return run


def autograd_gradient(problem: Problem, path: Path) -> Callable[[], Any]:
    import autograd
    import autograd.numpy as np

    inputs = _ordered(problem, path)
    f = _defined(problem, problem.autograd, np=np)
    both = autograd.value_and_grad(f, tuple(range(len(problem.wrt))))

    def run() -> Any:
        value, found = both(*inputs)
        return [value, *found]

    return run


def _jax() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def jax_gradient(problem: Problem, path: Path) -> Callable[[], Any]:
    jax = _jax()
    f = _defined(problem, problem.jax, np=jax.numpy, jax=jax)
    inputs = [jax.numpy.asarray(array) for array in _ordered(problem, path)]
    both = jax.jit(jax.value_and_grad(f, tuple(range(len(problem.wrt)))))

    def run() -> Any:
        value, found = both(*inputs)
        return [float(value), *(jax.device_get(array) for array in jax.block_until_ready(found))]

    return run


def cg_hessian(problem: Problem, path: Path) -> Callable[[], Any]:
    import cgcli
    from cgcli.evaluation.derivatives import hessian
    from cgcli.evaluation.prepared import Prepared

    given, program = _read(path), cgcli.parse(problem.program)
    output = program.outputs[0].node

    def run() -> Any:
        return hessian(Prepared(program, given).point(), output, program.inputs)[0]

    return run


def autograd_hessian(problem: Problem, path: Path) -> Callable[[], Any]:
    import autograd
    import autograd.numpy as np

    inputs = _ordered(problem, path)
    whole = autograd.hessian(_defined(problem, problem.autograd, np=np))
    return lambda: [whole(*inputs)]


def jax_hessian(problem: Problem, path: Path, anew: bool, jit: bool) -> Callable[[], Any]:
    jax = _jax()
    f = _defined(problem, problem.jax, np=jax.numpy, jax=jax)
    inputs = [jax.numpy.asarray(array) for array in _ordered(problem, path)]
    whole = jax.jit(jax.hessian(f)) if jit else jax.hessian(f)

    def run() -> Any:
        if anew:
            jax.clear_caches()
        return [jax.device_get(whole(*inputs))]

    return run


# Whole processes. What they read is the same file; cg prints every element of the gradient, the
# others one number of each.

TORCH_SCRIPT = """
import sys
import numpy
import torch

{function}
given = {{name: torch.from_numpy(array) for name, array in numpy.load(sys.argv[1]).items()}}
wrt = [given[name].requires_grad_() for name in {wrt}]
value = f(**given)
print(value.item(), *(found.sum().item() for found in torch.autograd.grad(value, wrt)))
"""

JAX_SCRIPT = """
import sys
import jax
import numpy
import jax.numpy as np

jax.config.update("jax_enable_x64", True)

{function}
given = dict(numpy.load(sys.argv[1]))
inputs = [given.pop(name) for name in {wrt}]
wrt = tuple(range(len(inputs)))
value, found = jax.jit(jax.value_and_grad(f, wrt))(*inputs, *given.values())
print(value, *(array.sum() for array in found))
"""


def _milliseconds(seconds: Sequence[float]) -> str:
    middle = statistics.median(seconds) * 1000
    return f"{middle:.0f}" if middle >= 100 else f"{middle:.2f}"


def _verdict(found: float, limit: float | None) -> str:
    return "" if limit is None else "yes" if found <= limit else "NO"


def _beside(title: str, times: dict[str, list[float]], limits: dict[str, float]) -> None:
    """A table of cg and its peers. `limits` say how many times the time of each cg may take."""
    own = times["cg"]
    rows = [("cg", _milliseconds(own), "", "", "")]
    for name, seconds in times.items():
        if name != "cg":
            found, limit = ratio(own, seconds), limits.get(name)
            told = "" if limit is None else f"{limit:.1f}"
            rows.append((name, _milliseconds(seconds), f"{found:.2f}", told, _verdict(found, limit)))
    table(title, ("", "ms", "cg takes", "at most", "held"), rows)


def _require_agreement(results: dict[str, list[Any]]) -> None:
    import numpy as np

    for name, found in results.items():
        for own, other in zip(results["cg"], found, strict=True):
            if np.shape(own) != np.shape(other):
                raise SystemExit(f"{name} and cg differ in shape: {np.shape(other)}, {np.shape(own)}")
            off = np.max(np.abs(np.subtract(own, other))) / np.max(np.abs(own))
            if not off <= AGREE:
                raise SystemExit(f"{name} and cg differ by {off:.1e}")


def gradient(problem: Problem, calls: int) -> None:
    """Value and gradient, again and again in one process."""
    prepare = {
        "PyTorch": torch_gradient,
        "autograd": autograd_gradient,
        "JAX": jax_gradient,
    }
    names = peers(*prepare)
    with tempfile.TemporaryDirectory() as folder:
        problem.save(path := Path(folder) / "inputs.npz")
        chosen = {"cg": (cg_gradient, problem, path)}
        chosen |= {name: (prepare[name], problem, path) for name in names}
        times, results = systems(chosen, rounds=15, calls=calls)
    _require_agreement(results)
    if "JAX" in times:
        times["JAX, compiled before"] = times.pop("JAX")
    _beside(f"{problem.title}: value and gradient, a call", times, {"PyTorch": 1.3, "autograd": 1.0})


def network() -> None:
    gradient(NETWORK, 10)


def logdet() -> None:
    gradient(LOGDET, 10)


def whole(runs: int = 9) -> None:
    """Value and gradient as a process that starts, reads and ends."""
    scripts = {"PyTorch": (TORCH_SCRIPT, "torch"), "JAX": (JAX_SCRIPT, "jax")}
    names = peers(*scripts)
    for problem in (NETWORK, LOGDET):
        with tempfile.TemporaryDirectory() as folder:
            problem.save(path := Path(folder) / "inputs.npz")
            (source := Path(folder) / "program.cg").write_text(problem.program, "utf-8")
            by = ",".join(problem.wrt)
            commands = {"cg": [CG, "grad", "-f", str(source), "--vars", str(path), "--wrt", by]}
            for name in names:
                text, attribute = scripts[name]
                function = problem.function(getattr(problem, attribute))
                script = Path(folder) / f"{attribute}_script.py"
                script.write_text(text.format(function=function, wrt=problem.wrt), "utf-8")
                commands[name] = [sys.executable, str(script), str(path)]
            times = processes(commands, runs)
        _beside(f"{problem.title}: whole process", times, {"PyTorch": 1.0, "JAX": 1.0})


def hessian() -> None:
    names = peers("autograd", "JAX")
    with tempfile.TemporaryDirectory() as folder:
        ROSENBROCK.save(path := Path(folder) / "inputs.npz")
        of: dict[str, tuple[Any, ...]] = {"cg": (cg_hessian, ROSENBROCK, path)}
        if "autograd" in names:
            of["autograd"] = (autograd_hessian, ROSENBROCK, path)
        if "JAX" in names:
            of["JAX, jit and its compilation"] = (jax_hessian, ROSENBROCK, path, True, True)
            of["JAX, without jit, first call"] = (jax_hessian, ROSENBROCK, path, True, False)
            of["JAX, compiled before"] = (jax_hessian, ROSENBROCK, path, False, True)
        times, results = systems(of, rounds=9, calls=1)
    _require_agreement(results)
    limits = {name: 1.0 for name in times if name not in ("cg", "JAX, compiled before")}
    _beside(ROSENBROCK.title, times, limits)


# Memory


def chain(steps: int = 5) -> str:
    """Elementwise and matrix operations over arrays of 10^6 doubles, each on the one before."""
    lines = ["input X: [1000, 1000]; input W: [1000, 1000]; input b: [1000]", "h0 = X"]
    for step in range(steps):
        lines.append(f"h{step + 1} = relu(tanh(sin(h{step}) @ W + b) * exp(-h{step}))")
    lines.append(f"mean(h{steps}^2)")
    return "\n".join(lines)


def _bound(point: Any, output: int, wrt: Sequence[int]) -> tuple[int, int, int]:
    """Bytes of the values but those of the inputs; the most bytes of adjoints that are live at once;
    and how many nodes there are."""
    graph, values = point.graph, point.values
    active = graph.dependents(wrt)
    size = [8 * _count(point.algebra.shape(value)) for value in values]
    inputs = set(point.program.inputs.values())
    kept = sum(size[node] for node, args in enumerate(graph.args) if node not in inputs and args)
    live, most = {output}, 0
    for node in range(output, -1, -1):
        if node in live and active[node]:
            live.update(operand for operand in graph.args[node] if active[operand])
            most = max(most, sum(size[one] for one in live))
            if node not in wrt:
                live.discard(node)
    return kept, most, sum(size[node] >= 8e6 for node in range(output + 1))


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def memory() -> None:
    import numpy as np

    import cgcli
    from cgcli.evaluation.derivatives import gradients
    from cgcli.evaluation.prepared import Prepared

    program, random = cgcli.parse(chain()), np.random.default_rng(0)
    given = {
        "X": random.standard_normal((1000, 1000)),
        "W": 0.03 * random.standard_normal((1000, 1000)),
        "b": random.standard_normal(1000),
    }
    output = program.outputs[0].node
    wrt = list(program.inputs.values())
    gradients(Prepared(program, given).point(), [output], wrt, spend=True)  # all is imported
    tracemalloc.start()
    point = Prepared(program, given).point()
    now, forward = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    values, adjoints, nodes = _bound(point, output, wrt)
    found = gradients(point, [output], wrt, spend=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found[0]) == len(wrt)
    rows = []
    for name, measured, bound in (
        ("values", now, values),
        ("at most, in the forward pass", forward, values),
        ("at most, in the gradient", max(forward, peak), values + adjoints),
    ):
        limited = name == "at most, in the gradient"
        share = measured / bound
        rows.append(
            (
                name,
                f"{measured / 1e6:.1f}",
                f"{bound / 1e6:.1f}",
                f"{share:.3f}",
                "1.0" if limited else "",
                _verdict(share, 1.0) if limited else "",
            )
        )
    table(
        f"Memory of a gradient, {nodes} nodes of 10^6 doubles: values, and an adjoint for each live node",
        ("", "MB", "graph", "ratio", "at most", "held"),
        rows,
    )


def startup(runs: int = 41) -> None:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "cg eval '1+1'": [CG, "eval", "1+1"],
        "cg eval '[1,2]+1'": [CG, "eval", "[1,2]+1"],
        "cg grad 'sum(x^2)' 'x=[1,2]'": [CG, "grad", "sum(x^2)", "x=[1,2]"],
    }
    times = processes(commands, runs)
    rows = []
    for name, seconds in times.items():
        found, limit = ratio(seconds, times["python -c pass"]), 4.5 if name == "cg eval '1+1'" else None
        told = "" if limit is None else f"{limit}"
        rows.append((name, _milliseconds(seconds), f"{found:.2f}", told, _verdict(found, limit)))
    table(f"Start-up, median of {runs}", ("", "ms", "ratio", "at most", "held"), rows)


def main() -> None:
    parts = {
        "network": network, "logdet": logdet, "whole": whole, "hessian": hessian, "memory": memory,
        "startup": startup,
    }  # fmt: skip
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    arguments.add_argument("--threads", type=int, help="as many threads for every system")
    chosen = arguments.parse_args()
    if chosen.threads is not None:
        limit_threads(chosen.threads)
    for name in chosen.parts or parts:
        if name not in parts:
            raise SystemExit(f"no part {name}: there are {', '.join(parts)}")
        parts[name]()


if __name__ == "__main__":
    main()
