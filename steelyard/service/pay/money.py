"""Exact money: decimals in, fractions between, one rounding per line.

A `Term` is a number that knows how it came about: in words, and with the numbers put in. The amount of a line is its
value rounded, so the formula shown is the one that was reckoned.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = Decimal | Fraction | int
CENTS = 2
"""Decimals of an amount in the events."""

_SUM, _PRODUCT, _ATOM = 1, 2, 3


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


def exact(value: float | Decimal | None) -> Decimal | None:
    """An amount of the events to the cent: the shortest decimal text of the double, rounded half up."""
    return None if value is None else rounded(Decimal(str(value)), CENTS)


def rounded(value: Number, decimals: int) -> Decimal:
    """`value` to so many decimals, half up: a half goes away from zero, for a deduction as for a payment."""
    fraction = Fraction(value)
    scaled = abs(fraction) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if fraction >= 0 else -whole).scaleb(-decimals)


def floored(value: Number, decimals: int) -> Decimal:
    """The greatest amount of so many decimals that is not above `value`."""
    return Decimal((Fraction(value) * 10**decimals).__floor__()).scaleb(-decimals)


def plain(value: Decimal | int) -> str:
    """A number as digits, without an exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Term:
    """A number with its formula, in names and in numbers; `binding` tells where it needs brackets."""

    value: Fraction
    numbers: str
    words: Words
    binding: int = _ATOM

    def __add__(self, other: "Term") -> "Term":
        return _joined(self, "+", other, self.value + other.value)

    def __sub__(self, other: "Term") -> "Term":
        return _joined(self, "−", other, self.value - other.value)

    def __mul__(self, other: "Term") -> "Term":
        return _joined(self, "×", other, self.value * other.value)

    def __truediv__(self, other: "Term") -> "Term":
        return _joined(self, "÷", other, self.value / other.value)


def named(words: Words, value: Decimal | int) -> Term:
    """A number with a name."""
    shown = plain(value) if value >= 0 else f"({plain(value)})"
    return Term(Fraction(value), shown, words)


def ratio(words: Words, numerator: Decimal | int, denominator: Decimal | int) -> Term:
    """A value with a name, whose numbers are its numerator and denominator."""
    bare = named(words, numerator) / named(words, denominator)
    return Term(bare.value, f"({bare.numbers})", words)


def floor_of(term: Term, decimals: int) -> Term:
    """`floored`, with its formula."""
    return _called("floor", (term.numbers, str(decimals)), term.words, Fraction(floored(term.value, decimals)))


def at_least_zero(term: Term) -> Term:
    """The term, or 0 where it is negative."""
    return _called("max", (term.numbers, "0"), term.words, max(term.value, Fraction(0)))


ZERO = Term(Fraction(0), "0", Words("0", "0"))
"""Nothing, where a note says why."""


def _called(function: str, arguments: tuple[str, ...], words: Words, value: Fraction) -> Term:
    """A function of a term; the arguments after the first are the same in words."""
    rest = "".join(f", {each}" for each in arguments[1:])
    said = Words(f"{function}({words.zh}{rest})", f"{function}({words.en}{rest})")
    return Term(value, f"{function}({arguments[0]}{rest})", said)


def _joined(left: Term, sign: str, right: Term, value: Fraction) -> Term:
    binding = _SUM if sign in "+−" else _PRODUCT
    strict = sign in "−÷"

    def side(text: str, term: Term, *, is_right: bool) -> str:
        loose = term.binding < binding or (is_right and strict and term.binding == binding)
        return f"({text})" if loose else text

    def both(first: str, second: str) -> str:
        return f"{side(first, left, is_right=False)} {sign} {side(second, right, is_right=True)}"

    words = Words(both(left.words.zh, right.words.zh), both(left.words.en, right.words.en))
    return Term(value, both(left.numbers, right.numbers), words, binding)


def split(total: Decimal, weights: dict[int | str, Fraction], decimals: int) -> dict[int | str, Decimal]:
    """`total` by weights, without losing a unit of its last decimal.

    Everybody gets their part rounded down; the units that are left go to the largest remainders, at a tie to the
    lowest id. Weights are ≥ 0 and one at least is above 0.
    """
    whole = sum(weights.values(), Fraction(0))
    parts = {key: Fraction(total) * weight / whole for key, weight in weights.items()}
    given = {key: floored(part, decimals) for key, part in parts.items()}
    unit = Decimal(1).scaleb(-decimals)
    left = int((total - sum(given.values(), Decimal(0))) / unit)
    takers = sorted(
        (key for key in parts if weights[key]), key=lambda key: (Fraction(given[key]) - parts[key], _order(key))
    )
    for key in takers[:left]:
        given[key] += unit
    return given


def _order(key: int | str) -> tuple[int, int | str]:
    return (0, key) if isinstance(key, int) else (1, key)
