#!/usr/bin/env python3
"""Runs a command that tests, and counts what it tested: a suite that tests nothing has failed.

    count.py [--uncounted | --part] NAME COMMAND…   fails where COMMAND does, or a rule is broken
    count.py --sum                                  prints the skipped, the seconds of the stages, the sum

Reads cargo's output (each binary is a suite, NAME/binary), TAP and unittest (one suite, NAME).
pkg-scripts/test-counts.txt has how many tests of each suite pass: fewer is a failure, more is said.
A suite may have none only where that file says 0, and none ignored but as many as it says.
A skipped test is a failure; OSUSUME_SKIP=1 allows it.
OSUSUME_TALLY names the file that counts are added to.
OSUSUME_COUNTS=write writes the file of counts instead of comparing; it never writes a 0.
--uncounted leaves the file of counts aside; --part runs some of the suites of NAME alone.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

COUNTS = Path(__file__).with_name("test-counts.txt")
TALLY = os.environ.get("OSUSUME_TALLY")
MAY_SKIP = os.environ.get("OSUSUME_SKIP") == "1"
WRITES = os.environ.get("OSUSUME_COUNTS") == "write"

# `Running tests/golden.rs (target/debug/deps/golden-0123456789abcdef)`
BINARY = re.compile(
    r"^ *Running (?:unittests )?\S+ \(\S*?([^/\s]+?)(?:-[0-9a-f]{16})?(?:\.wasm)?\)$"
)
DOC = re.compile(r"^ *Doc-tests (\S+)$")
RESULT = re.compile(r"^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored")
RUST_SKIP = re.compile(r"(?:^|\.\.\. )skipped: (.*)$")
TAP_SKIP = re.compile(r"^ *ok \d+ - (.*?) # (?:SKIP|TODO)\b")
TAP_SUM = re.compile(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$")
TAP_EMPTY = re.compile(r"^ok \d+ - (\S+\.test\.mjs)$")  # Node passes a file without tests
UNITTEST = re.compile(r"^Ran (\d+) tests? in ")
UNITTEST_SKIP = re.compile(r"^OK \(skipped=(\d+)\)")
SAID = re.compile(r"^# # ?(.*)$")  # what a test in Node tells of its run
QUIET = re.compile(
    r"^test .* \.\.\. ok$|^ *Compiling |^\s*$"
    r"|^ *(ok \d|---|\.\.\.|duration_ms:|type:|1\.\.|# Subtest)"
)


class Suite:
    def __init__(self):
        self.passed = self.failed = self.ignored = 0
        self.skipped = []


def read_counts():
    """Returns {suite: (tests that pass, tests that are ignored)}."""
    lines = COUNTS.read_text("utf-8").splitlines() if COUNTS.exists() else []
    rows = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {name: (int(passed), int(more[1]) if more else 0) for name, passed, *more in rows}


def write_counts(name, suites):
    kept = {n: row for n, row in read_counts().items() if n.split("/")[0] != name or row == (0, 0)}
    kept |= {n: (s.passed, s.ignored) for n, s in suites.items() if s.passed + s.ignored}
    head = [line for line in COUNTS.read_text("utf-8").splitlines() if line.startswith("#")]
    rows = [f"{n} {p}{f' ignored {i}' if i else ''}" for n, (p, i) in sorted(kept.items())]
    COUNTS.write_text("\n".join([*head, *rows]) + "\n", "utf-8")


def tally(kind, *fields):
    if TALLY:
        with open(TALLY, "a", encoding="utf-8") as file:
            print(kind, *fields, sep="\t", file=file)


def read(name, lines):
    """Returns the suites that the lines of a test run name, and the test files without tests."""
    suites, empty = {}, []
    now = Suite()
    for line in lines:
        if found := BINARY.match(line) or DOC.match(line):
            part = f"doc-{found[1]}" if DOC.match(line) else found[1]
            part += "-bin" if " src/main.rs " in line else ""  # a library may have its name
            now = suites.setdefault(f"{name}/{part}", Suite())
        elif found := RESULT.match(line):
            passed, failed, ignored = map(int, found.groups())
            now.passed += passed
            now.failed += failed
            now.ignored += ignored
        elif found := RUST_SKIP.search(line):
            if found[1] not in now.skipped:  # a test may lack the same twice
                now.skipped.append(found[1])
                now.passed -= 1  # the harness counts it as passed
        elif found := TAP_SKIP.match(line):
            suites.setdefault(name, Suite()).skipped.append(found[1])
        elif found := TAP_SUM.match(line):
            suite, tests = suites.setdefault(name, Suite()), int(found[2])
            suite.passed += tests if found[1] == "pass" else 0
            suite.failed += tests if found[1] in ("fail", "cancelled") else 0
        elif found := UNITTEST.match(line):
            suites.setdefault(name, Suite()).passed += int(found[1])
        elif found := UNITTEST_SKIP.match(line):
            suites[name].passed -= int(found[1])
            suites[name].skipped += ["a test in Python"] * int(found[1])
        elif found := TAP_EMPTY.match(line):
            empty.append(found[1])
            suites.setdefault(name, Suite()).passed -= 1
    return suites, empty


def faults(name, suites, empty, counted, whole):
    """Yields what is wrong with a run whose command succeeded."""
    known = read_counts() if counted and not WRITES else {}
    if not any(suite.passed or suite.ignored or suite.skipped for suite in suites.values()):
        yield f"{name}: no test ran"
    yield from (f"{path} has no tests" for path in empty)
    for suite, got in suites.items():
        passed, ignored = known.get(suite, (None, got.ignored))
        ran = got.passed + len(got.skipped)
        if ran + got.ignored == 0 and counted and read_counts().get(suite) != (0, 0):
            yield f"{suite}: no test ran ({COUNTS.name} does not say 0)"
        if passed is not None and ran < passed:
            yield f"{suite}: {ran} tests where {COUNTS.name} has {passed}"
        if got.ignored > ignored or (known and suite not in known and got.ignored):
            yield f"{suite}: {got.ignored} ignored, not all in {COUNTS.name}"
        if got.skipped and not MAY_SKIP:
            yield f"{suite}: skipped without OSUSUME_SKIP=1: {'; '.join(got.skipped)}"
    for suite in known:
        if whole and suite.split("/")[0] == name and suite not in suites:
            yield f"{suite}: did not run"


def count(name, command, counted, whole):
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    suites, empty = read(name, lines)
    known = read_counts() if counted else {}
    wrong = [] if run.returncode else list(faults(name, suites, empty, counted, whole))
    for line in lines:
        if said := SAID.match(line):
            print(f"  {said[1]}")
        elif (run.returncode or "warning" in line) and not QUIET.match(line):
            print(line)
    for suite, got in suites.items():
        more = f", {got.failed} failed" if got.failed else ""
        more += f", {len(got.skipped)} skipped" if got.skipped else ""
        more += f", {got.ignored} ignored" if got.ignored else ""
        if counted and not WRITES and got.passed > known.get(suite, (0, 0))[0]:
            more += f" (update the file: {COUNTS.name} has {known.get(suite, ('none',))[0]})"
        if got.passed or more:
            print(f"  {suite}: {got.passed} passed{more}")
        tally("suite", suite, got.passed, got.failed, len(got.skipped))
        for what in got.skipped:
            tally("skip", f"{suite}: {what}")
    for what in wrong:
        print(f"  {what}")
    if (run.returncode or wrong) and not any(suite.failed for suite in suites.values()):
        tally("suite", name, 0, 1, 0)  # no test of its own failed, yet it is no success
    if run.returncode and (log := os.environ.get("OSUSUME_FAILED_LOG")):
        Path(log).write_bytes(run.stdout)
        print(f"  whole output: {log}")
    if WRITES and counted and not run.returncode and not wrong:
        write_counts(name, suites)
    return 1 if run.returncode or wrong else 0


def total():
    rows = [line.rstrip("\n").split("\t") for line in open(TALLY, encoding="utf-8")]
    if skips := [row[1] for row in rows if row[0] == "skip"]:
        print("\nskipped:", *skips, sep="\n  ")
    if stages := [row[1:] for row in rows if row[0] == "stage"]:
        print("\nseconds  of processor  stage")
        for name, seconds, processor in stages:
            print(f"{seconds:>7}  {processor:>12}  {name}")
        both = [sum(int(row[at]) for row in stages) for at in (1, 2)]
        print(f"{both[0]:>7}  {both[1]:>12}  together")
    suites = [row for row in rows if row[0] == "suite"]
    passed, failed, skipped = (sum(int(row[at]) for row in suites) for at in (2, 3, 4))
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    words = sys.argv[1:]
    option = words.pop(0) if words[:1] in (["--uncounted"], ["--part"]) else None
    if words == ["--sum"]:
        sys.exit(total())
    if len(words) < 2:
        sys.exit(__doc__)
    counted, whole = option != "--uncounted", option != "--part"
    sys.exit(count(words[0], words[1:], counted, whole))
