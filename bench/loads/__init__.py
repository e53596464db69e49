"""The loads, by the names that `--only` takes."""

from loads import bulk, cold, idle, path, ping_pong, pool, requests, rest, scale

MODULES = {"rest": rest, "bulk": bulk, "requests": requests, "ping-pong": ping_pong, "cold": cold, "idle": idle,
           "path": path, "pool": pool, "scale": scale}


def chosen(names, bench):
    """In the order above."""
    return [load for name, module in MODULES.items() if name in names for load in module.loads(bench)]
