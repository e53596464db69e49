"""An object of ours in a process of its own inside a namespace. Its threads share no interpreter with anybody else's,
so the load generator, the target and a relay do not wait for each other."""

import ctypes
import multiprocessing
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _serve(pipe, namespace, make):
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    sys.setswitchinterval(0.0005)  # the threads here measure each other's waiting
    try:
        namespace.enter()
        thing = make()
    except BaseException as error:
        pipe.send((error, None))
        return
    pipe.send((None, None))
    while True:
        try:
            name, arguments = pipe.recv()
        except EOFError:
            os._exit(0)
        try:
            pipe.send((None, getattr(thing, name)(*arguments)))
        except BaseException as error:
            pipe.send((error, None))


class Helper:
    """`helper.method(...)` runs there and returns what it returns. Ends with this process at the latest."""

    def __init__(self, namespace, make):
        self._pipe, there = multiprocessing.Pipe()
        # fork: `make` may be anything, and the child needs the namespace's descriptor.
        self._process = multiprocessing.get_context("fork").Process(target=_serve, args=(there, namespace, make),
                                                                    daemon=True)
        self._process.start()
        there.close()
        self._answer()

    def _answer(self):
        error, value = self._pipe.recv()
        if error is not None:
            raise error
        return value

    def __getattr__(self, name):
        def call(*arguments):
            self._pipe.send((name, arguments))
            return self._answer()
        return call

    def close(self):
        self._process.kill()
        self._process.join()
        self._pipe.close()
