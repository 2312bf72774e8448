#!/usr/bin/env python3
"""Time and memory of training against the number of interactions: generated ratings with a realistic curve of popularity.

    pkg-scripts/bench-scale.py [--figure docs/scale.svg] [--full]

Trains GMF 32 for one epoch on 1 to 100 million interactions (users and items grow with the root: 24 million have 270,000
users and 16,500 items) and prints a table; --full also trains 5 epochs on 24 million. Needs `osusume` (or OSUSUME=path)
and the built example (GENERATE=path, default target/release/examples/generate-ratings), and 1.8 GB of disk in the folder
for temporary files.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

OSUSUME = os.environ.get("OSUSUME", "osusume")
GENERATE = os.environ.get("GENERATE", "target/release/examples/generate-ratings")
SIZES = [int(float(size) * 1e6) for size in os.environ.get("MILLIONS", "1 3 10 24 50 100").split()]


def run(line, **more):
    """Runs a command; returns (wall seconds, processor seconds, peak megabytes)."""
    start = time.time()
    child = subprocess.Popen(line, **more)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{line[0]} failed")
    return time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(rows, epochs, folder):
    scale = (rows / 24e6) ** 0.5
    ratings = os.path.join(folder, "ratings.csv")
    with open(ratings, "wb") as file:
        run([GENERATE, str(rows), str(int(270_000 * scale)), str(int(16_500 * scale))], stdout=file)
    line = [OSUSUME, "train", "--ratings", ratings, "--epochs", str(epochs), "--out", os.path.join(folder, "v.safetensors")]
    wall, cpu, memory = run(line, stderr=subprocess.DEVNULL)
    os.remove(ratings)
    print(f"{rows/1e6:6.0f} M   {epochs} epoch(s)   {wall:7.0f} s wall   {cpu:7.0f} s processor   {memory:6.0f} MB", flush=True)
    return rows, cpu, memory


def figure(path, points):
    """Two panels, logarithmic: processor seconds and megabytes against interactions."""
    import math

    wide, high, left, top = 400, 300, 70, 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2*(wide+left)+20}" height="{high+top+50}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>']
    for panel, (at, title) in enumerate([(1, "processor seconds, reading and one epoch"), (2, "largest resident set, MB")]):
        x0 = panel * (wide + left) + left
        low, big = 10 ** math.floor(math.log10(min(p[at] for p in points))), 10 ** math.ceil(math.log10(max(p[at] for p in points)))
        x = lambda rows: x0 + (math.log10(rows) - 6) / 2 * (wide - 20)
        y = lambda value: top + high - math.log10(value / low) / math.log10(big / low) * high
        parts.append(f'<text x="{x0}" y="18" font-size="14">{title}</text>')
        for power in range(round(math.log10(low)), round(math.log10(big)) + 1):
            parts.append(f'<path d="M{x0} {y(10**power):.1f}H{x0+wide-20}" stroke="#ddd"/><text x="{x0-8}" y="{y(10**power)+4:.1f}" text-anchor="end">{10**power:g}</text>')
        for rows in (1e6, 1e7, 1e8):
            parts.append(f'<path d="M{x(rows):.1f} {top}V{top+high}" stroke="#ddd"/><text x="{x(rows):.1f}" y="{top+high+18}" text-anchor="middle">{rows/1e6:g} M</text>')
        parts.append(f'<text x="{x0+wide/2:.0f}" y="{top+high+38}" text-anchor="middle">interactions</text>')
        line = " ".join(f"{x(p[0]):.1f},{y(p[at]):.1f}" for p in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="#1f4fbf" stroke-width="2"/>')
        parts += [f'<circle cx="{x(p[0]):.1f}" cy="{y(p[at]):.1f}" r="4" fill="#1f4fbf"/>' for p in points]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure")
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    print(f"load before {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if args.full:
            measure(24_000_000, 5, folder)
        points = [measure(rows, 1, folder) for rows in SIZES]
    if args.figure:
        figure(args.figure, points)
    print(f"load after {os.getloadavg()[0]:.1f}")


main()
