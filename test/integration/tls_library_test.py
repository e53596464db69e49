"""What a build on OpenSSL says to configurations that ask for what it does not have."""

import json

import anytls
from case import Case


LISTENER = """
listeners:
  - {name: in, type: anytls, port: 1, listen: 127.0.0.1, users: {u: p}, certificate: c, private-key: k, ech-key: e}
"""


@anytls.only_on("OpenSSL", "what it lacks")
class OpenSsl(Case):
    def check(self, tls=None, inbound=None):
        outbound = {"type": "anytls", "tag": "out", "server": "h.example", "server_port": 1, "password": "p",
                    "tls": {"enabled": True, **(tls or {})}}
        inbounds = [inbound or {"type": "mixed", "listen": "127.0.0.1", "listen_port": 1}]
        text = json.dumps({"inbounds": inbounds, "outbounds": [outbound]})
        return anytls.call("check", "-c", self.file("c.json", text))

    def test_chromes_hello_is_a_warning_where_it_is_asked_for(self):
        self.assertEqual(self.check().err, "")
        self.assertEqual(self.check({"utls": {"enabled": False, "fingerprint": "chrome"}}).err, "")
        for name in ("chrome", "firefox"):
            done = self.check({"utls": {"enabled": True, "fingerprint": name}})
            self.assertEqual(done.code, 0)
            self.assertIn("outbounds[0].tls.utls: this build is on OpenSSL: the ClientHello is that library's, "
                          "not Chrome's", done.err)

    def test_the_flag_says_the_same(self):
        for name, says in (("chrome", True), ("firefox", True), ("none", False)):
            client = self.spawn("client", [anytls.BINARY, "client", "-l", "127.0.0.1:0", "-s", "127.0.0.1:1", "-p", "p",
                                           "--client-fingerprint", name])
            client.port()
            self.assertEqual("--client-fingerprint: this build is on OpenSSL" in client.log(), says)
            self.assertNotIn("the ClientHello is Chrome's", client.log())

    def test_ech_is_an_error_that_names_the_field(self):
        sentence = "tls.ech: this build is on OpenSSL, which has no Encrypted ClientHello"
        done = self.check({"ech": {"enabled": True}})
        self.assertEqual(done.code, 1)
        self.assertIn("outbounds[0]." + sentence, done.err)
        done = self.check(inbound={"type": "anytls", "listen": "127.0.0.1", "listen_port": 1,
                                   "users": [{"name": "u", "password": "p"}],
                                   "tls": {"enabled": True, "certificate_path": "c", "key_path": "k",
                                           "ech": {"enabled": True, "key_path": "e"}}})
        self.assertEqual(done.code, 1)
        self.assertIn("inbounds[0]." + sentence, done.err)
        done = anytls.call("check", "-c", self.file("c.yaml", LISTENER))
        self.assertEqual(done.code, 1)
        self.assertIn("listeners[0].ech-key: this build is on OpenSSL", done.err)
        done = anytls.call("generate", "ech-keypair", "example.org")
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertIn("this build is on OpenSSL", done.err)

    def test_a_curve_of_newer_versions_is_an_error(self):
        done = self.check({"curve_preferences": ["X25519MLKEM768", "X25519"]})
        self.assertEqual(done.code, 1)
        self.assertIn("X25519MLKEM768 is not in the OpenSSL of this build", done.err)
