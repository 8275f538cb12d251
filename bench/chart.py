"""
Bar charts as SVG text: grouped ones on a logarithmic scale, where bars above 1 go up and those below go down, and
lines of bars from 0 on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["grouped", "lines"]

_WIDTH, _HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 10, 70, 30
_COLOURS = (
    "#c0392b",
    "#f1948a",
    "#2980b9",
    "#85c1e9",
    "#8e44ad",
    "#c39bd3",
    "#16a085",
    "#76d7c4",
    "#d68910",
    "#f7dc6f",
    "#2c3e50",
    "#95a5a6",
    "#6e2c00",
    "#1e8449",
)
_PER_ROW = 5  # names in a row of the legend


def grouped(title: str, groups: Sequence[str], bars: Mapping[str, Sequence[float | None]]) -> str:
    """*bars*: dict of a bar's name -> its value in each group, above 0; None where it has none."""
    known = [value for values in bars.values() for value in values if value]
    ticks = _ticks(min(known), max(known))
    low, high = math.log(ticks[0]), math.log(ticks[-1])

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (math.log(value) - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"',
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="16" font-size="14">{escape(title)}</text>',
    ]
    for tick in ticks:
        shade = "#444" if tick == 1 else "#ddd"
        parts.append(f'<path d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}" stroke="{shade}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    group_width = (_WIDTH - _LEFT - _RIGHT) / len(groups)
    width = 0.85 * group_width / len(bars)
    for number, name in enumerate(groups):
        left = _LEFT + number * group_width
        parts.append(
            f'<text x="{left + group_width / 2:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(name)}</text>'
        )
        for place, (bar, values) in enumerate(bars.items()):
            value = values[number]
            if not value:
                continue
            x, top, bottom = left + 0.075 * group_width + place * width, min(y(value), y(1)), max(y(value), y(1))
            label = f"<title>{escape(bar)}, {escape(name)}: {value:.2f}</title>"
            size = f'width="{0.9 * width:.1f}" height="{bottom - top:.1f}"'
            parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" {size} fill="{_colour(place)}">{label}</rect>')
    for place, bar in enumerate(bars):
        x, line = _LEFT + place % _PER_ROW * 170, 32 + place // _PER_ROW * 16
        parts.append(f'<rect x="{x}" y="{line - 9}" width="10" height="10" fill="{_colour(place)}"/>')
        parts.append(f'<text x="{x + 14}" y="{line}">{escape(bar)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def lines(title: str, bars: Mapping[str, tuple[float, str]], most: float | None = None) -> str:
    """
    A bar below the other. *bars*: dict of a bar's name -> its value, 0 or more, and the text behind it. *most*: the
    value of a bar of full length; the largest one where it is not given.
    """
    most = most or max(value for value, _ in bars.values())
    left, right = 10 + 6.2 * max(map(len, bars)), 110
    height = 34 + 20 * len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="16" font-size="14">{escape(title)}</text>',
    ]
    for number, (name, (value, text)) in enumerate(bars.items()):
        top, width = 28 + 20 * number, value / most * (_WIDTH - left - right)
        parts.append(f'<text x="{left - 6:.1f}" y="{top + 11}" text-anchor="end">{escape(name)}</text>')
        label = f"<title>{escape(name)}: {escape(text)}</title>"
        parts.append(
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="14" fill="{_colour(2)}">{label}</rect>'
        )
        parts.append(f'<text x="{left + width + 5:.1f}" y="{top + 11}">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _ticks(least: float, most: float) -> list[float]:
    """1, and powers of 10 with their halves and fifths, from below *least* to above *most*."""
    steps = [factor * 10.0**power for power in range(-4, 6) for factor in (1, 2, 5)]
    low = max((one for one in steps if one <= min(least, 1)), default=steps[0])
    high = min((one for one in steps if one >= max(most, 2)), default=steps[-1])
    return [one for one in steps if low <= one <= high]
