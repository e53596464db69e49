#!/usr/bin/env python3
"""Bulk speed, CPU and memory of this program beside sing-box, in one run on one machine.

Only the ratios mean anything: rounds alternate between the peers, and medians are shown with their spread.
CPU is user + system of the client's and the server's process (/proc/PID/stat), memory is PSS.
Usage: bench/compare.py --anytls build/release/anytls --sing-box PATH [--mib 512] [--rounds 5]
"""
import argparse
import json
import os
import resource
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

CHUNK = 1 << 16
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{process.args[0]} does not listen on {port}")


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss(pid):
    for line in open(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024


class Target:
    """`d` + u64: sends that many bytes. `u` + u64: reads that many, then answers one byte."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        block = os.urandom(CHUNK) * 4
        view = memoryview(block)
        with connection:
            head = connection.recv(9, socket.MSG_WAITALL)
            if len(head) < 9:
                return
            left = struct.unpack(">Q", head[1:])[0]
            if head[:1] == b"b":  # 64 KiB both ways, then until the other side closes
                connection.recv(left, socket.MSG_WAITALL)
                connection.sendall(view[:left])
                connection.recv(1)
            elif head[:1] == b"d":
                while left:
                    left -= connection.send(view[: min(left, len(block))])
            else:
                buffer = bytearray(1 << 18)
                while left:
                    got = connection.recv_into(buffer)
                    if not got:
                        return
                    left -= got
                connection.sendall(b"k")


def socks_connect(proxy, port):
    s = socket.create_connection(("127.0.0.1", proxy))
    s.sendall(b"\x05\x01\x00")
    s.recv(2, socket.MSG_WAITALL)
    s.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + struct.pack(">H", port))
    if s.recv(10, socket.MSG_WAITALL)[1:2] != b"\x00":
        sys.exit("the proxy refused the target")
    return s


def transfer(proxy, target, direction, size):
    with socks_connect(proxy, target) as s:
        s.sendall(direction.encode() + struct.pack(">Q", size))
        if direction == "d":
            buffer = bytearray(1 << 18)
            left = size
            while left:
                got = s.recv_into(buffer)
                if not got:
                    sys.exit("the download was cut")
                left -= got
        else:
            view = memoryview(os.urandom(CHUNK) * 4)
            left = size
            while left:
                left -= s.send(view[: min(left, len(view))])
            if s.recv(1) != b"k":
                sys.exit("the upload was cut")


class Peer:
    def __init__(self, name, binary, folder):
        self.name, self.binary, self.folder = name, binary, folder
        self.server_port, self.proxy_port = free_port(), free_port()
        self.cert, self.key = f"{folder}/cert.pem", f"{folder}/key.pem"

    def start(self):
        began = time.monotonic()
        self.server = subprocess.Popen(self.server_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.server_port, self.server)
        self.client = subprocess.Popen(self.client_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.proxy_port, self.client)
        self.start_seconds = time.monotonic() - began

    def stop(self):
        for process in (self.client, self.server):
            process.terminate()
            process.wait()


class Ours(Peer):
    def server_command(self):
        return [self.binary, "server", "-l", f"127.0.0.1:{self.server_port}", "-p", "bench", "--cert", self.cert,
                "--key", self.key, "--log-level", "warn"]

    def client_command(self):
        return [self.binary, "client", "-l", f"127.0.0.1:{self.proxy_port}", "-s",
                f"anytls://bench@127.0.0.1:{self.server_port}/?sni=localhost&insecure=1", "--log-level", "warn",
                "--idle-session-timeout", "10m"]


class SingBox(Peer):
    def write(self, name, config):
        path = f"{self.folder}/{name}.json"
        with open(path, "w") as file:
            json.dump({"log": {"level": "error"}, **config}, file)
        return [self.binary, "run", "-c", path]

    def server_command(self):
        return self.write("server", {
            "inbounds": [{"type": "anytls", "listen": "127.0.0.1", "listen_port": self.server_port,
                          "users": [{"name": "u", "password": "bench"}],
                          "tls": {"enabled": True, "certificate_path": self.cert, "key_path": self.key}}],
            "outbounds": [{"type": "direct"}]})

    def client_command(self):
        return self.write("client", {
            "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": self.proxy_port}],
            "outbounds": [{"type": "anytls", "server": "127.0.0.1", "server_port": self.server_port,
                           "password": "bench", "idle_session_timeout": "10m",
                           "tls": {"enabled": True, "insecure": True, "server_name": "localhost"}}]})


def measure(peer, target, direction, streams, size):
    before = cpu(peer.client.pid), cpu(peer.server.pid)
    began = time.monotonic()
    workers = [threading.Thread(target=transfer, args=(peer.proxy_port, target.port, direction, size // streams))
               for _ in range(streams)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall = time.monotonic() - began
    gib = size / (1 << 30)
    return {"MiB/s": size / (1 << 20) / wall,
            "client CPU s/GiB": (cpu(peer.client.pid) - before[0]) / gib,
            "server CPU s/GiB": (cpu(peer.server.pid) - before[1]) / gib}


def idle_memory(peer, target, sessions):
    """PSS per idle session, client and server: each has carried 64 KiB both ways and has been idle for 5 s."""
    before = pss(peer.client.pid), pss(peer.server.pid)
    held = []
    for _ in range(sessions):
        s = socks_connect(peer.proxy_port, target.port)
        s.sendall(b"b" + struct.pack(">Q", 1 << 16))
        s.sendall(bytes(1 << 16))
        left = 1 << 16
        while left:
            left -= len(s.recv(left))
        held.append(s)  # open until all are: so many sessions
    for s in held:
        s.close()
    time.sleep(5)
    return [(pss(pid) - b) * 1024 / sessions for pid, b in zip((peer.client.pid, peer.server.pid), before)]


def row(label, unit, values):
    text = "  ".join(f"{name} {statistics.median(v):9.2f} [{min(v):.2f} .. {max(v):.2f}]" for name, v in values.items())
    ours, other = (statistics.median(values[name]) for name in ("anytls", "sing-box"))
    print(f"{label:24} {unit:18} {text}  ratio {ours / other if other else float('nan'):.2f}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--anytls", required=True)
    arguments.add_argument("--sing-box", required=True)
    arguments.add_argument("--mib", type=int, default=512)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--idle", type=int, default=1000, help="idle sessions to measure memory with")
    options = arguments.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.anytls, "generate", "certificate", "--name", "localhost", "--cert",
                        f"{folder}/cert.pem", "--key", f"{folder}/key.pem"], check=True, stdout=subprocess.DEVNULL)
        peers = [Ours("anytls", options.anytls, folder), SingBox("sing-box", options.sing_box, folder)]
        target = Target()
        for peer in peers:
            peer.start()
        time.sleep(1)
        names = [peer.name for peer in peers]
        rest = {p.name: ([pss(p.client.pid)], [pss(p.server.pid)]) for p in peers}
        row("memory at rest", "client MiB", {n: rest[n][0] for n in names})
        row("memory at rest", "server MiB", {n: rest[n][1] for n in names})
        row("program size", "MiB", {p.name: [os.path.getsize(p.binary) / (1 << 20)] for p in peers})
        size = options.mib << 20
        for direction, streams in (("d", 1), ("u", 1), ("d", 8), ("u", 8)):
            results = {name: [] for name in names}
            for peer in peers:
                measure(peer, target, direction, streams, size // 8)  # warm-up
            for _ in range(options.rounds):
                for peer in peers:
                    results[peer.name].append(measure(peer, target, direction, streams, size))
            label = f"{'down' if direction == 'd' else 'up'}, {streams} stream{'s' if streams > 1 else ''}"
            for unit in ("MiB/s", "client CPU s/GiB", "server CPU s/GiB"):
                row(label, unit, {name: [r[unit] for r in results[name]] for name in names})
        for peer in peers:
            peer.stop()
        per_session = {}
        for peer in peers:
            peer.start()
            time.sleep(0.5)
            per_session[peer.name] = idle_memory(peer, target, options.idle)
            peer.stop()
        for i, side in enumerate(("client", "server")):
            row(f"{options.idle} idle sessions", f"{side} KiB each", {n: [per_session[n][i]] for n in names})


main()
