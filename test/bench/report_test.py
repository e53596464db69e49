"""Goals, the lines of the report, raw files, pictures."""

import json
import unittest
import xml.etree.ElementTree

import support

import report
import result
import svg
from result import Goal, Metric, Result

VALUES = {"anytls": [1.0, 2.0, 3.0], "sing-box": [4.0, 4.0, 5.0]}


def made(*goals, values=None, better="less"):
    return Result("bulk", "down, 1 stream", Metric("CPU s/GiB", goals, better), values or VALUES)


class Goals(unittest.TestCase):
    def test_against_a_peer_is_a_ratio_of_medians(self):
        self.assertTrue(Goal(0.5, "sing-box").met(VALUES))
        self.assertFalse(Goal(0.49, "sing-box").met(VALUES))

    def test_without_a_peer_is_a_limit(self):
        self.assertTrue(Goal(2).met(VALUES))
        self.assertFalse(Goal(1.9).met(VALUES))

    def test_of_what_was_not_measured_is_neither(self):
        self.assertIsNone(Goal(0.5, "mihomo").met(VALUES))
        self.assertIsNone(Goal(0.5, "sing-box").met({"anytls": [1], "sing-box": []}))
        self.assertIsNone(Goal(5).met({"anytls": []}))


class Lines(unittest.TestCase):
    def test_show_median_spread_ratio_and_goal(self):
        self.assertEqual(report.line(made(Goal(0.5, "sing-box"), Goal(1))).split(None, 2)[2],
                         "anytls 2 [1 .. 3] (<= 1: MISSED) | "
                         "sing-box 4 [4 .. 5] ratio 0.50 (<= 0.5 x sing-box: met)")

    def test_say_which_peer_failed(self):
        line = report.line(made(Goal(0.5, "sing-box"), values={"anytls": [1], "sing-box": []}))
        self.assertIn("sing-box failed (<= 0.5 x sing-box: not measured)", line)

    def test_summary_names_what_is_missed(self):
        text = report.summary([made(Goal(0.4, "sing-box"), Goal(5), Goal(1, "nobody"))])
        self.assertEqual(text, "goals: 1 met, 1 missed, 1 not measured\n"
                               "  missed: bulk: down, 1 stream, CPU s/GiB: 0.5 (goal <= 0.4 x sing-box)")


class Raw(unittest.TestCase):
    def test_comes_back_as_it_was(self):
        before = made(Goal(0.5, "sing-box"), Goal(3), better="more")
        after = result.load(json.loads(json.dumps(before.dump())))
        self.assertEqual(after, before)


class Pictures(unittest.TestCase):
    def test_have_a_bar_for_each_peer_and_a_mark_for_each_goal(self):
        text = svg.draw("bulk", [made(Goal(0.5, "sing-box"), Goal(9))])
        tree = xml.etree.ElementTree.fromstring(text)
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual(len(tree.findall(f"{space}rect")), 2)
        self.assertEqual(len([p for p in tree.findall(f"{space}path") if p.get("stroke-dasharray")]), 2)

    def test_leave_out_who_failed(self):
        text = svg.draw("bulk", [made(values={"anytls": [1], "<peer>": []})])
        self.assertEqual(text.count("<rect"), 1)
        xml.etree.ElementTree.fromstring(text)
