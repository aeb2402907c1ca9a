#!/usr/bin/env python3
"""kafkajs, as deps/kafkajs.sh fetches it from npm, against a server: each kafkajs_*.js beside this file is a test.

Usage: kafkajs_test.py KAFKAJS_DIRECTORY SERVER_COMMAND...
Without kafkajs in the directory it says so and ends with exit code 77, which ctest takes as skipped.
"""
import os
import pathlib
import subprocess
import sys
import unittest

from server import Server

SKIPPED = 77
ARGUMENTS = []


class KafkajsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(ARGUMENTS[1:])

    def tearDown(self):
        self.server.close()

    def run_program(self, name):
        directory = pathlib.Path(ARGUMENTS[0])
        environment = {**os.environ, "NODE_PATH": str(directory / "node_modules"), "KAFKAJS_NO_PARTITIONER_WARNING": "1"}
        done = subprocess.run([directory / "bin" / "node", pathlib.Path(__file__).with_name(name), self.server.address],
                              env=environment, timeout=120, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.endswith("all passed\n"), done.stdout)

    def test_records_topics_and_settings(self):
        self.run_program("kafkajs_records.js")

    def test_groups_share_and_take_over(self):
        self.run_program("kafkajs_groups.js")

    def test_topics_change(self):
        self.run_program("kafkajs_admin.js")

    def test_transactions(self):
        self.run_program("kafkajs_transactions.js")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    ARGUMENTS = sys.argv[1:]
    if not (pathlib.Path(ARGUMENTS[0]) / "complete").exists():
        print(f"SKIPPED: kafkajs is not in {ARGUMENTS[0]}; deps/kafkajs.sh fetches it and says why where it cannot")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
