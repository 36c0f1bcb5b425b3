"""Fixed point: millionths in 64-bit integers, rounded half up once, the same on every engine.

Engines divide integers as floats. `floor_division` stays exact all the same: the dividend less its remainder is an
exact multiple of the divisor, so the float quotient errs by less than half for quotients under 2⁵¹, and rounding
restores it.
"""

from decimal import Decimal

import ibis
import ibis.expr.types as ir

MILLION = 1_000_000


def millionths(number: Decimal) -> int:
    """A number of a scorecard in millionths; ValueError where it has more than six decimals."""
    scaled = number * MILLION
    if scaled != int(scaled):
        raise ValueError(f"{number} has more than six decimals")
    return int(scaled)


def floor_division(dividend: ir.IntegerValue, divisor: ir.IntegerValue | int) -> ir.IntegerValue:
    """Return ⌊dividend ÷ divisor⌋ for dividends ≥ 0, divisors > 0 and quotients under 2⁵¹."""
    return ((dividend - dividend % divisor) / divisor).round().cast("int64")


def half_up(dividend: ir.IntegerValue, divisor: ir.IntegerValue | int, scale: int = 1) -> ir.IntegerValue:
    """Return dividend ÷ divisor × scale, rounded half up; NULL where the divisor is 0 or NULL.

    The whole part is split off first, so that only remainder × 2 × scale must fit in 64 bits.
    """
    if not isinstance(divisor, int):
        divisor = divisor.nullif(0)
    whole = floor_division(dividend, divisor)
    rest = dividend - whole * divisor
    return whole * scale + floor_division(rest * (2 * scale) + divisor, divisor * 2)


def shown(value: ir.IntegerValue, decimals: int) -> ir.DecimalValue:
    """Millionths as an exact decimal with `decimals` places, rounded half up."""
    places = 10 ** (6 - decimals)
    rounded = value if decimals == 6 else half_up(value, places)
    unit = ibis.literal(Decimal(1).scaleb(-decimals), f"decimal({decimals + 1}, {decimals})")
    return (rounded.cast("int64") * unit).cast(f"decimal(20, {decimals})")
