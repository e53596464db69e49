"""The programs that are compared: how client and server of each are started."""

import json
import pathlib
import subprocess

import measure
from placeholders import address, fill, parse_peer

PASSWORD = "bench"


class Peer:
    """A pair of processes. Ports are new at each start."""

    is_ours = False
    carries_only = False  # a tunnel without sessions to keep: only bulk can be compared
    direct = False  # no proxy at all
    is_variant = False  # ours under other options: only loads that name it take it

    def __init__(self, name, folder, cert):
        self.name, self.cert, self.key = name, *cert
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.client = self.server = None
        self.path = None  # what stands before the server, see start()

    def start(self, through, load):
        """`through(port)` makes a path to the server: something with a port and a close()."""
        self.load = load
        self.server_port, self.proxy_port = measure.free_port(), measure.free_port()
        self.server, self.server_start = measure.start(self.server_command(), self.server_port)
        self.path = through(self.server_port) if through else None
        command = self.client_command(self.path.port if self.path else self.server_port)
        self.client, self.client_start = measure.start(command, self.proxy_port)

    def stop(self):
        for process in (self.client, self.server):
            if process is not None:
                process.terminate()
                try:
                    process.wait(3)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        if self.path:
            self.path.close()
        self.client = self.server = self.path = None

    def cpu(self):
        return measure.cpu(self.client.pid), measure.cpu(self.server.pid)

    def pss(self):
        return measure.pss(self.client.pid), measure.pss(self.server.pid)


class Ours(Peer):
    is_ours = True

    def __init__(self, name, folder, cert, binary, client_extra=(), server_extra=()):
        super().__init__(name, folder, cert)
        self.binary, self.client_extra, self.server_extra = str(binary), client_extra, server_extra

    def server_command(self):
        return [self.binary, "server", "-l", f"127.0.0.1:{self.server_port}", "-p", PASSWORD, "--cert", self.cert,
                "--key", self.key, "--log-level", "warn", *self.server_extra, *self.load.ours_server_extra]

    def client_command(self, server_port):
        if self.load.ours_pool:
            return self._configured(server_port)
        return [self.binary, "client", "-l", f"127.0.0.1:{self.proxy_port}", "-s",
                f"anytls://{PASSWORD}@127.0.0.1:{server_port}/?sni=localhost&insecure=1", "--log-level", "warn",
                "--idle-session-timeout", "10m", *self.client_extra, *self.load.ours_extra]

    def _configured(self, server_port):
        """For what has no flag."""
        path = self.folder / "client.json"
        path.write_text(json.dumps(sing_box_client(self.proxy_port, server_port, self.load.ours_pool)),
                        encoding="utf-8")
        return [self.binary, "run", "-c", str(path)]


def sing_box_client(port, server_port, pool):
    """A configuration that sing-box and ours read."""
    return {"log": {"level": "error"},
            "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": port}],
            "outbounds": [{"type": "anytls", "server": "127.0.0.1", "server_port": server_port, "password": PASSWORD,
                           "idle_session_timeout": "10m", **pool,
                           "tls": {"enabled": True, "insecure": True, "server_name": "localhost"}}]}


class SingBox(Peer):
    def __init__(self, name, folder, cert, binary):
        super().__init__(name, folder, cert)
        self.binary = str(binary)

    def _write(self, name, config):
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        return [self.binary, "run", "-c", str(path)]

    def server_command(self):
        return self._write("server", {
            "log": {"level": "error"},
            "inbounds": [{"type": "anytls", "listen": "127.0.0.1", "listen_port": self.server_port,
                          "users": [{"name": "u", "password": PASSWORD}],
                          "tls": {"enabled": True, "certificate_path": self.cert, "key_path": self.key}}],
            "outbounds": [{"type": "direct"}]})

    def client_command(self, server_port):
        return self._write("client", sing_box_client(self.proxy_port, server_port, {}))


class BareTunnel(Peer):
    """bench/bare_tunnel: the limit of what a tunnel on this TLS library can do."""

    carries_only = True

    def __init__(self, name, folder, cert, binary):
        super().__init__(name, folder, cert)
        self.binary = str(binary)

    def server_command(self):
        return [self.binary, "server", str(self.server_port), self.cert, self.key]

    def client_command(self, server_port):
        return [self.binary, "client", str(self.proxy_port), str(server_port)]


class Direct:
    """The same without a proxy."""

    name, proxy_port = "no proxy", 0
    is_ours, carries_only, direct, is_variant = False, False, True, False

    def start(self, *_):
        pass

    def stop(self):
        pass


class Command(Peer):
    """`--peer`: see placeholders.py."""

    def __init__(self, text, folder, cert):
        name, self._client, self._server = parse_peer(text)
        super().__init__(name, folder, cert)
        self.binary = self._client[0]

    def _fill(self, words, more):
        values = {"cert": self.cert, "key": self.key, "password": PASSWORD, "folder": str(self.folder), **more}
        return [fill(word, values) for word in words]

    def server_command(self):
        return self._fill(self._server, address("listen", self.server_port))

    def client_command(self, server_port):
        return self._fill(self._client, {**address("listen", self.proxy_port), **address("server", server_port)})
