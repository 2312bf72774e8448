#!/usr/bin/env python3
"""NDCG@10 against the bytes of an item: a figure and a table of what
`osusume eval --protocol newcomers --json` measured.

    pkg-scripts/plot-frontier.py --figure docs/frontier.svg "anime, 5-core=anime.json" ml-1m=ml-1m.json

Each argument is the title of a data set and the file of its measurement, made with --keep. The
figure has a panel for each data set. With weights beside vectors it takes the sum, as a release
does, and for the same vectors alone the better of sum and ridge. Of EASE with several λ it takes
the best at each size.
"""

import argparse
import json
import math
import re
from html import escape

BYTES = [64, 96, 128, 192, 256, 384, 512]
WIDE, HIGH, LEFT, TOP, GAP = 430, 360, 62, 34, 20
# Of each family: light and dark colour, and the shape of its points.
FAMILIES = {
    "iALS vectors": ("#8a6d00", "#d9b84a", "diamond"),
    "NCF vectors": ("#777777", "#a8a8a8", "square"),
    "pruned EASE": ("#b3261e", "#ff8a80", "square"),
    "sparse EASE, pruned": ("#7b3fa0", "#cf9cf0", "diamond"),
    "NCF vectors and weights, 16 dims": ("#90bdf0", "#2f62a0", "circle"),
    "NCF vectors and weights, 32 dims": ("#4f8fe0", "#4f8fe0", "circle"),
    "NCF vectors and weights, 64 dims": ("#1f4fbf", "#90bdf0", "circle"),
    "NCF vectors and weights, 128 dims": ("#0b2466", "#d0e4ff", "circle"),
    "EASE's eigenvectors and weights, 16 dims": ("#9ad0a0", "#2f7a3a", "triangle"),
    "EASE's eigenvectors and weights, 32 dims": ("#46a152", "#46a152", "triangle"),
    "EASE's eigenvectors and weights, 64 dims": ("#17612a", "#a5dcae", "triangle"),
}
STYLE = """
text { fill: #1a1a1a; font: 12px sans-serif; } .grid { stroke: #e3e3e3; } .page { fill: #ffffff; }
.line { fill: none; stroke-width: 1.6; } .reference { stroke: #555555; stroke-dasharray: 5 4; }
.front { fill: none; stroke: #1a1a1a; stroke-width: 7; opacity: 0.12; stroke-linejoin: round; }
.bar { stroke: #1a1a1a; stroke-width: 1.4; fill: none; }
@media (prefers-color-scheme: dark) { text { fill: #e8e8e8; } .grid { stroke: #3a3a3a; } .page { fill: #161616; }
.reference { stroke: #aaaaaa; } .front { stroke: #ffffff; opacity: 0.2; } .bar { stroke: #e8e8e8; } }
"""


def by_rules(rules, *names):
    """Returns the best measurement by one of these rules, or None."""
    return max(
        (rule for rule in rules if rule["rule"] in names),
        key=lambda rule: rule["ndcg10"],
        default=None,
    )


def measured(name, form):
    """Yields the family, the bytes an item and the measurement of each point that a model gives."""
    kind, _, settings = name.partition(":")
    rules, size = form["rules"], form["bytes_per_item"]
    if kind in ("ease", "sparse-ease"):
        yield {"ease": "pruned EASE", "sparse-ease": "sparse EASE, pruned"}[kind], size, by_rules(
            rules, "own"
        )
    elif own := re.fullmatch(r"ease-vectors-(\d+)\.safetensors", kind):
        yield f"EASE's eigenvectors and weights, {own[1]} dims", size, by_rules(
            rules, "sum+residual"
        )
    elif kind.endswith(".toml"):
        dims = int((re.search(r"\bdims=(\d+)", settings) or re.search(r"-(\d+)\.toml", kind))[1])
        yield "iALS vectors" if "ials" in kind else "NCF vectors", dims * 2, by_rules(
            rules, "sum", "ridge"
        )
        both = by_rules(rules, "sum+residual")
        if both:
            yield f"NCF vectors and weights, {dims} dims", size, both


