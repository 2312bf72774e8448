#!/usr/bin/env python3
"""Checks the shape of the Rust code and names each broken rule with its file and line.

    pkg-scripts/check-structure.py           also compares the table in docs/ARCHITECTURE.md
    pkg-scripts/check-structure.py --write   writes that table

Needs Python 3.9 and cargo; compiles nothing.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # else the import leaves a folder among the scripts
from rust_imports import circles, crate_imports, line_of, read_crate, without_tests  # noqa: E402

MAX_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_WASM_CRATES = 40

# Each module of src/ and the modules whose items it may use, lowest first. `lib` only re-exports.
MODULES = {
    "names": [],
    "code": [],  # the table of errors
    "message": [],  # how a text or a number is shown in an error message
    "fnv": [],
    "format": ["code", "fnv", "message", "names"],
    "kernel": [],
    "topk": [],
    "find": [],
    "text": ["format"],
    "catalogue": ["find", "fnv", "format", "names"],
    "engine": ["catalogue", "code", "format", "kernel", "message", "names", "text", "topk"],
    "profile": ["catalogue", "code"],
    "error": ["code", "engine", "format", "profile"],  # the union of the modules' errors
    "wasm": ["catalogue", "code", "engine", "error", "format", "message", "names", "profile",
             "text"],
}

# Each package and the packages of this workspace that it may depend on. Tests may use any.
PACKAGES = {
    "osusume": set(),
    "osusume-tables": {"osusume"},
    "osusume-release": {"osusume"},
    "osusume-train": {"osusume", "osusume-tables"},
    "osusume-encode": {"osusume", "osusume-tables"},
    "osusume-pack": {"osusume", "osusume-encode", "osusume-release", "osusume-tables",
                     "osusume-train"},
    "osusume-serve": {"osusume", "osusume-release"},
    "osusume-cli": {"osusume", "osusume-encode", "osusume-pack", "osusume-release",
                    "osusume-serve", "osusume-tables", "osusume-train"},
    "osusume-glue": set(),
}

BEGIN = "<!-- pkg-scripts/check-structure.py --write: begin -->"
END = "<!-- pkg-scripts/check-structure.py --write: end -->"


def cargo(root, *arguments):
    done = subprocess.run(["cargo", *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"check-structure: cargo {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def line_with(file, pattern):
    """Returns `file:line` of the first line that matches, or of the first line."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = re.search(pattern, text, re.M)
    return f"{file}:{line_of(text, found.start()) if found else 1}"


def rust_files(folder, *parts):
    return sorted(file for part in parts for file in (folder / part).rglob("*.rs"))


def folder_of(package):
    return Path(package["manifest_path"]).parent


def crate_roots(folder):
    """Returns the root file of the library and of each program of a package."""
    source = folder / "src"
    found = [source / "lib.rs", source / "main.rs"]
    found += sorted(source.glob("bin/*.rs")) + sorted(source.glob("bin/*/main.rs"))
    return [file for file in found if file.is_file()]


def check_features(root, packages, problems):
    """Returns the number of features of the device half."""
    features = next(len(p["features"]) for p in packages if p["name"] == "osusume")
    if features:
        place = line_with(root / "Cargo.toml", r"^\[features\]")
        problems.append(f"{place}: the package osusume has {features} features")
    return features


def check_locked(root, problems):
    """Returns the number of crates that the device half locks, as check-browser-deps.sh counts."""
    tree = cargo(root, "tree", "--locked", "-p", "osusume", "--no-default-features",
                 "--edges", "normal", "--target", "wasm32-unknown-unknown",
                 "--prefix", "none", "--format", "{p}")
    locked = len({line.split()[0] for line in tree.splitlines() if line} - {"osusume"})
    if locked > MAX_WASM_CRATES:
        problems.append(f"{root / 'Cargo.toml'}:1: {locked} crates are locked for wasm32")
    return locked


