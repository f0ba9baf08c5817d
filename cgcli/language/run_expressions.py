"""Expressions of programs that run, to pieces of a tree: straight-line code goes into the graph of a block,
and calls, branches and comprehensions cut it.

The postfix code is read with a stack of operands. What has to be computed later than it stands, or perhaps
not at all, is a span of code of its own; spans are tasks on a stack, so that depth is limited by memory only.
"""

from __future__ import annotations

from cgcli.annotations import Any, Callable
from cgcli.control.structures import APPEND, FIELD, GATHER, LATE, LIST, PART, without_slots
from cgcli.control.tree import Call, For, If, Items, Range, Seq
from cgcli.language import calls, errors, own_calls
from cgcli.language import sought_in_blocks as sought
from cgcli.language.builder import Builder, Named, Number
from cgcli.language.expressions import ARRAY_OPERATORS, OPERATORS, RELATIONS
from cgcli.language.spans import regions
from cgcli.language.subscripts import subscript_count, subscripts
from cgcli.language.syntax import Statement, Syntax
from cgcli.ops import DIFFERENTIATIONS, FUNCTIONS, OPS, SOUGHT
from cgcli.ops.entry import ArrayOp


class Pieces:
    """Reads runs of code into parts of a tree, statement by statement.

    resolve     what a name means: of the name and its item of code, a `Named` or a `Number`
    user        the user's functions by name: the statements of each, its head first
    met         told of each call of one: its name, the item of code, whether no branch or loop is around it
    """

    def __init__(
        self,
        syntax: Syntax,
        resolve: Callable[[str, int], Any],
        user: dict[str, list[Statement]],
        met: Callable[[str, int, bool], None],
        program: Any,
    ) -> None:
        self.syntax, self._resolve, self.user, self.met, self.program = syntax, resolve, user, met, program
        self.builder = Builder(syntax)
        self.renamed: dict[str, list[str]] = {}  # variables of comprehensions, and what is sought

    # Reading

    def read(self, begin: int, end: int) -> Any:
        """The operand that a run of code computes."""
        self.leave(begin, end)
        return self.builder.stack.pop()

    def leave(self, begin: int, end: int) -> None:
        """Read a run of code whose operands, one or more, stay on the stack."""
        self._regions, self._spans = regions(self.syntax, begin, end, self.user)
        self.tasks: list[Any] = [(begin, end)]
        while self.tasks:
            task = self.tasks.pop()
            if task.__class__ is tuple:
                self._span(*task)
            else:
                task()

    def _span(self, item: int, end: int) -> None:
        syntax, stack, user = self.syntax, self.builder.stack, self.user
        code, payloads = syntax.code, syntax.payloads
        while item < end:
            lazy = self._regions.get(item)
            if lazy and lazy[-1] < end:
                region = lazy.pop()
                self.tasks.append((region + 1, end))
                self._later(region)
                return
            meaning, payload = code[item], payloads[item]
            if meaning == "name":
                renamed = self.renamed.get(payload)
                place = syntax.place(item)
                found = Named(renamed[-1], *place) if renamed else self._resolve(payload, item)
                if found.__class__ is tuple:
                    source, axis = found
                    found = self.builder.add(OPS["size"], (Named(source, *place),), item, {"axis": axis})
                stack.append(found)
            elif meaning == "number":
                stack.append(Number(payload, *syntax.place(item)))
            elif meaning == "string":
                stack.append(payload)
            elif (operator := OPERATORS.get(meaning)) is not None:
                op, arity = operator
                stack[-arity:] = [self.builder.add(op, tuple(stack[-arity:]), item)]
            elif meaning == "compare":
                stack[-2:] = [self.builder.add(RELATIONS[payload], tuple(stack[-2:]), item)]
            elif meaning == "compare_next":
                # a < b < c: the operand in the middle is the last one of the link before
                link, relation = stack[-2], RELATIONS[payload]
                following = self.builder.add(relation, (self.builder.middle(link), stack[-1]), item)
                stack[-2:] = [self.builder.add(OPS["and_"], (link, following), item)]
            elif meaning in ARRAY_OPERATORS:
                count = payload if meaning == "array" else 1 if meaning == "transpose" else 2
                operands = tuple(stack[len(stack) - count :])
                del stack[len(stack) - count :]
                stack.append(self.builder.add(OPS[meaning], operands, item))
            elif meaning == "index":
                self._index(item)
            elif meaning == "field":
                stack[-1] = self.builder.structure(FIELD, (stack[-1],), item, {"name": payload})
            elif meaning == "call":
                count = payload[1]
                arguments = stack[len(stack) - count :]
                del stack[len(stack) - count :]
                if payload[0] in user:
                    self._call_user(item, arguments)
                else:
                    stack.append(self._call(item, arguments))
            elif meaning == "range":
                pass  # its ends stay on the stack
            elif meaning != "pos":  # +x is x
                raise AssertionError(meaning)
            item += 1

    # What is computed later, or not at all

    def _later(self, item: int) -> None:
        """Put what an item of `LAZY` needs onto the tasks."""
        meaning, spans = self.syntax.code[item], [*self._spans[item], item]
        steps: list[Any]
        if meaning == "choose":
            cond, then, other, _ = spans
            steps = [(cond, then), self._if, (then, other), self._else, (other, item), self._end_if]
        elif meaning == "comprehension":
            steps = self._comprehension(item, spans)
        elif meaning == "call":
            steps = sought.steps(self, item, spans)
        else:
            left, right, _ = spans

            def decided(value: float) -> Callable[[], None]:
                return lambda: self.builder.stack.append(Number(value, *self.syntax.place(item)))

            def is_true() -> None:
                zero = Number(0.0, *self.syntax.place(item))
                self.builder.stack[-1] = self.builder.add(OPS["ne"], (self.builder.stack[-1], zero), item)

            steps = [(left, right), self._if, (right, item), is_true, self._else, decided(0.0), self._end_if]
            if meaning == "or_":
                rest = [self._else, (right, item), is_true, self._end_if]
                steps = [(left, right), self._if, decided(1.0), *rest]
        self.tasks += reversed(steps)

    def _if(self) -> None:
        condition = self.builder.slot(self.builder.stack.pop())
        self.builder.open()
        # what waits below is in slots from here on
        self.builder.stack.append((condition, self.builder.hidden()))

    def _branch(self) -> str:
        operand, (_, value) = self.builder.stack.pop(), self.builder.stack[-1]
        self.builder.write(value, operand)
        return str(value)

    def _else(self) -> None:
        self._branch()
        then = self.builder.closed()
        condition, value = self.builder.stack.pop()
        self.builder.open()
        self.builder.stack.append(((condition, then), value))

    def _end_if(self) -> None:
        self._branch()
        other = self.builder.closed()
        (condition, then), value = self.builder.stack.pop()
        self.builder.emit(If(condition, then, other, *self.builder.place, value=value))
        self.builder.stack.append(Named(value, *self.builder.place))

    def _comprehension(self, item: int, spans: list[int]) -> list[Any]:
        syntax = self.syntax
        variable, _, over, last = syntax.payloads[item]
        over, last = item - over, item - last
        element, filtered = spans[0], last < item

        def opened() -> None:
            loop = self.over(last)
            gathered, name = self.builder.hidden(), self.builder.hidden()
            self.builder.writes[gathered] = self.builder.structure(LIST, (), item)
            self.builder.open()
            self.renamed.setdefault(variable, []).append(name)
            self.builder.stack.append((loop, gathered, name))

        def held() -> None:
            condition = self.builder.slot(self.builder.stack.pop())
            self.builder.open()
            self.builder.stack.append((condition,))

        def ended() -> None:
            value = self.builder.stack.pop()
            (condition,) = self.builder.stack.pop() if filtered else ("",)
            loop, gathered, name = self.builder.stack[-1]
            here = Named(gathered, *self.syntax.place(item))
            self.builder.writes[gathered] = self.builder.structure(APPEND, (here, value), item)
            if filtered:
                then = self.builder.closed()
                self.builder.emit(If(condition, then, Seq(), *self.builder.place))
            body = self.builder.closed()
            self.builder.stack.pop()
            self.renamed[variable].pop()
            self.builder.emit(For(name, loop, body, *self.builder.place))
            self.builder.stack.append(self.builder.structure(GATHER, (here,), item))

        steps: list[Any] = [(over, self.before_range(last)), opened]
        if filtered:
            steps += [(last, item), held]
        return [*steps, (element, over), ended]

    def before_range(self, end: int) -> int:
        """The end of the code of what a loop goes over, without the range that it may be."""
        code, payload = self.syntax.code[end - 1], self.syntax.payloads[end - 1]
        named = code == "call" and payload[0] == "range" and "range" not in self.user
        return end - (code == "range" or (named and not payload[2] and 1 <= payload[1] <= 3))

    def over(self, end: int) -> Range | Items:
        """What a loop goes over, whose code has been read up to there (`before_range`)."""
        builder, stack = self.builder, self.builder.stack
        if self.before_range(end) == end:
            return Items(builder.slot(stack.pop()))
        payload = self.syntax.payloads[end - 1]
        count = payload[1] if payload else 2
        bounds = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        if payload and count == 1:
            bounds.insert(0, Number(0.0, *self.syntax.place(end - 1)))
        first, last, *step = map(builder.slot, bounds)
        return Range(first, last, step[0] if step else None, is_closed=not payload)

    def part(self, of: Any, path: list[Any], levels: list[int]) -> Any:
        """The operand that is a part of another one, by a path (`Store.path`)."""
        for level, item in zip(path, levels):
            if isinstance(level, str):
                of = self.builder.structure(FIELD, (of,), item, {"name": level})
                continue
            slots, at, bounds = without_slots(level)
            operands = tuple(Named(slot, *self.syntax.place(item)) for slot in slots)
            of = self._taken(of, operands, at, bounds, item)
        return of

    def _taken(self, base: Any, operands: Any, at: Any, bounds: Any, item: int) -> int:
        if any(bounds):
            return self.builder.structure(PART, (base, *operands), item, {"at": at, "bounds": bounds})
        return self.builder.add(OPS["index"], (base, *operands), item, {"at": at})

    # Calls

    def _call_user(self, item: int, arguments: list[Any]) -> None:
        syntax = self.syntax
        name = syntax.payloads[item][0]
        calls.check_user_call(syntax, item, self.user[name][0], str in map(type, arguments))
        self.met(name, item, self.builder.depth == 2)
        slots = tuple(map(self.builder.slot, arguments))
        result = self.builder.hidden()
        self.builder.emit(Call(name, slots, result, self.syntax.place(item), *self.builder.place))
        self.builder.stack.append(Named(result, *self.syntax.place(item)))

    def _call(self, item: int, arguments: list[Any]) -> int:
        syntax = self.syntax
        name, count, keywords = syntax.payloads[item]
        if name in own_calls.FUNCTIONS:
            return own_calls.call(self.builder, item, arguments)
        op = FUNCTIONS.get(name)
        if op is None:
            functions = [*FUNCTIONS, *self.user, *own_calls.FUNCTIONS, "print"]
            raise errors.meaning.no_function(syntax, item, name, functions)
        op = calls.called(op, syntax.payloads[item])
        operands = [one if isinstance(one, str) else self.builder.node(one) for one in arguments]
        known = self.builder.known()
        if name in SOUGHT:
            raise calls.wrong_sought(syntax, item, op)
        if name in DIFFERENTIATIONS:
            from cgcli.language import derivatives

            self.builder.is_plain = False
            return derivatives.call(self.program, known, syntax, item, tuple(operands))
        if not isinstance(op, ArrayOp):
            if keywords or not op.takes(count) or str in map(type, operands):
                raise calls.wrong_elementwise(syntax, item, op, tuple(operands))
            return self.builder.add(op, tuple(operands), item)
        late: dict[str, int] = {}
        own, attributes = calls.array_call(known, syntax, item, op, operands, keywords, late)
        if not late:
            return self.builder.add(op, own, item, attributes or None)
        given = {"op": op, "attributes": attributes, "names": tuple(late)}
        return self.builder.structure(LATE, (*own, *late.values()), item, given)

    def _index(self, item: int) -> None:
        builder, stack = self.builder, self.builder.stack
        first = len(stack) - subscript_count(self.syntax.payloads[item])
        given = list(map(builder.node, stack[first:]))
        del stack[first:]
        operands, at, bounds = subscripts(builder.known(), self.syntax, item, given, late=True)
        stack.append(self._taken(stack.pop(), operands, at, bounds, item))