def read(path):
    """Returns the points (bytes, NDCG@10, standard error) of each family, and the references by name."""
    points, references = {}, {}
    with open(path, encoding="utf-8") as file:
        models = json.load(file)
    for model in models:
        name = model["model"].rsplit("/", 1)[-1]
        if name.split(":")[0] in ("popularity", "item-knn", "ease"):
            references[name] = (model["bytes_per_item"], by_rules(model["rules"], "own"))
        for form in model["packed"]:
            for group, size, rule in measured(name, form):
                point = (rule["ndcg10"], rule["ndcg10_half_width"] / 1.96)
                sizes = points.setdefault(group, {})
                sizes[round(size)] = max(point, sizes.get(round(size), point))
    points = {
        group: [(size, *points[group][size]) for size in sorted(points[group])]
        for group in FAMILIES
        if group in points
    }
    return points, references


def front(points):
    """Returns the points that no smaller or equal one beats."""
    best, kept = -math.inf, []
    for point in sorted(
        (p for group in points.values() for p in group), key=lambda p: (p[0], -p[1])
    ):
        if point[1] > best:
            best, kept = point[1], [*kept, point]
    return kept


def mark(shape, x, y, colour):
    attributes = f'class="{colour}"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" {attributes}/>'
    if shape == "square":
        return f'<rect x="{x-3.2:.1f}" y="{y-3.2:.1f}" width="6.4" height="6.4" {attributes}/>'
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y-4.4:.1f}l4.4 7.6h-8.8z" {attributes}/>'
    return f'<path d="M{x:.1f} {y-4.6:.1f}l4.6 4.6l-4.6 4.6l-4.6 -4.6z" {attributes}/>'


def panel(number, title, points, references):
    """Draws one data set; returns the parts of the figure."""
    x0 = number * (WIDE + LEFT + GAP) + LEFT
    shown = {g: [p for p in group if 60 <= p[0] <= 560] for g, group in points.items()}
    # Vectors alone lie far below the others, whose differences are the point of the figure.
    values = [
        p[1] for group, found in shown.items() if not group.endswith("vectors") for p in found
    ]
    step = 0.01
    low, high = (math.floor(min(values) / step) - 1) * step, math.ceil(
        max(values) / step + 0.3
    ) * step
    below = {
        group: max(p[1] for p in found)
        for group, found in shown.items()
        if found and max(p[1] for p in found) < low
    }
    shown = {group: [p for p in found if p[1] >= low] for group, found in shown.items()}
    span = math.log2(560 / 58)
    x = lambda size: x0 + math.log2(size / 58) / span * WIDE
    y = lambda value: TOP + HIGH - (value - low) / (high - low) * HIGH
    parts = [
        f'<text x="{x0}" y="20" style="font-size:14px;font-weight:bold">{escape(title)}</text>'
    ]
    for n in range(round((high - low) / step) + 1):
        at = y(low + n * step)
        parts.append(
            f'<path d="M{x0} {at:.1f}h{WIDE}" class="grid"/>'
            f'<text x="{x0-8}" y="{at+4:.1f}" text-anchor="end">{low+n*step:.2f}</text>'
        )
    for size in BYTES:
        parts.append(
            f'<path d="M{x(size):.1f} {TOP}v{HIGH}" class="grid"/>'
            f'<text x="{x(size):.1f}" y="{TOP+HIGH+18}" text-anchor="middle">{size}</text>'
        )
    parts.append(
        f'<text x="{x0+WIDE/2}" y="{TOP+HIGH+38}" text-anchor="middle">bytes an item (f16, logarithmic)</text>'
    )
    if number == 0:
        parts.append(
            f'<text transform="translate(16 {TOP+HIGH/2}) rotate(-90)" text-anchor="middle">NDCG@10 of newcomers</text>'
        )
    best = front(shown)
    line = " ".join(f"{x(p[0]):.1f},{y(p[1]):.1f}" for p in [*best, (550, best[-1][1])])
    parts.append(f'<polyline class="front" points="{line}"/>')
    if below:
        text = "below the axis: " + ", ".join(
            f"{group} up to {value:.2f}" for group, value in below.items()
        )
        parts.append(f'<text x="{x0+6}" y="{TOP+HIGH-8}">{escape(text)}</text>')
    for name, (size, rule) in references.items():
        if low <= rule["ndcg10"] <= high:
            at = y(rule["ndcg10"])
            label = f"{name}, all pairs: {size:,.0f} bytes"
            parts.append(
                f'<path d="M{x0} {at:.1f}h{WIDE}" class="reference"/>'
                f'<text x="{x0+4}" y="{at-4:.1f}">{escape(label)}</text>'
            )
    for n, (group, (_, _, shape)) in enumerate(FAMILIES.items()):
        if shown.get(group):
            line = " ".join(f"{x(p[0]):.1f},{y(p[1]):.1f}" for p in shown[group])
            parts.append(f'<polyline points="{line}" class="line s{n}"/>')
            parts += [mark(shape, x(p[0]), y(p[1]), f"f{n}") for p in shown[group]]
    # One standard error up and down, where no line is.
    error = best[-1][2]
    at, right = y(low) - 30 - error / (high - low) * HIGH, x0 + WIDE - 20
    half = error / (high - low) * HIGH
    parts.append(
        f'<path class="bar" d="M{right} {at-half:.1f}v{2*half:.1f}m-4 0h8m-8 {-2*half:.1f}h8"/>'
        f'<text x="{right-8}" y="{at+4:.1f}" text-anchor="end">± one standard error, {error:.3f}</text>'
    )
    return parts


