"""Plots as SVG, drawn here: nothing needs to be installed for them."""

import html
import math

LEFT, RIGHT, ROW, FONT = 330, 90, 22, "font-family='sans-serif' font-size='12'"
COLOURS = {"holdfast": "#1b6ca8", "twin": "#8a8a8a"}


def text(x, y, words, anchor="start", extra=""):
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT} {extra}>{html.escape(words)}</text>"


def frame(title, height, body, width=900):
    heading = text(10, 20, title, extra="font-weight='bold'")
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>"
            f"<rect width='100%' height='100%' fill='white'/>{heading}{body}</svg>\n")


def ticks(low, high):
    """1, 2, 5, 10, ... within the limits; only powers of ten where the labels would not fit."""
    digits = (1, 2, 5) if high / low < 1000 else (1,)
    return [digit * 10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for digit in digits if low <= digit * 10.0 ** power <= high]


def logarithmic(low, high, width=900):
    span = math.log(high / low)
    return lambda value: LEFT + (width - LEFT - RIGHT) * math.log(value / low) / span


def grid(scale, marks, height, label):
    lines = "".join(f"<line x1='{scale(mark):.1f}' x2='{scale(mark):.1f}' y1='34' y2='{height - 24}' stroke='#dddddd'/>"
                    + text(scale(mark), height - 8, label(mark), "middle") for mark in marks)
    return lines


def ratios(title, entries):
    """`entries`: (label, (low, median, high), target or None)."""
    low = min(0.9, *(e[1][0] for e in entries)) * 0.95
    high = max(1.3, *(e[1][2] for e in entries)) * 1.05
    scale, height = logarithmic(low, high), 40 + ROW * len(entries) + 30
    marks = [mark for mark in (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 50) if low <= mark <= high]
    body = grid(scale, marks, height, lambda mark: f"{mark:g}×")
    body += f"<line x1='{scale(1):.1f}' x2='{scale(1):.1f}' y1='34' y2='{height - 24}' stroke='#444444'/>"
    for number, (label, (first, middle, third), target) in enumerate(entries):
        y = 48 + ROW * number
        body += text(LEFT - 10, y + 4, label, "end")
        if target:
            body += f"<line x1='{scale(target):.1f}' x2='{scale(target):.1f}' y1='{y - 8}' y2='{y + 8}' stroke='#c0392b' stroke-width='2'/>"
        body += (f"<line x1='{scale(first):.1f}' x2='{scale(third):.1f}' y1='{y}' y2='{y}' stroke='#1b6ca8' stroke-width='3'/>"
                 f"<circle cx='{scale(middle):.1f}' cy='{y}' r='5' fill='#1b6ca8'/>" + text(900 - RIGHT + 12, y + 4, f"{middle:.2f}×"))
    return frame(title, height, body)


def bars(title, entries, unit):
    """`entries`: (group, label, value); a logarithmic axis."""
    values = [value for _, _, value in entries]
    low, high = min(values) * 0.7, max(values) * 1.4
    scale, height = logarithmic(low, high), 40 + 18 * len(entries) + 30
    body = grid(scale, ticks(low, high), height, unit)
    last = None
    for number, (group, label, value) in enumerate(entries):
        y = 46 + 18 * number
        colour = COLOURS.get(label, COLOURS["twin"] if label.startswith("twin") else "#c9a227")
        body += (text(LEFT - 10, y + 4, (group + "  " if group != last else "") + label, "end")
                 + f"<rect x='{LEFT}' y='{y - 6}' width='{scale(value) - LEFT:.1f}' height='12' fill='{colour}'/>"
                 + text(scale(value) + 6, y + 4, unit(value)))
        last = group
    return frame(title, height, body)
