"""Puts bench/ on the path: what is tested here is the bench's own arithmetic, never a time."""

import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ.get("ANYTLS_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
sys.path.insert(0, str(SOURCE / "bench"))
