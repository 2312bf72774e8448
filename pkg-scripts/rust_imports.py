"""Which file of a Rust crate uses which items of its other files.

This reads text, not types: it follows `use`, `mod` and paths, and knows no method calls. Two files
that only call methods of one type, each in a block of its own, therefore show no import.
"""
import re
from collections import defaultdict, namedtuple

COMMENT_OR_TEXT = re.compile(
    r"//[^\n]*|/\*.*?\*/|\bb?r(#*)\".*?\"\1|\"(?:\\.|[^\"\\])*\""
    r"|'(?:\\(?:u\{\w+\}|x\w\w|.)|[^\\'\n])'", re.S)
TEST_ITEM = re.compile(
    r"^[ \t]*#\[cfg\((?:test|all\(test\b[^\]\n]*)\)\]\s*(?:#\[[^\]]*\]\s*)*"
    r"(?:pub(?:\([^)]*\))?\s+)?(?:(?:unsafe|async|extern)\s+)*"
    r"(?P<kind>mod|fn|use|impl|struct|enum|trait|type|const|static)\b(?P<block>\s+\w+\s*\{)?",
    re.M)
USE = re.compile(r"(?P<pub>\bpub(?:\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
MODULE = re.compile(r"\bmod\s+(?P<module>\w+)\s*(?P<open>[;{])")
DEFINITION = re.compile(r"\b(?P<kind>fn|struct|enum|union|trait|type|static|macro_rules!"
                        r"|const(?!\s+(?:unsafe|extern|async|fn)\b))\s+(?:mut\s+)?(?P<name>\w+)")
# A name that begins here: no field or method, but the end of a range may.
START = r"(?<![\w:'])(?<!(?<!\.)\.)"
PATH = re.compile(START + r"\w+(?:\s*::\s*\w+)+")

Binding = namedtuple("Binding", "name path line public")
Import = namedtuple("Import", "source target name line")


def blanked(text, start, end):
    """Returns `text` with spaces from `start` to `end`: places and line numbers stay."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def blanked_text(found):
    """Blanks a comment or a text, but for the constants that a text shows as `{NAME}`."""
    kept = "" if found[0].startswith("/") else found[0]
    code = blanked(found[0], 0, len(found[0]))
    for shown in re.finditer(r"(?<!\{)\{([A-Z]\w*)[}:]", kept):
        code = code[:shown.start(1)] + shown[1] + code[shown.end(1):]
    return code


def line_of(text, place):
    return text.count("\n", 0, place) + 1


def closing(code, start):
    """Returns the place behind the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(code)):
        depth += (code[place] in "{[(") - (code[place] in "}])")
        if depth == 0:
            return place + 1
    return len(code)


def item_end(code, start, plain):
    """Returns where an item ends: at its `;`, or behind its body unless it is a `plain` one."""
    place = start
    while place < len(code) and code[place] != ";":
        if code[place] in "{[(":
            body = code[place] == "{" and not plain
            place = closing(code, place)
            if body:
                return place
        else:
            place += 1
    return place + 1


def without_tests(text):
    """Returns the code without comments, texts and tests, and the number of lines of tests."""
    code = COMMENT_OR_TEXT.sub(blanked_text, text)
    test_lines = 0
    while found := TEST_ITEM.search(code):
        start, place = found.start(), found.start("kind")
        end = item_end(code, place, found["kind"] in ("use", "type", "const", "static"))
        # Only modules count as tests: a helper among the code is read with the code.
        if found["kind"] == "mod" and found["block"] and code[start] == "#":
            test_lines += line_of(code, end) - line_of(code, start) + 1
        code = blanked(code, start, end)
    return code, test_lines


def leaves(tree, prefix=()):
    """Yields the path and the local name of each leaf of a `use` tree; `*` is a glob."""
    tree = tree.strip()
    if "{" in tree:
        head, inner = tree.split("{", 1)
        prefix += tuple(part.strip() for part in head.split("::") if part.strip())
        inner, depth, start = inner[:inner.rindex("}")] + ",", 0, 0
        for place, letter in enumerate(inner):
            depth += (letter == "{") - (letter == "}")
            if letter == "," and depth == 0:
                yield from leaves(inner[start:place], prefix)
                start = place + 1
    elif tree:
        path, *alias = re.split(r"\s+as\s+", tree)
        path = prefix + tuple(part.strip() for part in path.split("::") if part.strip())
        path = path[:-1] if len(path) > 1 and path[-1] == "self" else path
        yield path, (alias or path)[-1]


