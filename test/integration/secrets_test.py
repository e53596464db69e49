"""Passwords: from files and the environment, and never in what others can see. The flags of anytls-go."""

import anytls
import proxy
from anytls import PASSWORD
from case import Case
from target import Target


class Passwords(Case):
    def works(self, client):
        target = self.keep(Target())
        with proxy.socks5(client.port(), "127.0.0.1", target.port) as sock:
            sock.sendall(b"source 10 1\n")
            self.assertEqual(len(proxy.read_all(sock)), 10)

    def test_from_a_file_and_from_the_environment(self):
        cert = anytls.certificate(self.folder)
        file = self.file("password", PASSWORD + "\n")
        environment = {"ANYTLS_PASSWORD": PASSWORD}
        server = self.spawn("server", [anytls.BINARY, "server", "-l", "127.0.0.1:0", "--cert", cert.cert, "--key",
                                       cert.key, "--log-level", "trace"], env=environment)
        base = [anytls.BINARY, "client", "-l", "127.0.0.1:0", "--fingerprint", cert.sha256, "--log-level", "trace"]
        with_file = self.spawn("client", base + ["-s", f"127.0.0.1:{server.port()}", "-p", f"@{file}"])
        with_variable = self.spawn("client", base + ["-s", f"127.0.0.1:{server.port()}"], env=environment)
        self.works(with_file)
        self.works(with_variable)
        for program in (server, with_file, with_variable):
            self.assertNotIn(PASSWORD, program.log())
            with open(f"/proc/{program.pid}/cmdline", encoding="utf-8") as shown:
                self.assertNotIn(PASSWORD, shown.read())

    def test_flags_of_anytls_go(self):
        cert = anytls.certificate(self.folder)
        scheme = self.file("scheme", "stop=2\n0=30-30\n1=100-100")
        server = self.spawn("server", [anytls.BINARY, "server", "-l", "127.0.0.1:0", "-p", PASSWORD, "-padding-scheme",
                                       scheme, "--cert", cert.cert, "--key", cert.key])
        self.works(self.spawn("client", [anytls.BINARY, "client", "-l", "127.0.0.1:0", "-s",
                                         f"127.0.0.1:{server.port()}", "-p", PASSWORD, "-sni", "localhost", "-m", "2",
                                         "--insecure"]))
