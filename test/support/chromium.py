"""The Chromium of the system (Debian's package `chromium`), as far as its first message."""

import os
import re
import shutil
import signal
import subprocess

import client_hello

BINARY = shutil.which("chromium")


def version():
    """The major number."""
    done = subprocess.run([BINARY, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return int(re.search(r"Chromium (\d+)\.", done.stdout)[1])


def hello(case):
    """The ClientHello with which it begins to load a page of https://localhost."""
    catcher = case.keep(client_hello.Catcher())
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={case.folder}/chromium"]
    started = subprocess.Popen([BINARY, *arguments, f"https://localhost:{catcher.port}/"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return catcher.next(60)
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
