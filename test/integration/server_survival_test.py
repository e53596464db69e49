"""What happens around a server: no descriptors, a full disk, a stop of minutes, a sudden death. It comes back."""

import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

import anytls
import peer
import proxy
from case import Case
from target import Target


class ServerSurvival(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def honest(self, port):
        session = self.keep(peer.client(port))
        peer.open_stream(session, 1, self.target.port)
        session.send(peer.frame(peer.PSH, 1, b"echo\n"))
        self.assertEqual(session.read_until(peer.SYNACK), (1, b""))
        return session

    def echo(self, session, data=b"still here"):
        session.send(peer.frame(peer.PSH, 1, data))
        got = b""
        while len(got) < len(data):
            got += session.read_until(peer.PSH)[1]
        self.assertEqual(got, data)

    def test_no_descriptors_left(self):
        server = anytls.start_server(self, self.cert)
        session = self.honest(server.port())
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (server.descriptors(), hard))
        crowd = [self.keep(socket.create_connection(("127.0.0.1", server.port()), 5)) for _ in range(20)]
        server.wait_log("cannot be accepted")
        peer.open_stream(session, 2, self.target.port)
        stream, why = session.read_until(peer.SYNACK)
        self.assertEqual(stream, 2)
        self.assertIn(b"open files", why)
        self.echo(session)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.echo(self.honest(server.port()))
        self.echo(session)
        self.assertEqual(len(crowd), 20)

    def test_full_disk_under_the_log(self):
        disk = self.folder / "disk"
        disk.mkdir()
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        mount = f"mount -t tmpfs -o size=64k none {disk}"
        if not shutil.which("unshare") or subprocess.run([*unshare, "sh", "-c", mount], capture_output=True,
                                                         check=False).returncode:
            self.cannot("no mount namespace for a small disk")
        port = anytls.free_port()
        config = self.file("config.json", json.dumps({
            "log": {"level": "debug", "output": str(disk / "log")},
            "inbounds": [{"type": "anytls", "listen": "127.0.0.1", "listen_port": port,
                          "users": [{"password": anytls.PASSWORD}],
                          "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key}}],
            "outbounds": [{"type": "direct"}]}))
        ballast = f"head -c 40000 /dev/zero > {disk}/ballast"
        server = self.spawn("server", [*unshare, "sh", "-c",
                                       f"{mount} && {ballast} && exec {anytls.BINARY} run -c {config}"])
        # Our view of its disk.
        seen = pathlib.Path(f"/proc/{server.pid}/root{disk}")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)

        def log():
            return (seen / "log").read_bytes()

        size = -1
        session = self.honest(port)
        for _ in range(2000):
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                sock.sendall(b"a line for the log")
            if len(log()) == size and size > 10000 and size % 4096 == 0:
                break
            size = len(log())
        else:
            self.fail(f"the disk does not get full: {size}")
        self.echo(session)
        self.echo(self.honest(port))
        self.assertTrue(server.alive())
        (seen / "ballast").unlink()
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(b"a line for the log")
        deadline = time.monotonic() + 5
        while b"lines of this log were lost" not in log() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertIn(b"lines of this log were lost", log())
        self.echo(session)

    def test_stopped_and_continued(self):
        """A laptop that sleeps, a frozen machine: time has jumped when it wakes up."""
        server = anytls.start_server(self, self.cert, extra=["--idle-session-timeout", "1h"])
        session = self.honest(server.port())
        half_way = self.keep(socket.create_connection(("127.0.0.1", server.port()), 5))
        time.sleep(0.5)  # the deadline runs from accept()
        server.send(signal.SIGSTOP)
        late = self.keep(socket.create_connection(("127.0.0.1", server.port()), 5))  # its kernel accepts
        time.sleep(12)  # beyond the deadline of a handshake
        server.send(signal.SIGCONT)
        self.echo(session)
        self.echo(self.honest(server.port()))
        half_way.settimeout(5 * anytls.PATIENCE)
        self.assertEqual(half_way.recv(1), b"", "its deadline passed meanwhile")
        late.close()

    def test_killed_and_started_again_on_the_same_port(self):
        def start(port):
            return anytls.start_server(self, self.cert, listen=f"127.0.0.1:{port}")

        server = anytls.with_free_port(start)
        port = server.port()
        client = anytls.start_client(self, port, cert=self.cert)
        for _ in range(3):
            sessions = [self.honest(port) for _ in range(5)]
            with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
                sock.sendall(b"source 10 1\n")
                self.assertEqual(len(proxy.read_all(sock)), 10)
            server.send(signal.SIGKILL)
            server.wait()
            for one in sessions:
                self.assertTrue(one.ended())
            server = start(port)
            self.assertEqual(server.port(), port)
        self.echo(self.honest(port))
