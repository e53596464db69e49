"""Another commit of ours, built in a worktree under build/, where it stays for the next time."""

import os
import pathlib
import subprocess


def _git(root, *words):
    return subprocess.run(["git", "-C", root, *words], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def resolve(root, ref):
    return _git(root, "rev-parse", "--verify", f"{ref}^{{commit}}")


def build(root, ref):
    """The path of its program."""
    commit = resolve(root, ref)
    tree = pathlib.Path(root) / "build" / f"compare-{commit[:12]}"
    program = tree / "build" / "release" / "anytls"
    if not tree.exists():
        _git(root, "worktree", "add", "--force", "--detach", str(tree), commit)  # registered, but perhaps wiped
    # Always: a build that was broken off goes on, one that is complete takes a second.
    subprocess.run([tree / "tools" / "build", "release", "--target", "anytls"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "ANYTLS_TESTS": "OFF"})
    return program
