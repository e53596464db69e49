"""Every option that is not obeyed: the answer names file, place and option; nothing is said of what has no effect."""

import itertools
import json
import re

import anytls
import documents
import rows
from case import Case
from subject import LINE

TLS = {"enabled": True, "certificate_path": "c.pem", "key_path": "k.pem", "ech": {}}
SAMPLES = {  # every place of both forms
    "sing-box": {
        "inbounds": [
            {"type": "mixed", "listen_port": 1001, "users": [{"username": "u", "password": "p"}]},
            {"type": "socks", "listen_port": 1002}, {"type": "http", "listen_port": 1003},
            {"type": "anytls", "listen_port": 1004, "users": [{"name": "u", "password": "p"}], "tls": TLS}],
        "outbounds": [
            {"type": "anytls", "tag": "out", "server": "a.example", "server_port": 443, "password": "p",
             "tls": {"enabled": True}},
            {"type": "direct", "tag": "direct"}, {"type": "block", "tag": "block"},
            {"type": "socks", "tag": "socks", "server": "a.example", "server_port": 1080},
            {"type": "http", "tag": "http", "server": "a.example", "server_port": 8080, "tls": {"enabled": True}}]},
    "mihomo": {
        "mixed-port": 1000,
        "listeners": [
            {"type": "mixed", "name": "l0", "port": 1001, "listen": "127.0.0.1"},
            {"type": "socks", "name": "l1", "port": 1002, "listen": "127.0.0.1"},
            {"type": "http", "name": "l2", "port": 1003, "listen": "127.0.0.1"},
            {"type": "anytls", "name": "l3", "port": 1004, "users": {"u": "p"}, "certificate": "c",
             "private-key": "k"}],
        "proxies": [
            {"type": "anytls", "name": "out", "server": "a.example", "port": 443, "password": "p"},
            {"type": "direct", "name": "plain"}, {"type": "reject", "name": "none"},
            {"type": "socks5", "name": "socks", "server": "a.example", "port": 1080},
            {"type": "http", "name": "http", "server": "a.example", "port": 8080}],
        "proxy-groups": [{"type": "select", "name": "group", "proxies": ["out"]}],
        "rules": ["MATCH,out"]}}
ANSWERS = {"warned": "warning", "refused": "error"}


def a_value(row):
    example = rows.options()[row]["example"]
    return json.loads(example) if example else {"enabled": True}


class Messages(Case):
    def check(self, form, place, names):
        """What is said of a place with these options in it; the path of the place; the exit code."""
        values = {name: a_value(rows.Row(form, place, name)) for name in names}
        made, path = documents.put(SAMPLES[form], place, values)
        (self.folder / "sample").write_text(documents.text(form, made), encoding="utf-8")
        done = anytls.call("check", "-c", "sample", cwd=self.folder)
        return LINE.sub("", done.err).splitlines(), path, done.code

    def places(self, *wanted):
        """(form, place, names) of the rows of that state: one file for each place."""
        found = sorted(rows.with_status(*wanted))
        for (form, place), some in itertools.groupby(found, key=lambda row: row[:2]):
            yield form, place, [row.option for row in some]

    def test_samples_are_good(self):
        for form in rows.FORMS:
            self.assertEqual(self.check(form, "", [])[::2], ([], 0))

    def test_what_is_not_obeyed_is_answered(self):
        for state, word in ANSWERS.items():
            for form, place, names in self.places(state):
                said, path, code = self.check(form, place, names)
                with self.subTest(form=form, place=place, state=state):
                    self.assertEqual(code, 1 if state == "refused" else 0)
                for name in names:
                    with self.subTest(form=form, place=place, option=name):
                        where = re.escape(f"{word}: sample: {path}.{name}: " if path else f"{word}: sample: {name}: ")
                        found = [line for line in said if re.match(where, line)]
                        self.assertEqual(len(found), 1, said)
                        self.assertRegex(found[0], where + r"not available yet, (and without it \w+|\w+)")

    def test_nothing_is_said_of_what_has_no_effect(self):
        for form, place, names in self.places("no effect"):
            with self.subTest(form=form, place=place):
                self.assertEqual(self.check(form, place, names)[::2], ([], 0))

    def test_switched_off_they_are_nothing_to_speak_of(self):
        for form, place, names in self.places(*ANSWERS):
            made, _ = documents.put(SAMPLES[form], place, dict.fromkeys(names, False))
            (self.folder / "sample").write_text(documents.text(form, made), encoding="utf-8")
            done = anytls.call("check", "-c", "sample", cwd=self.folder)
            with self.subTest(form=form, place=place):
                self.assertEqual((done.err, done.code), ("", 0))
