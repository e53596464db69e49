"""A child process: its log in a file, its port read from that log, its end by a signal."""

import os
import re
import shutil
import signal
import subprocess
import time

# How the programs say where they listen: ours, and sing-box.
LISTENING = re.compile(r"(?:listening on|tcp server started at) \S*:(\d+)")


# What a sanitizer begins with.
REPORT = re.compile(r"^.*(?:Sanitizer:|: runtime error:)", re.MULTILINE)


def environment(changes):
    """Ours with `changes`; None takes a variable out."""
    merged = {**os.environ, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


# A child ends with us even where ctest kills us for taking too long.
_TIED = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []


class Program:
    def __init__(self, name, arguments, log_path, env=None, cwd=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.arguments = [str(one) for one in arguments]
        self._log_path = log_path
        with open(log_path, "wb") as log:
            self._child = subprocess.Popen(_TIED + self.arguments, stdin=stdin, stdout=log, stderr=subprocess.STDOUT,
                                           cwd=cwd, env=environment(env))
        self.pid = self._child.pid
        self.stdin = self._child.stdin

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def ports(self, count=1, timeout=15):
        """The ports it listens on, in the order in which it says so."""
        self.wait_log(lambda text: len(LISTENING.findall(text)) >= count, timeout, "it does not listen")
        return [int(port) for port in LISTENING.findall(self.log())]

    def port(self):
        return self.ports()[0]

    def wait_log(self, wanted, timeout=10, complaint=None):
        """Until the log contains a text, or satisfies a predicate. Returns the log."""
        found = wanted if callable(wanted) else (lambda text: wanted in text)
        deadline = time.monotonic() + timeout
        while True:
            ended = self._child.poll() is not None
            text = self.log()
            if found(text):
                return text
            if ended or time.monotonic() > deadline:
                how = f"ended with {self._child.returncode}" if ended else f"{timeout} s are over"
                raise AssertionError(f"{self.name}: {complaint or f'no {wanted!r} in its log'}: {how}\n{text[-4000:]}")
            time.sleep(0.02)

    def alive(self):
        return self._child.poll() is None

    def stopped(self):
        """By a SIGSTOP."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "T"

    def wait(self, timeout=10):
        """The exit status; negative for a signal."""
        return self._child.wait(timeout)

    def send(self, what=signal.SIGTERM):
        self._child.send_signal(what)

    def stop(self, what=signal.SIGTERM, timeout=5):
        self.send(what)
        return self.wait(timeout)

    def end(self):
        """SIGTERM, and nobody waits: kill() is still needed."""
        if self.alive():
            self._child.terminate()

    def kill(self):
        """SIGTERM first: the sanitizers report at a proper end. What they have to say is a failure."""
        self._end()
        if said := REPORT.search(self.log()):
            raise AssertionError(f"{self.name}: a sanitizer reports\n{self.log()[said.start():][:8000]}")

    def _end(self):
        if self.alive():
            self._child.terminate()
            try:
                self._child.wait(4)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        if self.stdin:
            self.stdin.close()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def pss(self):
        """Proportional set size in bytes: what this process costs, shared pages by their share."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no Pss in smaps_rollup")
