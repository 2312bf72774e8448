#!/usr/bin/env python3
"""Samples a second of training, beside PyTorch in the same minutes.

    pkg-scripts/bench-train.py ML-100K.inter [ANIME-RATINGS.csv.gz]

Needs the command `osusume` (or OSUSUME=path) and, for the comparison, `pip install torch numpy`. Samples are positives and
negatives (4 a positive), batches of 256, ml-100k. ROUNDS (5) times, one after another so that a busy machine slows all
alike: osusume with one thread, osusume with two, PyTorch with one. What is printed are processor seconds of the training
alone (one thread) and wall clock (two threads against one), best and median, and the load before and after.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

OSUSUME = os.environ.get("OSUSUME", "osusume")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
MODELS = {
    "GMF 8": 'model = "gmf"\ndims = 8\n',
    "GMF 32": 'model = "gmf"\ndims = 32\n',
    "NeuMF 8": 'model = "neumf"\ndims = 8\nlayers = [64, 32, 16, 8]\n',
}
REST = "negatives = 4\nbatch = 256\nlearning_rate = 0.001\nmin_interactions = 1\nseed = 1\n"


def train(recipe, ratings, epochs, threads, folder):
    """Runs the command; returns (processor seconds, samples a second by wall clock in the best epoch)."""
    path = os.path.join(folder, "recipe.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(recipe + f"epochs = {epochs}\n")
    out = os.path.join(folder, "out.safetensors")
    line = [OSUSUME, "train", "--ratings", ratings, "--recipe", path, "--threads", str(threads), "--out", out]
    child = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(said)
    rates = [float(rate) for rate in re.findall(r"([\d.]+) M samples/s", said)]
    return usage.ru_utime + usage.ru_stime, max(rates) * 1e6, statistics.median(rates) * 1e6


def torch_rate(name, seconds=4.0):
    """Samples a second of processor time of the same model in PyTorch: forward, backward, Adam (dense), one thread."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(1)
    users, items, dims = 943, 1682, int(name.split()[1])

    class Net(nn.Module):
        def __init__(self, mlp):
            super().__init__()
            self.p, self.q = nn.Embedding(users, dims), nn.Embedding(items, dims)
            self.tower = None
            last = 0
            if mlp:
                self.u, self.i = nn.Embedding(users, 32), nn.Embedding(items, 32)
                widths = [64, 32, 16, 8]
                layers = [nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in zip(widths, widths[1:])]
                self.tower, last = nn.Sequential(*layers), 8
            self.out = nn.Linear(dims + last, 1)

        def forward(self, user, item):
            x = self.p(user) * self.q(item)
            if self.tower is not None:
                x = torch.cat([x, self.tower(torch.cat([self.u(user), self.i(item)], 1))], 1)
            return self.out(x).squeeze(1)

    net, loss = Net(name.startswith("NeuMF")), nn.BCEWithLogitsLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    # All that is drawn is drawn before: the clock sees the arithmetic alone.
    user, item = torch.randint(users, (200, 256)), torch.randint(items, (200, 256))
    target = (torch.rand(200, 256) < 0.2).float()

    def steps(count):
        for n in range(count):
            adam.zero_grad()
            loss(net(user[n % 200], item[n % 200]), target[n % 200]).backward()
            adam.step()

    steps(20)
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        steps(20)
        done += 20 * 256
    return done / (time.process_time() - start)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    ratings = sys.argv[1]
    try:
        import torch

        version = torch.__version__
    except ImportError:
        version = None
    print(f"load before {os.getloadavg()[0]:.1f}; PyTorch {version}; {ROUNDS} rounds")
    print("model     osusume, samples a core second   PyTorch           ratio of medians  two threads / one (wall)")
    with tempfile.TemporaryDirectory() as folder:
        for name, recipe in MODELS.items():
            ours, theirs, scaling = [], [], []
            few, many = (4, 44) if "GMF" in name else (2, 8)
            for _ in range(ROUNDS):
                # The difference of a long and a short run: reading and measuring the first vectors fall out.
                short = train(recipe + REST, ratings, few, 1, folder)
                long = train(recipe + REST, ratings, many, 1, folder)
                samples = 5 * 99057 * (many - few)
                ours.append(samples / max(long[0] - short[0], 1e-3))
                two = train(recipe + REST, ratings, many, 2, folder)
                scaling.append(two[1] / long[1])
                if version:
                    theirs.append(torch_rate(name))
            text = f"{name:<9} best {max(ours)/1e6:5.2f} M, median {statistics.median(ours)/1e6:5.2f} M"
            if theirs:
                ratio = statistics.median(ours) / statistics.median(theirs)
                text += f"   best {max(theirs)/1e3:4.0f} k, median {statistics.median(theirs)/1e3:4.0f} k   {ratio:5.1f}"
            print(f"{text}   best {max(scaling):.2f}, median {statistics.median(scaling):.2f}", flush=True)
        if len(sys.argv) == 3:
            recipe = 'model = "ials"\ndims = 64\nmin_interactions = 5\n'
            took = []
            for _ in range(ROUNDS):
                short, long = (train(recipe, sys.argv[2], epochs, 1, folder) for epochs in (2, 12))
                took.append((long[0] - short[0]) / 10)
            print(f"iALS 64, one iteration and its measurement: best {min(took):.2f} s, median {statistics.median(took):.2f} s")
    print(f"load after {os.getloadavg()[0]:.1f}")


main()
