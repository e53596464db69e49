"""The configuration that an entry and a value make, and the program that runs it."""

import itertools
import re

import anytls
import documents
from entry import kind_of

LINE = re.compile(r" \(line \d+\)")  # where a YAML file says it; JSON has no lines here

_numbers = itertools.count()


def answered(sentence):
    """Proof: `anytls check` says so of the option and ends with an error."""
    def proof(test, subject):
        done = subject.check()
        test.assertIn(f"{subject.path}{sentence}", LINE.sub("", done.err))
        test.assertEqual(done.code, 1)
    return proof


def refused(sentence):
    """Proof: the same of another place than the option's."""
    return _said(sentence, code=1)


def warned(sentence):
    """Proof: `anytls check` says so, and the configuration can be run."""
    return _said(sentence, code=0)


def _said(sentence, code):
    def proof(test, subject):
        done = subject.check()
        test.assertIn(sentence, done.err)
        test.assertEqual(done.code, code)
    return proof


class Subject:
    """`document(**where)` makes what the option is put into; proofs pass `where` on."""

    def __init__(self, test, entry, value, document):
        self._test, self._document = test, document
        self.form, self.place, self.option = entry.row
        self.kind = kind_of(self.place)
        self._options = value.options(test, self.option)
        self.path = None  # of the option, once it is written

    def text(self, **where):
        made, path = documents.put(self._document(**where), self.place, self._options)
        self.path = f"{path}.{self.option}" if path else self.option
        return documents.text(self.form, made)

    def write(self, **where):
        """The name of a file with it."""
        return self._test.file(f"config-{next(_numbers)}", self.text(**where))

    def check(self):
        return anytls.call("check", "-c", self.write())

    def run_on_free_port(self, where):
        """`where(port)`: the arguments of document()."""
        return anytls.with_free_port(
            lambda port: self._test.spawn("run", [anytls.BINARY, "run", "-c", self.write(**where(port))]))
