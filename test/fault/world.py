"""One client, one server and one target in a network of their own, and the load between them."""

import json
import os
import pathlib
import re
import resource
import subprocess
import time

import anytls
import sing_box_path
from accounting import baseline
from counting_target import CountingTarget
from helper import Helper
from namespaces import SERVER, TARGET, Network
from traffic import Load, Plan

PROXY_PORT, PORT, BEHIND = 1080, 8443, 8444  # BEHIND: where the server listens when a relay stands in front
POOL = {"ensure_idle_session": 8, "min_idle_session": 8, "idle_session_timeout": "10m",
        "idle_session_check_interval": "30s", "connect_timeout": "20s"}
# What sing-box knows of these.
THEIRS = ("min_idle_session", "idle_session_timeout", "idle_session_check_interval", "connect_timeout")
# How our client says that it had handed a request's bytes to TLS when the session died.
CUT = re.compile(r"127\.0\.0\.1:(\d+) to \S+ via .*after data had been sent")


class World:
    """`stage` keeps and spawns (case.Case or stage.Stage). `front(listen, to, cert)`: a relay before the server;
    `stand_in(listen, cert)`: instead of it. ANYTLS_TEST_HELLO=plain: our client's ClientHello is the TLS library's
    instead of Chrome's."""

    def __init__(self, stage, client="ours", server="ours", pool=None, front=None, stand_in=None, heartbeat="20s"):
        self.stage, self.client_kind, self.server_kind = stage, client, server
        self.network = stage.keep(Network())
        self.cert = anytls.certificate(stage.folder)
        self.target = stage.keep(Helper(self.network.target, lambda: CountingTarget(TARGET)))
        self.front = self.stand_in = self.server = None
        self.clock_file = stage.folder / "clock"
        self.clock_file.write_text("0\n")

        if stand_in:
            self.stand_in = stage.keep(Helper(self.network.server, lambda: stand_in((SERVER, PORT), self.cert)))
        else:
            self._server_port = BEHIND if front else PORT
            self.start_server()
        if front:
            self.front = stage.keep(Helper(self.network.server,
                                           lambda: front((SERVER, PORT), (SERVER, BEHIND), self.cert)))
        self._start_client({**POOL, "heartbeat": heartbeat, **(pool or {})})
        self.load = stage.keep(Helper(self.network.client, lambda: Load(PROXY_PORT, self.target.where())))

    def _spawn(self, name, namespace, arguments, **options):
        program = self.stage.spawn(name, namespace.command(*arguments), **options)
        program.port()
        return program

    def start_server(self, port=None):
        port = port or self._server_port
        if self.server_kind == "sing-box":
            config = {"log": {"level": "info"}, "outbounds": [{"type": "direct"}], "inbounds": [
                {"type": "anytls", "listen": SERVER, "listen_port": port,
                 "users": [{"name": "u", "password": anytls.PASSWORD}],
                 "tls": {"enabled": True, "certificate_path": self.cert.cert, "key_path": self.cert.key}}]}
            path = self.stage.file(f"server-{port}.json", json.dumps(config))
            arguments = [sing_box_path.path(), "run", "-c", path, "--disable-color"]
        else:
            arguments = [anytls.BINARY, "server", "-l", f"{SERVER}:{port}", "-p", anytls.PASSWORD,
                         "--cert", self.cert.cert, "--key", self.cert.key]
        self.server = self._spawn("server", self.network.server, arguments)

    def _start_client(self, pool):
        if self.client_kind == "sing-box":
            pool = {name: value for name, value in pool.items() if name in THEIRS}
        config = {"log": {"level": "debug"},
                  "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": PROXY_PORT}],
                  "outbounds": [{"type": "anytls", "server": SERVER, "server_port": PORT, "password": anytls.PASSWORD,
                                 "tls": {"enabled": True, "server_name": "localhost", "insecure": True, **self._hello()},
                                 **pool}]}
        path = self.stage.file("client.json", json.dumps(config))
        binary = [sing_box_path.path(), "run", "-c", path, "--disable-color"] if self.client_kind == "sing-box" else [
            anytls.BINARY, "run", "-c", path]
        self.client = self._spawn("client", self.network.client, binary, env=self._movable_clock())

    def _hello(self):
        plain = self.client_kind == "ours" and os.environ.get("ANYTLS_TEST_HELLO") == "plain"
        return {"utls": {"enabled": False}} if plain else {}

    def _movable_clock(self):
        """For the row that needs it: see jump_clock()."""
        if self.client_kind != "ours" or anytls.sanitized():
            return {}
        library = self.stage.folder / "clock_jump.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("clock_jump.c")],
                       check=True)
        return {"LD_PRELOAD": str(library), "ANYTLS_TEST_CLOCK_FILE": str(self.clock_file)}

    def cut_sources(self):
        """Ports of applications whose bytes were in TLS when their session died, as our client's log has them."""
        return {int(port) for port in CUT.findall(self.client.log())} if self.client_kind == "ours" else set()

    def flows(self):
        return self.network.flows(PORT)

    def warm_up(self, sessions=8, delay=0.0):
        """Until the pool holds that many; for a client without a warm pool requests in parallel make it. What requests
        of each kind wait without a fault is measured here. Returns that, and the sessions counted at the server."""
        plan = Plan(requests=10 if delay else 30, spread=0.1, talk_pause=0.5)
        self.load.start(plan)
        records = self.load.finish()
        bad = [one for one in records if one.outcome != "ok"]
        if bad:
            raise AssertionError(f"without a fault: {bad}")
        deadline = time.monotonic() + (15 + 20 * delay) * anytls.PATIENCE
        while (warm := len(self.flows())) < sessions:
            if time.monotonic() > deadline:
                raise AssertionError(f"the pool is not warm: {warm} sessions at the server, not {sessions}")
            time.sleep(0.05)
        return baseline(records), warm

    @staticmethod
    def limit_descriptors(program, count):
        """The soft limit; None = as many as there may be."""
        hard = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (count or hard, hard))
