"""Tests of pkg-scripts/check-structure.py on small trees.

    python3 -m unittest tests/structure/test_check_structure.py
"""
import importlib.util
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "pkg-scripts"
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("check_structure", SCRIPTS / "check-structure.py")
structure = importlib.util.module_from_spec(spec)
spec.loader.exec_module(structure)


class Tree(unittest.TestCase):
    """Each test writes the files of a crate below `src/`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, **files):
        """Writes files by name: `a__b` is src/a/b.rs."""
        for name, text in files.items():
            file = self.root / "src" / (name.replace("__", "/") + ".rs")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.crate = structure.read_crate(self.root / "src/lib.rs")

    def name(self, file):
        return file.relative_to(self.root / "src").as_posix()

    def imports(self):
        return {(self.name(found.source), self.name(found.target), found.name)
                for found in structure.crate_imports(self.crate)}

    def circles(self):
        return [[self.name(file) for file in group]
                for group, _ in structure.circles(structure.crate_imports(self.crate))]


class Circles(Tree):
    def test_two_files(self):
        self.write(lib="mod a;\nmod b;", a="use crate::b::B;\npub struct A(B);",
                   b="pub struct B;\nimpl B { fn a() { super::a::A::new() } }")
        self.assertEqual(self.circles(), [["a.rs", "b.rs"]])

    def test_through_a_re_export(self):
        self.write(lib="mod a;", a__mod="mod x;\nmod y;\npub use x::X;\npub use y::Y;",
                   a__x="use super::Y;\npub struct X(Y);", a__y="use super::X;\npub struct Y(X);")
        self.assertEqual(self.imports(), {("a/x.rs", "a/y.rs", "Y"), ("a/y.rs", "a/x.rs", "X")})
        self.assertEqual(self.circles(), [["a/x.rs", "a/y.rs"]])

    def test_a_re_export_alone_is_none(self):
        self.write(lib="mod a;", a__mod="mod x;\npub use x::X;\npub struct E;",
                   a__x="use super::E;\npub struct X(E);")
        self.assertEqual(self.circles(), [])

    def test_a_re_export_that_its_own_file_uses_is_one(self):
        self.write(lib="mod a;", a__mod="mod x;\npub use x::X;\npub struct E(X);",
                   a__x="use super::E;\npub struct X(E);")
        self.assertEqual(self.circles(), [["a/mod.rs", "a/x.rs"]])

    def test_a_constant_shown_in_a_text_is_used(self):
        self.write(lib="mod a;", a__mod='mod x;\npub use x::MAX;\npub fn e() { p!("to {MAX}") }',
                   a__x="pub const MAX: u8 = 1;\nfn f() { super::e() }")
        self.assertEqual(self.circles(), [["a/mod.rs", "a/x.rs"]])

    def test_a_variant_of_the_same_name_is_not_used(self):
        self.write(lib="mod a;", a__x="use super::E;\npub struct X(E);",
                   a__mod="mod x;\npub use x::X;\npub enum E {\n    X,\n    Other(u8),\n}")
        self.assertEqual(self.circles(), [])

    def test_only_in_tests_is_none(self):
        tests = "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::a::A;\n}\n"
        self.write(lib="mod a;\nmod b;\n#[cfg(test)]\nmod c;",
                   a="use crate::b::B;\npub struct A(B);",
                   b="pub struct B;\n" + tests, c="use crate::a::A;")
        self.assertEqual(self.imports(), {("a.rs", "b.rs", "B")})
        self.assertEqual(self.circles(), [])

    def test_comments_and_texts_are_no_code(self):
        self.write(lib="mod a;\nmod b;", a="use crate::b::B;\npub struct A(B, char);",
                   b="//! See [`crate::a::A`].\npub struct B;\n/* crate::a::A */\n"
                     "const T: &str = \"crate::a::A\"; const R: &str = r#\"\"crate::a::A\"#;")
        self.assertEqual(self.circles(), [])

    def test_renamed_nested_and_glob_imports(self):
        self.write(lib="mod a;\nmod b;\nmod c;",
                   a="use crate::{b::{self, B as Other}, c::*};\nfn f() { b::g(); h() }",
                   b="pub struct B;\npub const fn g() {}", c="pub fn h() {}\npub fn unused() {}")
        self.assertEqual(self.imports(), {("a.rs", "b.rs", "B"), ("a.rs", "b.rs", "g"),
                                          ("a.rs", "c.rs", "h")})

    def test_the_message_names_files_lines_and_items(self):
        self.write(lib="mod a;\nmod b;", a="\nuse crate::b::B;\npub struct A;",
                   b="use crate::a::A;\npub struct B;")
        problems = []
        structure.check_circles(structure.crate_imports(self.crate), problems)
        a, b = self.root / "src/a.rs", self.root / "src/b.rs"
        self.assertEqual(problems, [f"{a}:1: in a circle: {a}, {b}", f"  {a}:2: uses B of {b}",
                                    f"  {b}:1: uses A of {a}"])


class Arrows(Tree):
    def test_a_lower_module_may_not_use_a_higher_one(self):
        self.write(lib="mod format;\nmod engine;\npub use engine::Engine;",
                   format="use crate::Engine;\npub struct F(Engine);",
                   engine__mod="mod part;\npub use part::Engine;",
                   engine__part="use crate::format::F;\npub struct Engine;")
        found = [(self.name(i.source), i.line, user, used) for i, user, used in
                 structure.forbidden_imports(structure.crate_imports(self.crate),
                                             self.root / "src",
                                             {"format": [], "engine": ["format"]})]
        self.assertEqual(found, [("format.rs", 1, "format", "engine")])

    def test_between_packages(self):
        def package(name, *uses):
            return {"name": name, "dependencies": [{"name": n, "kind": k} for n, k in uses]}

        packages = [package("low", ("high", None), ("serde", None)),
                    package("high", ("low", None)), package("tested", ("high", "dev"))]
        found = [(p["name"], used) for p, used in
                 structure.forbidden_dependencies(packages, {"low": set(), "high": {"low"}})]
        self.assertEqual(found, [("low", "high")])


class Lengths(Tree):
    def test_tests_do_not_count(self):
        code = "fn f() {}\n" * structure.MAX_LINES
        tests = "#[cfg(test)]\nmod tests {\n" + "    fn t() {}\n" * 50 + "}\n"
        self.write(lib="mod a;\nmod b;\n#[cfg(test)]\nmod c;", a=code + tests,
                   b=code + "fn g() {}\n" + tests, c=code + code)
        problems = []
        lengths = structure.check_lengths(self.root, [self.crate], problems)
        self.assertEqual(lengths, (805, 906, 1))
        self.assertEqual(problems, [f"{self.root / 'src/b.rs'}:401: has 401 lines without tests"])


class Document(Tree):
    ROWS = [("circles", "0", "0"), ("lines of `a`", "12,300, and 400 of tests", "")]

    def check(self, rows, write=False):
        problems = []
        structure.check_document(self.root / "A.md", rows, write, problems)
        return problems

    def test_the_table_is_written_and_compared(self):
        file = self.root / "A.md"
        file.write_text("Before.\n", encoding="utf-8")
        self.assertIn("are missing", self.check(self.ROWS)[0])
        file.write_text(f"Before.\n{structure.BEGIN}\n{structure.END}\nAfter.\n", encoding="utf-8")
        self.assertEqual(self.check(self.ROWS),
                         [f"{file}:2: the table is stale; --write renews it"])
        self.assertEqual(self.check(self.ROWS, write=True), [])
        self.assertEqual(self.check(self.ROWS), [])
        text = file.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("Before.\n") and text.endswith("\nAfter.\n"))
        self.assertEqual(self.check([("circles", "1", "0"), self.ROWS[1]]),
                         [f"{file}:2: the table is stale; --write renews it"])

    def test_lines_of_code_may_lag_a_little(self):
        (self.root / "A.md").write_text(structure.BEGIN + structure.END, encoding="utf-8")
        self.check(self.ROWS, write=True)
        size = ("lines of `a`", "12,900, and 500 of tests", "")
        self.assertEqual(self.check([self.ROWS[0], size]), [])
        size = ("lines of `a`", "15,000, and 500 of tests", "")
        self.assertEqual(len(self.check([self.ROWS[0], size])), 1)


if __name__ == "__main__":
    unittest.main()
