"""The path of sing-box, asked for only where a test needs it."""

import functools
import unittest


@functools.cache
def path():
    try:
        import sing_box  # looks for it, and ends the program where there is none
    except SystemExit as end:
        if end.code == 77:
            raise unittest.SkipTest("no sing-box here") from None
        raise AssertionError("sing-box must be here, and is not") from None
    return sing_box.BINARY