def check_lengths(folder, crates, problems):
    """Returns the lines of code and of tests of a package, and how many of its files are long."""
    read = {module.file for crate in crates for module in crate.modules()}
    code = tests = long_files = 0
    for file in rust_files(folder, "src", "benches", "examples", "tests"):
        text = file.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        # A file of src/ that no module but one of tests reads is one of tests.
        is_test = folder / "tests" in file.parents or (
            folder / "src" in file.parents and file not in read)
        of_tests = lines if is_test else without_tests(text)[1]
        code, tests = code + lines - of_tests, tests + of_tests
        if lines - of_tests > MAX_LINES:
            long_files += 1
            problems.append(f"{file}:{MAX_LINES + 1}: has {lines - of_tests} lines without tests")
    return code, tests, long_files


def check_circles(imports, problems):
    """Returns the number of groups of files that import each other."""
    found = circles(imports)
    for group, inside in found:
        problems.append(f"{group[0]}:1: in a circle: {', '.join(map(str, group))}")
        for source, target in sorted({(i.source, i.target) for i in inside}):
            used = [i for i in inside if (i.source, i.target) == (source, target)]
            names = ", ".join(sorted({i.name for i in used}))
            problems.append(f"  {source}:{min(i.line for i in used)}: uses {names} of {target}")
    return len(found)


def forbidden_imports(imports, source, allowed):
    """Yields the imports between modules of src/ that the table does not allow."""
    for found in imports:
        user, used = (file.relative_to(source).with_suffix("").parts[0]
                      for file in (found.source, found.target))
        if user in allowed and used != user and used not in allowed[user]:
            yield found, user, used


def check_modules(crate, imports, is_split, problems):
    """Returns the number of imports of the device half against the order of its modules."""
    wrong = list(forbidden_imports(imports, crate.folder, MODULES))
    for found, user, used in wrong:
        problems.append(f"{found.source}:{found.line}: {user} may not use {found.name}, "
                        f"which {used} defines")
    for name, module in crate.children.items():
        # Before the split, src/ also holds the modules that become crates.
        if is_split and name not in MODULES and module.file != crate.file:
            problems.append(f"{module.file}:1: {name} is in no row of MODULES")
    return len(wrong)


def forbidden_dependencies(packages, allowed):
    """Yields the dependencies of `cargo metadata` that the table does not allow."""
    ours = {package["name"] for package in packages}
    for package in packages:
        may = allowed.get(package["name"], set())
        for dependency in package["dependencies"]:
            if dependency["name"] in ours - may and dependency["kind"] != "dev":
                yield package, dependency["name"]


def check_packages(root, packages, problems):
    """Checks the arrows between packages, their lints and their rows in the guide."""
    guide = root / "CONTRIBUTING.md"
    for package, used in forbidden_dependencies(packages, PACKAGES):
        place = line_with(folder_of(package) / "Cargo.toml", rf"^{used}\b")
        problems.append(f"{place}: {package['name']} may not depend on {used}")
    for package in packages:
        manifest = folder_of(package) / "Cargo.toml"
        folder = folder_of(package).relative_to(root).as_posix()
        if package["name"] not in PACKAGES:
            problems.append(f"{manifest}:1: {package['name']} is in no row of PACKAGES")
        if not re.search(r"^\[lints\]\s+workspace\s*=\s*true", manifest.read_text(), re.M):
            problems.append(f"{manifest}:1: [lints] does not inherit the workspace's")
        if folder != "." and not re.search(rf"^\|.*\b{folder}\b", guide.read_text(), re.M):
            problems.append(f"{guide}:1: the table of folders has no row for {folder}/")


def check_functions(root, packages, problems):
    """Returns how many places let a function past clippy's limit; clippy itself counts lines."""
    limit = root / "clippy.toml"
    text = limit.read_text(encoding="utf-8") if limit.is_file() else ""
    if not re.search(rf"^too-many-lines-threshold\s*=\s*{MAX_FUNCTION_LINES}\b", text, re.M):
        place = line_with(limit, r"^too-many-lines-threshold")
        problems.append(f"{place}: too-many-lines-threshold is not {MAX_FUNCTION_LINES}")
    places = []
    for manifest in (folder_of(package) / "Cargo.toml" for package in packages):
        if re.search(r"^too_many_lines\s*=", manifest.read_text(encoding="utf-8"), re.M):
            places.append(line_with(manifest, r"^too_many_lines\s*="))
    for file in rust_files(root, "src", "crates", "tests", "benches", "examples", "fuzz/src"):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(r"\b(?:allow|expect)\s*\([^)]*clippy::too_many_lines", text):
            places.append(f"{file}:{line_of(text, found.start())}")
    problems += [f"{place}: lets a function have more than {MAX_FUNCTION_LINES} lines"
                 for place in places]
    return len(places)


