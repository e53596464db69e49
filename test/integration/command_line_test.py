"""The command line: exit codes, help, and one sentence for whatever keeps a program from starting."""

import os

import anytls
from anytls import PASSWORD, call
from case import Case
from target import Target


class Usage(Case):
    def test_help_everywhere_with_examples(self):
        for words in ([], ["server"], ["client"], ["run"], ["check"], ["generate", "certificate"],
                      ["generate", "password"]):
            with self.subTest(command=words):
                done = call(*words, "--help")
                self.assertEqual(done.code, 0)
                self.assertIn("Example", done.out)
                self.assertEqual(done.err, "")
        for words in (["version"], ["generate"]):
            self.assertEqual(call(*words, "--help").code, 0)

    def test_version(self):
        done = call("version")
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertRegex(done.out, r"^anytls\S* \d+\.\d+.*\nTLS library: (BoringSSL|OpenSSL)\n$")
        # Tests skip themselves by it.
        built_on = os.environ.get("ANYTLS_TLS")
        if built_on:
            self.assertIn(f": {built_on}\n", done.out.lower())

    def test_wrong_usage_is_2(self):
        for words in ([], ["nonsense"], ["client", "--no-such-option"], ["client"], ["check"], ["generate"],
                      ["generate", "certificate", "--days", "0"], ["generate", "certificate", "--days", "36501"],
                      ["server", "--threads", "many"], ["server", "--log-level", "loud"]):
            with self.subTest(command=words):
                done = call(*words)
                self.assertEqual(done.code, 2, done)
                self.assertNotEqual(done.err, "")

    def test_unknown_command_is_named(self):
        for words in (["bogus"], ["generate", "bogus"]):
            done = call(*words)
            self.assertEqual((done.code, done.err),
                             (2, f'anytls: there is no command "{" ".join(words)}"; see anytls --help\n'))

    def test_fingerprint_may_have_colons(self):
        taken = self.keep(Target()).port
        done = call("client", "-l", f"127.0.0.1:{taken}", "-s", "a:1", "-p", "x",
                    "--fingerprint", ":".join(["Aa"] * 32))
        self.assertIn("in use", done.err)  # all else was right

    def test_wrong_values_are_one_sentence(self):
        for words, part in ((["client", "-s", "nowhere", "-p", "x"], "HOST:PORT"),
                            (["client", "-s", "anytls://", "-p", "x"], "anytls://"),
                            (["client", "-s", "a:0", "-p", "x"], "port 0"),
                            (["client", "-s", "anytls://x@a:0"], "port from 1"),
                            (["client", "-s", "a:1", "-p", "x", "--fingerprint", "zz"],
                             '--fingerprint: "zz" is not a SHA-256 fingerprint: write 64 hex digits'),
                            (["client", "-s", "anytls://x@a:1/?hpkp=zz"], "hpkp"),
                            (["client", "-s", "a:1", "-p", "x", "--idle-session-timeout", "5 min"], "5m"),
                            (["client", "-s", "a:1", "-p", "x", "--user", "nobody"], "NAME:PASSWORD"),
                            (["client", "-s", "a:1", "-p", "@/no/such/file"], "/no/such/file"),
                            (["run", "-c", "/no/such/file"], "/no/such/file"),
                            (["check", "-c", "/no/such/file"], "/no/such/file")):
            with self.subTest(command=words):
                done = call(*words)
                self.assertIn(done.code, (1, 2), done)
                self.assertIn(part, done.err)
                self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)

    def test_generated_passwords_differ(self):
        first, second = call("generate", "password"), call("generate", "password")
        self.assertEqual(first.code, 0)
        self.assertGreaterEqual(len(first.out.strip()), 16)
        self.assertNotEqual(first.out, second.out)

    def test_generated_certificate_is_not_overwritten(self):
        cert = anytls.certificate(self.folder)
        self.assertEqual(os.stat(cert.key).st_mode & 0o077, 0)
        again = call("generate", "certificate", "--cert", cert.cert, "--key", cert.key)
        self.assertEqual(again.code, 1)
        self.assertIn(cert.key, again.err)


class StartingFails(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)

    def assert_one_sentence(self, done, *parts):
        self.assertEqual(done.code, 1, done)
        for part in parts:
            self.assertIn(part, done.err)
        self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)

    def server(self, *extra, listen="127.0.0.1:0", password=PASSWORD):
        return call("server", "-l", listen, "-p", password, *extra)

    def test_port_in_use(self):
        taken = self.keep(Target()).port
        done = self.server("--cert", self.cert.cert, "--key", self.cert.key, listen=f"127.0.0.1:{taken}")
        self.assert_one_sentence(done, f"127.0.0.1:{taken}", "in use")
        done = call("client", "-l", f"127.0.0.1:{taken}", "-s", "localhost:1", "-p", "x")
        self.assert_one_sentence(done, f"127.0.0.1:{taken}", "in use")

    def test_missing_key(self):
        self.assert_one_sentence(self.server("--cert", self.cert.cert, "--key", "/no/key.pem"), "key /no/key.pem",
                                 "No such file")

    def test_missing_certificate(self):
        done = self.server("--cert", "/no/cert.pem", "--key", self.cert.key)
        self.assert_one_sentence(done, "certificate /no/cert.pem", "No such file")
        done = self.server("--cert", str(self.folder), "--key", self.cert.key)
        self.assert_one_sentence(done, str(self.folder), "directory")

    def test_key_that_is_no_key(self):
        key = self.file("bad.key", "hello")
        self.assert_one_sentence(self.server("--cert", self.cert.cert, "--key", key), key)

    def test_key_of_another_certificate(self):
        other = anytls.certificate(self.folder, file="other")
        self.assert_one_sentence(self.server("--cert", self.cert.cert, "--key", other.key), "key")

    def test_certificate_without_key(self):
        self.assert_one_sentence(self.server("--cert", self.cert.cert), "--key")

    def test_invalid_padding_scheme(self):
        scheme = self.file("scheme", "0=30-30")
        done = self.server("--cert", self.cert.cert, "--key", self.cert.key, "--padding-scheme", scheme)
        self.assert_one_sentence(done, "stop")

    def test_no_password(self):
        self.assert_one_sentence(call("client", "-s", "localhost:1", env={"ANYTLS_PASSWORD": ""}), "ANYTLS_PASSWORD")
