"""The base of the tests here: a row of the fault table reaches its goal."""

import dataclasses

import anytls
import namespaces
import report
import rows
from case import Case

namespaces.require()

_UNDER_SANITIZERS = ("killed", "reset", "nat-quiet", "frozen", "closes-after-one", "fd-client")


class FaultCase(Case):
    def row(self, name, server="ours"):
        scale = rows.CI
        if anytls.sanitized():
            if name not in _UNDER_SANITIZERS or server != "ours":
                self.skipTest("not under sanitizers")
            scale = rows.SANITIZED
        result = rows.run(self, name, server=server, scale=scale)
        if result.skipped:
            self.skipTest(result.skipped)
        if result.bound is not None:
            result = dataclasses.replace(result, bound=result.bound * anytls.PATIENCE)
        print(report.line(result), flush=True)
        self.assertEqual(result.violations(), [], "\n".join(["", report.HEAD, report.line(result), *result.notes]))
