"""What a raw file says of where it was made: enough to judge it, nothing that names the machine."""

import os
import platform
import subprocess


def model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe(root):
    commit = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    return {"commit": commit, "cores": len(os.sched_getaffinity(0)), "processor": model(),
            "kernel": platform.release(), "load average": os.getloadavg()[0]}
