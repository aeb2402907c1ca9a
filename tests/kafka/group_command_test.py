#!/usr/bin/env python3
"""`kappa group` against a running server, with groups that kcat made.

Usage: group_command_test.py KAPPA_PROGRAM
"""
import json
import subprocess
import sys
import unittest

from server import Server

PROGRAM = []


class GroupCommandTest(unittest.TestCase):
    def setUp(self):
        self.server = Server([*PROGRAM, "serve", "--sql-listen", "127.0.0.1:0"])
        self.kcat("-P", "-t", "clicks", text="a\nb\nc\n")
        self.kcat("-G", "readers", "-q", "-e", "-X", "auto.offset.reset=earliest", "clicks")

    def tearDown(self):
        self.server.close()

    def kcat(self, *arguments, text=""):
        done = subprocess.run(["kcat", "-b", self.server.address, *arguments], input=text, text=True,
                              capture_output=True, timeout=60, check=True)
        return done.stdout.splitlines()

    def group(self, *arguments, code=0):
        done = subprocess.run([*PROGRAM, "group", *arguments, "--bootstrap", self.server.address], text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def rows(self, *arguments):
        return json.loads(self.group(*arguments, "--format", "json"))

    def read_again(self):
        return self.kcat("-G", "readers", "-q", "-e", "-X", "auto.offset.reset=earliest", "clicks")

    def test_lists_and_describes(self):
        self.assertEqual(self.rows("list"), [{"group": "readers", "state": "Empty", "type": "consumer", "members": 0}])
        self.kcat("-P", "-t", "clicks", text="d\n")
        place = {"topic": "clicks", "partition": 0, "committed": 3, "next_offset": 4, "lag": 1, "client": None}
        self.assertEqual(self.rows("describe", "readers"), [place])
        self.assertIn("no such group: nobody", self.group("describe", "nobody", code=3))

    def test_resets(self):
        plan = self.rows("reset", "readers", "--to-earliest", "--dry-run")
        self.assertEqual(plan, [{"topic": "clicks", "partition": 0, "from": 3, "to": 0}])
        self.assertEqual(self.read_again(), [])
        self.group("reset", "readers", "--to-earliest")
        self.assertEqual(self.read_again(), ["a", "b", "c"])
        self.group("reset", "readers", "--to-offset", "1", "--topic", "clicks")
        self.assertEqual(self.read_again(), ["b", "c"])
        self.group("reset", "readers", "--to-time", "2020-01-01T00:00:00Z")
        self.assertEqual(self.read_again(), ["a", "b", "c"])
        self.group("reset", "late", "--to-offset", "2", "--topic", "clicks")
        self.assertEqual(self.rows("describe", "late")[0]["committed"], 2, "of a group that was not there")
        self.group("reset", "readers", "--to-offset", "0")
        self.group("reset", "readers", "--to-latest")
        self.assertEqual(self.read_again(), [])

    def test_refuses_what_cannot_be_done(self):
        self.assertIn("--to-earliest", self.group("reset", "readers", code=2))
        self.group("reset", "readers", "--to-earliest", "--to-latest", code=2)
        self.group("reset", "readers", "--to-time", "yesterday", code=2)
        self.group("reset", "nobody", "--to-latest", code=3)
        for _ in range(2):  # asking does not create it
            self.assertIn("no such topic: other", self.group("reset", "readers", "--to-latest", "--topic", "other", code=3))
        self.group("delete", "nobody", code=3)

    def test_leaves_groups_with_members_alone(self):
        member = subprocess.Popen(["kcat", "-b", self.server.address, "-G", "readers", "clicks"], text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertTrue(any("Reached end" in line for line in member.stderr))
        self.assertEqual(self.rows("describe", "readers")[0]["client"], "rdkafka")
        self.assertIn("stop them first", self.group("reset", "readers", "--to-earliest", code=4))
        self.group("delete", "readers", code=4)
        member.terminate()
        member.communicate()

    def test_deletes(self):
        self.group("delete", "readers")
        self.assertEqual(self.rows("list"), [])
        self.assertEqual(self.read_again(), ["a", "b", "c"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
