"""The program before any traffic: memory a second after the start, size, the time until it listens."""

import shutil

import measure
from loads.load import Load
from result import Goal, Metric


class Rest(Load):
    name, label = "rest", "before any traffic"
    restarts = True
    settle = 1
    metrics = (Metric("client MB", (Goal(6),)), Metric("server MB", (Goal(6),)),
               Metric("client start ms", (Goal(30),)), Metric("server start ms", (Goal(30),)),
               Metric("stripped size MB", (Goal(5),)))

    def measure(self, peer, bench):
        client, server = peer.pss()
        return {"client MB": client / 1e6, "server MB": server / 1e6, "client start ms": 1000 * peer.client_start,
                "server start ms": 1000 * peer.server_start,
                "stripped size MB": measure.stripped_size(shutil.which(peer.binary)) / 1e6}


def loads(bench):
    yield Rest()