def figure(path, panels):
    names = [g for g in FAMILIES if any(g in points for _, points, _ in panels)]
    rows = (len(names) + 1 + 2) // 3
    width, height = len(panels) * (WIDE + LEFT + GAP), TOP + HIGH + 56 + rows * 20
    colours = "".join(
        f".s{n} {{ stroke: {light}; }} .f{n} {{ fill: {light}; }} "
        for n, (light, _, _) in enumerate(FAMILIES.values())
    )
    dark = "".join(
        f".s{n} {{ stroke: {dark}; }} .f{n} {{ fill: {dark}; }} "
        for n, (_, dark, _) in enumerate(FAMILIES.values())
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{STYLE}{colours}\n@media (prefers-color-scheme: dark) {{ {dark}}}</style>",
        '<rect width="100%" height="100%" class="page"/>',
    ]
    for number, (title, points, references) in enumerate(panels):
        parts += panel(number, title, points, references)
    for place, group in enumerate([*names, None]):
        x, y = LEFT + place % 3 * (width - LEFT) / 3, TOP + HIGH + 62 + place // 3 * 20
        if group is None:
            parts.append(
                f'<path d="M{x} {y-4}h22" class="front"/><text x="{x+30}" y="{y}">the front</text>'
            )
            continue
        n = list(FAMILIES).index(group)
        parts.append(
            f'<path d="M{x} {y-4}h22" class="line s{n}"/>'
            f'{mark(FAMILIES[group][2], x+11, y-4, f"f{n}")}<text x="{x+30}" y="{y}">{group}</text>'
        )
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


def table(title, points, references):
    """Prints one data set as Markdown; the best of each size is bold."""
    print(f"| {title} | " + " | ".join(map(str, BYTES)) + " |\n| --- |" + " --: |" * len(BYTES))
    # Some items of sparse EASE have a few weights less.
    at = lambda found, size: max((p[1] for p in found if size * 0.99 <= p[0] <= size), default=None)
    for group, found in points.items():
        line = []
        for size in BYTES:
            value, best = at(found, size), max(at(other, size) or 0 for other in points.values())
            text = "" if value is None else f"{value:.4f}"
            line.append(f"**{text}**" if value == best else text)
        print(f"| {group} | " + " | ".join(line) + " |")
    for name, (size, rule) in references.items():
        print(f"{name}: {rule['ndcg10']:.4f} in {size:,.0f} bytes an item")
    error = max(p[2] for group in points.values() for p in group)
    print(f"One standard error is at most {error:.4f}.\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figure", required=True)
    parser.add_argument("measured", nargs="+", metavar="TITLE=FILE")
    args = parser.parse_args()
    panels = [
        (title, *read(path)) for title, _, path in (text.rpartition("=") for text in args.measured)
    ]
    for title, points, references in panels:
        table(title, points, references)
    figure(args.figure, panels)


if __name__ == "__main__":
    main()