class Module:
    """A module of a crate: a file, or a block in one."""

    def __init__(self, file, parent, code, folder):
        self.file, self.parent, self.code, self.folder = file, parent, code, folder
        self.root = parent.root if parent else self
        self.children, self.items, self.bindings = {}, set(), []
        self.read()

    def read(self):
        self.rest = self.code
        for found in USE.finditer(self.code):
            self.rest = blanked(self.rest, *found.span())
        for found in list(MODULE.finditer(self.rest)):
            # A block that was read already is blank, and so are the modules in it.
            if self.rest[found.start()] != "m" or self.depth(found.start()):
                continue
            folder, end = self.folder / found["module"], found.end()
            if found["open"] == "{":
                end = closing(self.rest, found.end() - 1)
                inner = blanked(self.code, 0, found.end())[:end - 1]
                self.children[found["module"]] = Module(self.file, self, inner, folder)
                self.code = blanked(self.code, found.end(), end)
            else:
                for file in (folder.with_suffix(".rs"), folder / "mod.rs"):
                    if file.is_file():
                        code = without_tests(file.read_text(encoding="utf-8"))[0]
                        self.children[found["module"]] = Module(file, self, code, folder)
            self.rest = blanked(self.rest, found.start(), end)
        for found in USE.finditer(self.code):
            for path, name in leaves(found["tree"]):
                line = line_of(self.code, found.start())
                self.bindings.append(Binding(name, path, line, bool(found["pub"])))
        for found in DEFINITION.finditer(self.rest):
            if not self.depth(found.start()):
                self.items.add(found["name"])
                if found["kind"] == "enum":
                    self.blank_variants(found.end())

    def blank_variants(self, place):
        """Blanks the names of an enum's variants: they are often those of other items."""
        start = self.rest.index("{", place)
        end = closing(self.rest, start)
        for found in list(re.finditer(r"^[ \t]*(\w+)", self.rest[start:end], re.M)):
            before = self.rest[start:start + found.start(1)]
            if sum(map(before.count, "{[(")) - sum(map(before.count, "}])")) == 1:
                self.rest = blanked(self.rest, start + found.start(1), start + found.end(1))

    def depth(self, place):
        return self.rest.count("{", 0, place) - self.rest.count("}", 0, place)

    def modules(self):
        yield self
        for child in self.children.values():
            yield from child.modules()

    def look_up(self, name, seen=frozenset()):
        """Returns the modules and the (file, item) pairs that a name stands for here."""
        if (self, name) in seen:
            return set()
        seen |= {(self, name)}
        found = {(self.file, name)} if name in self.items else set()
        if name in self.children:
            found.add(self.children[name])
        for binding in self.bindings:
            if binding.name == name:
                found |= self.resolve(binding.path, seen)
        if not found:
            for binding in self.bindings:
                for module in self.resolve(binding.path[:-1], seen) if binding.name == "*" else ():
                    if isinstance(module, Module):
                        found |= module.look_up(name, seen)
        return found

    def resolve(self, path, seen=frozenset()):
        """Returns the modules and the (file, item) pairs that a path stands for here."""
        found, names = {self}, list(path)
        anchored = bool(names) and names[0] in ("crate", "self", "super")
        while names and names[0] in ("crate", "self", "super"):
            name = names.pop(0)
            steps = {"crate": self.root, "self": self}
            found = {steps.get(name) or module.parent or module for module in found}
        for name in names:
            modules = {module for module in found if isinstance(module, Module)}
            if not modules:
                return found  # a variant or a function of a type
            found = set().union(*(module.look_up(name, seen) for module in modules))
            if not found and anchored and not seen:
                # A macro made the item, so it stands in the module's own file.
                found = {(module.file, name) for module in modules}
            anchored = True if found else anchored
        return found

    def imports(self):
        """Yields an import for each item of another file that this module uses."""
        def to(path, line):
            for target in sorted(self.resolve(path) - set(self.root.modules())):
                if target[0] != self.file:
                    yield Import(self.file, target[0], target[1], line)

        for binding in self.bindings:
            if binding.name == "*":
                for module in self.resolve(binding.path[:-1]) & set(self.root.modules()):
                    for name in sorted(set(re.findall(START + r"[A-Za-z_]\w*", self.rest))):
                        if module.look_up(name):
                            yield from to(binding.path[:-1] + (name,), binding.line)
                continue
            # A re-export alone uses nothing; a mention of its name in the code does.
            mention = re.compile(rf"{START}{binding.name}\b(?!\s*:[^:])")
            if not binding.public or mention.search(self.rest):
                yield from to(binding.path, binding.line)
        for found in PATH.finditer(self.rest):
            path = tuple(re.split(r"\s*::\s*", found[0]))
            yield from to(path, line_of(self.rest, found.start()))


def read_crate(root_file):
    code = without_tests(root_file.read_text(encoding="utf-8"))[0]
    return Module(root_file, None, code, root_file.parent)


def crate_imports(module):
    return sorted({found for inner in module.modules() for found in inner.imports()})


def circles(imports):
    """Returns groups of files that import each other, each with the imports inside the group."""
    targets = defaultdict(set)
    for found in imports:
        targets[found.source].add(found.target)

    def reached(start):
        seen, waiting = set(), [start]
        while waiting:
            fresh = targets.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        return seen

    reach = {file: reached(file) for file in list(targets)}
    groups = {frozenset(other for other in reach[file] if file in reach.get(other, ()))
              for file in reach}
    return [(sorted(group), [i for i in imports if i.source in group and i.target in group])
            for group in sorted(groups, key=sorted) if len(group) > 1]
