"""The commands of --peer."""

import pathlib
import tempfile
import unittest

import support

from placeholders import address, fill, parse_peer


class Peers(unittest.TestCase):
    def test_have_a_name_and_two_commands(self):
        self.assertEqual(parse_peer("go=client -s {server},server -l {listen}"),
                         ("go", ["client", "-s", "{server}"], ["server", "-l", "{listen}"]))

    def test_keep_quoted_words_and_commas_together(self):
        self.assertEqual(parse_peer("x=a 'b, c','d,e' f")[1:], (["a", "b, c"], ["d,e", "f"]))

    def test_may_have_equal_signs_in_their_commands(self):
        self.assertEqual(parse_peer("x=a --b=c,d")[1], ["a", "--b=c"])

    def test_are_refused_otherwise(self):
        for wrong in ("", "x", "=a,b", "x=a", "x=a,b,c", "x=,b", "x=a, ", "a/b=c,d"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                parse_peer(wrong)


class Fill(unittest.TestCase):
    VALUES = {**address("listen", 1080), "password": "secret"}

    def test_puts_in_what_is_known(self):
        self.assertEqual(fill("{listen} {listen_host}+{listen_port} {password}", self.VALUES),
                         "127.0.0.1:1080 127.0.0.1+1080 secret")

    def test_refuses_an_unknown_name(self):
        with self.assertRaisesRegex(ValueError, "{sever}"):
            fill("{sever}", self.VALUES)

    def test_leaves_other_braces(self):
        self.assertEqual(fill('{"port": {listen_port}}', self.VALUES), '{"port": 1080}')

    def test_fills_a_file_and_leaves_there_what_it_does_not_know(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "config.yaml"
            source.write_text("port: {listen_port}\nother: {unknown} {}\n", encoding="utf-8")
            own = pathlib.Path(folder) / "own"
            own.mkdir()
            made = fill(f"-c={{file:{source}}}", {**self.VALUES, "folder": str(own)})
            self.assertEqual(made, f"-c={own}/config.yaml")
            self.assertEqual((own / "config.yaml").read_text(encoding="utf-8"), "port: 1080\nother: {unknown} {}\n")
