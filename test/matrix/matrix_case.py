"""The base of the matrix's tests. Programs end while the next test runs: waiting for each end would be most of the
time."""

import pathlib
import tempfile
import time

import anytls
import openssl
from case import Case
from program import Program


class MatrixCase(Case):
    @classmethod
    def setUpClass(cls):
        cls._ending = []
        cls._logs = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="anytls-test-")))
        cls.addClassCleanup(lambda: [program.kill() for program in cls._ending])

    def spawn(self, name, arguments, **options):
        number = len(self._ending)  # their logs outlive the test: a sanitizer reports at the end
        program = Program(name, arguments, self._logs / f"{number}-{name}.log", **options)
        self._programs.append(program)
        self._ending.append(program)
        self.addCleanup(program.end)
        return program

    def wait_for(self, condition, patience=5):
        """Until it is true; what it is then."""
        deadline = time.monotonic() + patience * anytls.PATIENCE
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline, "it does not come")
            time.sleep(0.005)
        return value


class TlsCase(MatrixCase):
    """Certificates of a server, of a stranger, and of a client whom an issuer vouches for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="anytls-test-")))
        cls.cert = anytls.certificate(cls.certificates)
        cls.other = anytls.certificate(cls.certificates, file="other")
        cls.issuer = openssl.authority(cls.certificates, "DNS:issuer.example")
        cls.own = openssl.issued(cls.certificates, cls.issuer, "client.example", usage="clientAuth")
        cls.key_hash = staticmethod(openssl.public_key_hash)
