"""The base of every test here: a folder of its own, and children that end with it and show their log on failure."""

import os
import pathlib
import sys
import tempfile
import unittest

from program import Program


def _bad(result):
    return len(result.failures) + len(result.errors)


class Case(unittest.TestCase):
    maxDiff = None

    def run(self, result=None):
        if result is None:
            result = self.defaultTestResult()
        with tempfile.TemporaryDirectory(prefix="anytls-test-") as folder:
            self.folder = pathlib.Path(folder)
            self._programs = []
            before = _bad(result)
            super().run(result)
            if _bad(result) > before:
                for program in self._programs:
                    print(f"--- log of {program.name} ({self.id()})\n{program.log()[-8000:]}", file=sys.stderr)
        return result

    def spawn(self, name, arguments, **options):
        """A child process that is stopped at the end of the test."""
        number = len(self._programs)
        program = Program(name, arguments, self.folder / f"{number}-{name}.log", **options)
        self._programs.append(program)
        self.addCleanup(program.kill)
        return program

    def keep(self, thing):
        """Something with a close(), closed at the end of the test."""
        self.addCleanup(thing.close)
        return thing

    def cannot(self, why):
        """This machine lacks what the test needs. In CI it must not."""
        if os.environ.get("CI") == "true":
            self.fail(why)
        self.skipTest(why)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)
