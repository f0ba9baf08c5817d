"""Tables of doubles and texts as lines of text, compiled: the shortest digits that read back.

Numbers have the form of Python's `repr`, but whole ones no `.0`.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock

import numpy as np

from cgcli.annotations import Any, Callable, Sequence
from cgcli.kernels.buffers import Buffers
from cgcli.kernels.machine import compiled, lanes
from cgcli.kernels.shortest import digits_of_doubles

# What lines are written to.
TEXTS = Buffers()

ONCE = Lock()

# The text of a double takes no more bytes; behind it may be written as far as this.
WIDEST, SLACK = 25, 64


def rows_of_text(columns: Sequence[Any], missing: Any, separator: str) -> memoryview | None:
    """The lines of a table: a column is an array of doubles, or the offsets and the bytes of texts that need
    no quotes. None where nothing can be compiled. Numbers that are missing are empty cells."""
    if not lanes():
        return None
    count = len(columns[0]) if columns[0].__class__ is not tuple else len(columns[0][0]) - 1
    size, kinds, pointers, held = SLACK, [], [], []
    for column in columns:
        if column.__class__ is tuple:
            offsets, data = column
            size += int(offsets[-1] - offsets[0]) + count
            pair = [offsets, data]
        else:
            size += WIDEST * count
            pair = [np.ascontiguousarray(column, float)]
        held.append(pair)  # alive until all is written
        kinds.append(len(pair) - 1)
        pointers += [pair[0].ctypes.data, pair[-1].ctypes.data]
    marks = None if missing is None else np.ascontiguousarray(missing, np.uint8)
    written = TEXTS.empty((-(-size // 8),)).view(np.uint8)
    length = ctypes.c_int64()
    kinds_of, given = (ctypes.c_int8 * len(kinds))(*kinds), (ctypes.c_void_p * len(pointers))(*pointers)
    gone = None if marks is None else marks.ctypes.data
    with ONCE:  # threads that come first at the same time compile it once
        write = _writer()
    write(
        count, len(columns), kinds_of, given, gone, ord(separator), written.ctypes.data, ctypes.byref(length)
    )
    lines: memoryview = written[: length.value].data
    return lines


@cache
def _writer() -> Callable[..., None]:
    text = "\n".join(
        [
            f"@tens = internal constant [20 x i64] [{', '.join(f'i64 {_signed(10**n)}' for n in range(20))}]",
            f'@pairs = internal constant [200 x i8] c"{"".join(f"{n:02}" for n in range(100))}"',
            digits_of_doubles(), PUT, LINES,
        ]
    )  # fmt: skip
    pointer = ctypes.c_void_p
    kinds = [ctypes.c_int64, ctypes.c_int64, pointer, pointer, pointer, ctypes.c_int8, pointer, pointer]
    return compiled(text, "lines", kinds, 0)


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def _bytes(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


ZEROS, LESS_THAN_ONE = _bytes("0" * 16), _bytes("0." + "0" * 14)

# Writes a double, and tells where its text ends.
PUT = f"""
define internal ptr @put(double %x, ptr %start, ptr %digits) nounwind {{
entry:
  %bits = bitcast double %x to i64
  %sign = lshr i64 %bits, 63
  %size = and i64 %bits, {(1 << 63) - 1}
  %exponent = lshr i64 %size, 52
  %fraction = and i64 %size, {(1 << 52) - 1}
  store i8 {ord("-")}, ptr %start
  %out = getelementptr i8, ptr %start, i64 %sign
  %endless = icmp eq i64 %exponent, 2047
  br i1 %endless, label %no_number, label %number
no_number:
  %is_inf = icmp eq i64 %fraction, 0
  %word = select i1 %is_inf, i32 {_bytes("inf")}, i32 {_bytes("nan")}
  %where = select i1 %is_inf, ptr %out, ptr %start
  store i32 %word, ptr %where, align 1
  %behind_word = getelementptr i8, ptr %where, i64 3
  ret ptr %behind_word
number:
  %is_zero = icmp eq i64 %size, 0
  br i1 %is_zero, label %zero, label %nonzero
zero:
  store i8 {ord("0")}, ptr %out
  %behind_zero = getelementptr i8, ptr %out, i64 1
  ret ptr %behind_zero
nonzero:
  %positive = bitcast i64 %size to double
  %is_small = fcmp olt double %positive, 9007199254740992.0
  %small = select i1 %is_small, double %positive, double 0.5
  %n = fptoui double %small to i64
  %back = uitofp i64 %n to double
  %is_whole = fcmp oeq double %back, %small
  br i1 %is_whole, label %shorten, label %general
general:
  %found = call {{ i64, i64 }} @digits(i64 %exponent, i64 %fraction)
  %d0 = extractvalue {{ i64, i64 }} %found, 0
  %k0 = extractvalue {{ i64, i64 }} %found, 1
  br label %shorten
shorten:
  %d1 = phi i64 [ %n, %nonzero ], [ %d0, %general ]
  %k1 = phi i64 [ 0, %nonzero ], [ %k0, %general ]
  %eight = udiv i64 %d1, 100000000
  %eight_back = mul i64 %eight, 100000000
  %many = icmp eq i64 %eight_back, %d1
  %k1_eight = add i64 %k1, 8
  %d2 = select i1 %many, i64 %eight, i64 %d1
  %k2 = select i1 %many, i64 %k1_eight, i64 %k1
  br label %zeros
zeros:
  %d3 = phi i64 [ %d2, %shorten ], [ %tenth, %less ]
  %k3 = phi i64 [ %k2, %shorten ], [ %k_more, %less ]
  %tenth = udiv i64 %d3, 10
  %tenth_back = mul i64 %tenth, 10
  %ends = icmp eq i64 %tenth_back, %d3
  br i1 %ends, label %less, label %counted
less:
  %k_more = add i64 %k3, 1
  br label %zeros
counted:
  %leading = call i64 @llvm.ctlz.i64(i64 %d3, i1 true)
  %width = sub i64 64, %leading
  %guess1233 = mul i64 %width, 1233
  %guess = lshr i64 %guess1233, 12
  %ten_at = getelementptr [20 x i64], ptr @tens, i64 0, i64 %guess
  %ten = load i64, ptr %ten_at
  %reached = icmp uge i64 %d3, %ten
  %one_more = zext i1 %reached to i64
  %count = add i64 %guess, %one_more
  %point = add i64 %k3, %count
  store i128 {ZEROS}, ptr %digits, align 1
  %digits16 = getelementptr i8, ptr %digits, i64 16
  store i128 {ZEROS}, ptr %digits16, align 1
  br label %writing
writing:
  %d4 = phi i64 [ %d3, %counted ], [ %rest, %pair ]
  %place = phi i64 [ %count, %counted ], [ %place_less, %pair ]
  %two = icmp uge i64 %d4, 10
  br i1 %two, label %pair, label %single
pair:
  %rest = udiv i64 %d4, 100
  %rest_back = mul i64 %rest, 100
  %both = sub i64 %d4, %rest_back
  %pair_at = getelementptr [100 x i16], ptr @pairs, i64 0, i64 %both
  %characters = load i16, ptr %pair_at, align 1
  %place_less = add i64 %place, -2
  %to = getelementptr i8, ptr %digits, i64 %place_less
  store i16 %characters, ptr %to, align 1
  br label %writing
single:
  %some_left = icmp eq i64 %place, 1
  br i1 %some_left, label %first, label %written
first:
  %d_byte = trunc i64 %d4 to i8
  %character = add i8 %d_byte, {ord("0")}
  store i8 %character, ptr %digits
  br label %written
written:
  %beginning = load i128, ptr %digits, align 1
  %fixed_low = icmp sgt i64 %point, -4
  %fixed_high = icmp sle i64 %point, 16
  %fixed = and i1 %fixed_low, %fixed_high
  br i1 %fixed, label %plain, label %scientific
plain:
  %below_one = icmp sle i64 %point, 0
  br i1 %below_one, label %below, label %above
below:
  store i128 {LESS_THAN_ONE}, ptr %out, align 1
  %gap = sub i64 2, %point
  %behind_gap = getelementptr i8, ptr %out, i64 %gap
  store i128 %beginning, ptr %behind_gap, align 1
  %behind16 = getelementptr i8, ptr %behind_gap, i64 16
  %last_digit = load i8, ptr %digits16
  store i8 %last_digit, ptr %behind16
  %end_below = getelementptr i8, ptr %behind_gap, i64 %count
  ret ptr %end_below
above:
  store i128 %beginning, ptr %out, align 1
  %dot_at = getelementptr i8, ptr %out, i64 %point
  %is_broken = icmp slt i64 %point, %count
  br i1 %is_broken, label %broken, label %unbroken
unbroken:
  ret ptr %dot_at
broken:
  store i8 {ord(".")}, ptr %dot_at
  %behind_dot = getelementptr i8, ptr %dot_at, i64 1
  %from = getelementptr i8, ptr %digits, i64 %point
  %others = load i128, ptr %from, align 1
  store i128 %others, ptr %behind_dot, align 1
  %count_dot = add i64 %count, 1
  %end_broken = getelementptr i8, ptr %out, i64 %count_dot
  ret ptr %end_broken
scientific:
  store i128 %beginning, ptr %out, align 1
  %is_one = icmp eq i64 %count, 1
  %second = getelementptr i8, ptr %out, i64 1
  %third = getelementptr i8, ptr %out, i64 2
  %tail_at = getelementptr i8, ptr %digits, i64 1
  %tail = load i128, ptr %tail_at, align 1
  store i8 {ord(".")}, ptr %second
  store i128 %tail, ptr %third, align 1
  %with_dot = add i64 %count, 1
  %mantissa = select i1 %is_one, i64 1, i64 %with_dot
  %e_at = getelementptr i8, ptr %out, i64 %mantissa
  %power = add i64 %point, -1
  %is_negative = icmp slt i64 %power, 0
  %e_sign = select i1 %is_negative, i16 {_bytes("e-")}, i16 {_bytes("e+")}
  store i16 %e_sign, ptr %e_at, align 1
  %power_size = call i64 @llvm.abs.i64(i64 %power, i1 true)
  %hundreds = udiv i64 %power_size, 100
  %hundreds_back = mul i64 %hundreds, 100
  %lower_two = sub i64 %power_size, %hundreds_back
  %is_wide = icmp ne i64 %hundreds, 0
  %hundreds_byte = trunc i64 %hundreds to i8
  %hundreds_character = add i8 %hundreds_byte, {ord("0")}
  %hundreds_at = getelementptr i8, ptr %e_at, i64 2
  store i8 %hundreds_character, ptr %hundreds_at
  %wide = zext i1 %is_wide to i64
  %two_at = getelementptr i8, ptr %hundreds_at, i64 %wide
  %two_from = getelementptr [100 x i16], ptr @pairs, i64 0, i64 %lower_two
  %two_characters = load i16, ptr %two_from, align 1
  store i16 %two_characters, ptr %two_at, align 1
  %end = getelementptr i8, ptr %two_at, i64 2
  ret ptr %end
}}
declare i64 @llvm.ctlz.i64(i64, i1)
declare i64 @llvm.abs.i64(i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""

# Row by row and column by column: a cell, and what separates it from the next.
LINES = """
define void @lines(i64 %rows, i64 %columns, ptr %kinds, ptr %given, ptr %missing, i8 %mark, ptr %out,
    ptr %length) nounwind {
entry:
  %digits = alloca [40 x i8], align 16
  %has_missing = icmp ne ptr %missing, null
  br label %row
row:
  %i = phi i64 [ 0, %entry ], [ %next_row, %line_end ]
  %at_row = phi ptr [ %out, %entry ], [ %behind_line, %line_end ]
  %is_row = icmp slt i64 %i, %rows
  br i1 %is_row, label %asked, label %end
asked:
  br i1 %has_missing, label %look, label %cells
look:
  %missing_at = getelementptr i8, ptr %missing, i64 %i
  %missing_byte = load i8, ptr %missing_at
  br label %cells
cells:
  %gone_byte = phi i8 [ 0, %asked ], [ %missing_byte, %look ]
  %gone = icmp ne i8 %gone_byte, 0
  br label %cell
cell:
  %j = phi i64 [ 0, %cells ], [ %next, %cell_end ]
  %at = phi ptr [ %at_row, %cells ], [ %behind_mark, %cell_end ]
  %kind_at = getelementptr i8, ptr %kinds, i64 %j
  %kind = load i8, ptr %kind_at
  %twice = shl i64 %j, 1
  %one_at = getelementptr ptr, ptr %given, i64 %twice
  %one = load ptr, ptr %one_at
  %is_text = icmp ne i8 %kind, 0
  br i1 %is_text, label %text, label %number
text:
  %other_at = getelementptr ptr, ptr %one_at, i64 1
  %other = load ptr, ptr %other_at
  %from_at = getelementptr i32, ptr %one, i64 %i
  %to_at = getelementptr i32, ptr %from_at, i64 1
  %from32 = load i32, ptr %from_at
  %to32 = load i32, ptr %to_at
  %from = zext i32 %from32 to i64
  %to = zext i32 %to32 to i64
  %bytes = sub i64 %to, %from
  %source = getelementptr i8, ptr %other, i64 %from
  call void @llvm.memcpy.p0.p0.i64(ptr %at, ptr %source, i64 %bytes, i1 false)
  %behind_text = getelementptr i8, ptr %at, i64 %bytes
  br label %cell_end
number:
  br i1 %gone, label %cell_end, label %there
there:
  %double_at = getelementptr double, ptr %one, i64 %i
  %x = load double, ptr %double_at
  %behind_number = call ptr @put(double %x, ptr %at, ptr %digits)
  br label %cell_end
cell_end:
  %behind = phi ptr [ %behind_text, %text ], [ %at, %number ], [ %behind_number, %there ]
  store i8 %mark, ptr %behind
  %behind_mark = getelementptr i8, ptr %behind, i64 1
  %next = add nuw nsw i64 %j, 1
  %more = icmp slt i64 %next, %columns
  br i1 %more, label %cell, label %line_end
line_end:
  store i8 10, ptr %behind
  %behind_line = getelementptr i8, ptr %behind, i64 1
  %next_row = add nuw nsw i64 %i, 1
  br label %row
end:
  %start = ptrtoint ptr %out to i64
  %stop = ptrtoint ptr %at_row to i64
  %size = sub i64 %stop, %start
  store i64 %size, ptr %length
  ret void
}
"""
