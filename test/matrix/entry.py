"""An entry of the matrix: an option at its place in one form, values of it, and what proves that each is obeyed."""

import ast
import collections
import dataclasses
import itertools
import re
from collections.abc import Callable

import anytls

Row = collections.namedtuple("Row", "form place option")


@dataclasses.dataclass(frozen=True)
class Value:
    """`given`, `beside` (other options of the same object): what the configuration says, None = nothing; a function of
    the test where that is known only then. `proof(test, subject)`: subject is the configuration with that value."""
    name: str
    given: object
    proof: Callable
    beside: dict = dataclasses.field(default_factory=dict)

    def options(self, test, option):
        """By name, as the configuration is to have them."""
        written = {**self.beside, option: self.given}
        return {name: value(test) if callable(value) else value for name, value in written.items()}


@dataclasses.dataclass(frozen=True)
class ByHand:
    """The proof is a test of its own: "integration/ech_test.py", "FromDns.test_..."."""
    file: str
    test: str

    def exists(self):
        class_name, method = self.test.split(".")
        tree = ast.parse((anytls.SOURCE / "test" / self.file).read_text(encoding="utf-8"))
        return any(isinstance(part, ast.FunctionDef) and part.name == method
                   for one in tree.body if isinstance(one, ast.ClassDef) and one.name == class_name
                   for part in one.body)


@dataclasses.dataclass(frozen=True)
class Entry:
    row: Row
    values: tuple


def boringssl(proof):
    """Of what builds on the other TLS library do not have: skipped there."""
    proof.library = "BoringSSL"
    return proof


def entries(form, place, table, first=False):
    """`table`: option -> values. `first`: only one value of each, where another place has proved the same reader."""
    return [Entry(Row(form, place, option), tuple(values[:1] if first else values))
            for option, values in table.items()]


def kind_of(place):
    """The type of the element that a place names: "outbounds[anytls].tls" -> "anytls"; None at the top."""
    found = re.search(r"\[([\w-]+)\]", place)
    return found and found[1]


def _slug(text):
    return re.sub(r"\W+", "_", text).strip("_")


def _test(entry, value):
    def test(self):
        self.prove(entry, value)
    library = getattr(value.proof, "library", None)
    return anytls.only_on(library, value.name)(test) if library else test


def proved(*tables):
    """Decorator of a TestCase with a prove(entry, value): a test for each value, whose name says which."""
    def decorate(case):
        for entry in itertools.chain(*tables):
            for value in entry.values:
                if isinstance(value, ByHand):
                    continue
                name = "__".join(["test", *map(_slug, entry.row), _slug(value.name)])
                if hasattr(case, name):
                    raise AssertionError(f"{name} is there twice")
                setattr(case, name, _test(entry, value))
        return case
    return decorate
