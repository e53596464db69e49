"""bench_load, the program that makes the load: what it is asked and what it answers (bench/load/main.cpp)."""

import contextlib
import json
import select
import subprocess


class LoadFailed(Exception):
    """A load that did not come to its end has measured nothing."""


class _Standing:
    """A target or a relay: runs until close()."""

    def __init__(self, arguments):
        self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self._process.stdout.readline())["port"]

    def state(self):
        """Empty, or what is to be said of a load that failed."""
        status = self._process.poll()
        return "" if status is None else f" (what stands behind it has ended with {status})"

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class Generator:
    def __init__(self, binary, patience=120):
        self._binary, self._patience = str(binary), patience
        self._target = _Standing([self._binary, "target"])

    def close(self):
        self._target.close()

    def relay(self, port, delay):
        return _Standing([self._binary, "relay", "--to", str(port), "--delay", str(delay)])

    def _arguments(self, what, proxy, options):
        words = [self._binary, what, "--proxy", str(proxy), "--target", str(self._target.port)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is True:
                words.append(flag)
            elif value is not False:
                words += [flag, str(value)]
        return words

    def run(self, what, proxy, **options):
        """`proxy` 0 = straight to the target."""
        arguments = self._arguments(what, proxy, options)
        try:
            done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                  timeout=self._patience)
        except subprocess.TimeoutExpired:
            raise LoadFailed(f"{what}: not done after {self._patience} s") from None
        if done.returncode:
            raise LoadFailed(f"{what}: {done.stderr.strip()}{self._target.state()}")
        return json.loads(done.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def step(self, what, proxy, **options):
        """For loads in two steps: yields the first step's answer and a function that goes on to the last."""
        process = subprocess.Popen(self._arguments(what, proxy, options), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def answer():
            if not select.select([process.stdout], [], [], self._patience)[0]:
                process.kill()
                raise LoadFailed(f"{what}: no answer after {self._patience} s{self._target.state()}")
            line = process.stdout.readline()
            if not line:
                raise LoadFailed(f"{what}: {process.stderr.read().strip()}{self._target.state()}")
            return json.loads(line)

        def go_on():
            process.stdin.write("\n")
            process.stdin.flush()
            return answer()

        try:
            yield answer(), go_on
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
            process.stderr.close()
