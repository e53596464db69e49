"""What test/support/case.py is for a test, for a run by hand: a folder, children and things that end with it."""

import contextlib
import pathlib
import tempfile

from program import Program


class Stage(contextlib.ExitStack):
    def __init__(self):
        super().__init__()
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="anytls-fault-")))
        self.programs = []

    def spawn(self, name, arguments, **options):
        program = Program(name, arguments, self.folder / f"{len(self.programs)}-{name}.log", **options)
        self.programs.append(program)
        self.callback(program.kill)
        return program

    def keep(self, thing):
        self.callback(thing.close)
        return thing

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)
