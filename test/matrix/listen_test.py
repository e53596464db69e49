"""Every listen field of inbounds and listeners: a program on the far host, and who reaches it from the near one."""

import pathlib
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "net"))

import anytls
import documents
import listen
import see_listen
from entry import kind_of, proved
from matrix_case import MatrixCase
from subject import Subject
from two_hosts import Capture, Marked, NetCase, inside
from wire import FAR


class Listening(Subject):
    def start(self, host=None, prepare=None, waits=True):
        test = self._test
        program = NetCase.start(test, host or test.far, self.text(port=test.port), prepare)
        if waits:
            program.port()
        return program

    def write(self):
        return super().write(port=1081)


@proved(listen.TABLE)
class Listen(MatrixCase, NetCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        NetCase.setUpClass.__func__(cls)
        cls.port = 10000
        cls.wire = Capture(cls.far, "eth0")
        cls.addClassCleanup(cls.wire.close)
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="anytls-test-")))
        cls.cert = anytls.certificate(folder)

    def setUp(self):
        type(self).port += 1  # the program before may still be ending

    def marked(self, mark, match):
        return Marked(self.far, mark, match)

    def connect(self, address=FAR, host=None, port=None, fast=False, many_paths=False):
        return self.keep(inside(host or self.near, see_listen.connect, address, port or self.port, fast, many_paths))

    def prove(self, entry, value):
        waiting = entry.row.option.startswith("wait") and kind_of(entry.row.place) != "anytls"
        if waiting:
            self.silent = self.keep(inside(self.far, see_listen.SilentServer, self.cert, threading.Event()))

        def document(port):
            if subject.kind is None:
                made = documents.client(subject.form, "direct", port, None, None)
                return {**made, "allow-lan": True}
            made = documents.server(subject.form, subject.kind, "0.0.0.0", port, self.cert)
            if waiting:
                way = documents.client(subject.form, "anytls", 1, "127.0.0.1", self.silent.port)
                made |= {name: way[name] for name in ("outbounds", "proxies", "rules") if name in way}
            return made

        subject = Listening(self, entry, value, document)
        value.proof(self, subject)
