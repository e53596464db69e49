"""Our ClientHello beside the one of the Chromium that is installed, field by field."""

import sys

import anytls
import chromium
import client_hello
from case import Case

# What ours was made after (src/tls/chrome_hello.cpp). A newer Chromium may have gone on: that is reported, and is no
# failure of this version.
RECORDED_VERSION = 156


@anytls.only_on("BoringSSL", "Chrome's hello")
class ChromeHello(Case):
    def ours(self):
        catcher = self.keep(client_hello.Catcher())
        client = anytls.start_client(self, catcher.port, extra=["--insecure"])
        return client_hello.of_client(catcher, client)

    def test_is_the_recorded_one(self):
        self.assertEqual(self.ours().ja4(), client_hello.CHROME_JA4)

    def test_equals_that_of_the_installed_chromium(self):
        if not chromium.BINARY:
            self.cannot("chromium is not installed: tools/setup --test")
        version, theirs, ours = chromium.version(), chromium.hello(self), self.ours()
        if version > RECORDED_VERSION and theirs.fields() != ours.fields():
            print(f"Chromium {version} is newer than the recorded {RECORDED_VERSION}, and its hello is another: "
                  f"{theirs.ja4_r()}, ours {ours.ja4_r()}", file=sys.stderr)
            return
        self.assertEqual(ours.ja4_r(), theirs.ja4_r())
        self.assertEqual(ours.record_version, theirs.record_version)
        self.assertEqual(ours.fields(), theirs.fields())