def table(rows):
    lines = [("rule or size", "found", "allowed"), ("---", "---", "---"), *rows]
    return "\n".join(f"| {rule} | {found} | {allowed} |" for rule, found, allowed in lines)


def is_same(row, kept):
    """Compares a row with the one in the document, whose lines of code may lag a little."""
    if not row[0].startswith("lines of ") or row[0] != kept[0]:
        return row == kept
    # Else almost each commit would change the document.
    now, then = ([int(number) for number in re.findall(r"\d+", cells[1].replace(",", ""))]
                 for cells in (row, kept))
    return len(now) == len(then) and all(
        abs(a - b) <= max(200, a / 10) for a, b in zip(now, then))


def check_document(file, rows, write, problems):
    """Writes the table between its two markers, or checks that it stands there."""
    text = file.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        problems.append(f"{file}:1: the lines `{BEGIN}` and `{END}` are missing")
        return
    head, rest = text.split(BEGIN, 1)
    old, tail = rest.split(END, 1)
    if write:
        file.write_text(f"{head}{BEGIN}\n{table(rows)}\n{END}{tail}", encoding="utf-8")
        return
    kept = [tuple(cell.strip() for cell in line.split("|")[1:-1])
            for line in old.strip().splitlines()[2:]]
    if len(kept) != len(rows) or not all(map(is_same, rows, kept)):
        problems.append(f"{file}:{line_of(head, len(head))}: the table is stale; --write renews it")


def check(root, write):
    """Returns the rows of the table and the broken rules."""
    packages = json.loads(cargo(root, "metadata", "--no-deps", "--format-version", "1"))["packages"]
    order = list(PACKAGES)
    packages.sort(key=lambda p: order.index(p["name"]) if p["name"] in order else len(order))
    is_split, problems = len(packages) > 1, []
    features, locked = check_features(root, packages, problems), check_locked(root, problems)
    long_files = circle_count = wrong = 0
    sizes = []
    for package in packages:
        crates = [read_crate(file) for file in crate_roots(folder_of(package))]
        code, tests, longer = check_lengths(folder_of(package), crates, problems)
        long_files += longer
        size = f"{round(code, -2):,}, and {round(tests, -2):,} of tests"
        sizes.append((f"lines of `{package['name']}`", size, ""))
        for crate in crates:
            imports = crate_imports(crate)
            circle_count += check_circles(imports, problems)
            if crate.file == root / "src/lib.rs":
                wrong += check_modules(crate, imports, is_split, problems)
    if is_split:
        check_packages(root, packages, problems)
    rows = [
        ("features of `osusume`", str(features), "0"),
        ("crates that `osusume` locks for wasm32", str(locked), str(MAX_WASM_CRATES)),
        (f"Rust files over {MAX_LINES} lines without their tests", str(long_files), "0"),
        (f"functions let past clippy's {MAX_FUNCTION_LINES} lines",
         str(check_functions(root, packages, problems)), "0"),
        ("circles between files of a crate", str(circle_count), "0"),
        ("imports against the order of modules in `src/`", str(wrong), "0"),
        *sizes,
    ]
    check_document(root / "docs/ARCHITECTURE.md", rows, write, problems)
    return rows, [problem.replace(f"{root}/", "") for problem in problems]


def main():
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit("usage: pkg-scripts/check-structure.py [--write]")
    rows, problems = check(Path(__file__).resolve().parent.parent, sys.argv[1:] == ["--write"])
    print(table(rows))
    if problems:
        print("\n" + "\n".join(problems), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
