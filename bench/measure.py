"""What a process costs: CPU seconds, memory, size, the time until it listens."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """User + system of all threads, those that have ended too. The process's own clock counts nanoseconds;
    /proc/PID/stat counts ticks of 10 ms, which is what is left where the kernel keeps that clock to itself."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3), which Python does not have
    except (OSError, OverflowError):
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def _field(path, name):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    raise ValueError(f"no {name} in {path}")


def pss(pid):
    """Bytes: private memory, and shared memory by its share."""
    return _field(f"/proc/{pid}/smaps_rollup", "Pss:")


def most_resident(pid):
    """Bytes: the peak since the start."""
    return _field(f"/proc/{pid}/status", "VmHWM:")


def stripped_size(path):
    """Bytes of the program without symbols; as it is where there is no strip."""
    if not shutil.which("strip"):
        return os.path.getsize(path)
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["strip", "-o", out.name, path], check=True)
        return os.path.getsize(out.name)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start(command, port, timeout=10, every=0.0005):
    """The process, and the seconds from before its start until it accepts on the port: exec included, which is over by
    the time that Popen returns."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, time.monotonic() - began
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}") from None
            if time.monotonic() - began > timeout:
                process.kill()
                process.wait()
                raise RuntimeError(f"{command[0]} does not listen on {port}") from None
            time.sleep(every)
