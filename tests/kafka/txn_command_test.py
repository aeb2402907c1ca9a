#!/usr/bin/env python3
"""`kappa txn` against a running server, with a transaction that a librdkafka program holds open.

Usage: txn_command_test.py CLIENT KAPPA_PROGRAM
"""
import json
import subprocess
import sys
import unittest

from server import Server

CLIENT = ""
PROGRAM = []


class TxnCommandTest(unittest.TestCase):
    def setUp(self):
        self.server = Server([*PROGRAM, "serve", "--sql-listen", "127.0.0.1:0"])

    def tearDown(self):
        self.server.close()

    def txn(self, *arguments, code=0):
        done = subprocess.run([*PROGRAM, "txn", *arguments, "--bootstrap", self.server.address], text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def rows(self, *arguments):
        return json.loads(self.txn(*arguments, "--format", "json"))

    def test_lists_describes_and_aborts(self):
        self.assertEqual(self.rows("list"), [])
        holder = subprocess.Popen([CLIENT, self.server.address, "hold"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(holder.stdout.readline(), "ok: open\n")
        (listed,) = self.rows("list", "--state", "Ongoing")
        self.assertEqual((listed["transactional_id"], listed["state"]), ("holder", "Ongoing"))
        self.assertEqual(self.rows("list", "--state", "Empty"), [])
        (described,) = self.rows("describe", "holder")
        self.assertEqual((described["topic"], described["partition"], described["epoch"]), ("held", 0, 0))
        self.txn("abort", "holder")
        self.assertEqual(self.rows("list")[0]["state"], "Empty")
        self.assertIn("no open transaction", self.txn("abort", "holder", code=4))
        output, _ = holder.communicate("\n", timeout=60)
        self.assertEqual(holder.returncode, 0, output)

    def test_refuses(self):
        self.assertIn("no such transactional id: nobody", self.txn("describe", "nobody", code=3))
        self.assertIn("no such state: Odd", self.txn("list", "--state", "Odd", code=2))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    CLIENT, PROGRAM = sys.argv[1], [sys.argv[2]]
    unittest.main(argv=sys.argv[:1])
