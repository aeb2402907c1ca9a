#!/usr/bin/env python3
"""Consumer groups of kcat processes, untouched, against a server.

Usage: kcat_groups_test.py SERVER_COMMAND...   for example: kcat_groups_test.py build/kappa serve --sql-listen 127.0.0.1:0
"""
import re
import subprocess
import sys
import threading
import time
import unittest

from server import Server

COMMAND = []
TOPICS = [f"shared-{i}" for i in range(6)]
WAIT_SECONDS = 60


def kcat(server, *arguments, text=""):
    done = subprocess.run(["kcat", "-b", server.address, *arguments], input=text, text=True,
                          capture_output=True, timeout=WAIT_SECONDS)
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def produce(server, topic, lines):
    kcat(server, "-P", "-t", topic, text="".join(line + "\n" for line in lines))


def consume_to_the_end(server, group, *topics):
    return kcat(server, "-G", group, "-q", "-e", "-X", "auto.offset.reset=earliest", *topics).splitlines()


class Member:
    """A kcat that consumes in a group: what it is assigned, and the lines that it got."""

    def __init__(self, server, group, *settings):
        arguments = [part for setting in settings for part in ("-X", setting)]
        self.process = subprocess.Popen(
            ["kcat", "-b", server.address, "-G", group, "-u", "-X", "session.timeout.ms=6000",
             "-X", "auto.offset.reset=earliest", *arguments, *TOPICS],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assigned = set()
        self.lines = []
        self.log = []
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self.read_log), threading.Thread(target=self.read_lines)]
        for reader in self.readers:
            reader.start()

    def read_log(self):
        for line in self.process.stderr:
            partitions = set(re.findall(r"(shared-\d) \[\d+\]", line))
            with self.changed:
                self.log.append(line)
                if "incremental assignment" in line:
                    self.assigned |= partitions
                elif "incremental revoke" in line:
                    self.assigned -= partitions
                elif "assigned" in line:
                    self.assigned = partitions
                elif "revoked" in line:
                    self.assigned = set()
                self.changed.notify_all()

    def read_lines(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.strip())

    def stop(self, kill=False):
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=WAIT_SECONDS)
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


class KcatGroupsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(COMMAND)
        self.members = []
        for topic in TOPICS:
            produce(self.server, topic, [f"{topic}/first"])

    def tearDown(self):
        for member in self.members:
            member.stop(kill=True)
        self.server.close()

    def add_members(self, count, *settings):
        self.members += [Member(self.server, "g", *settings) for _ in range(count)]

    def wait_until(self, holds, what):
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                logs = "\n".join("".join(member.log) for member in self.members)
                self.fail(f"not in time: {what}\n{[m.assigned for m in self.members]}\n{logs}")
            with self.members[0].changed:
                self.members[0].changed.wait(0.1)

    def is_balanced(self, members):
        share = len(TOPICS) // len(members)
        assigned = [topic for member in members for topic in member.assigned]
        return sorted(assigned) == TOPICS and all(len(member.assigned) == share for member in members)

    def check_three_share_and_two_take_over(self, *settings):
        self.add_members(2, *settings)
        self.wait_until(lambda: self.is_balanced(self.members), "two members share")
        self.add_members(1, *settings)
        self.wait_until(lambda: self.is_balanced(self.members), "three members share")
        victim = self.members[0]
        victim.stop(kill=True)
        rest = self.members[1:]
        self.wait_until(lambda: self.is_balanced(rest), "two take over from the killed one")
        for topic in TOPICS:
            produce(self.server, topic, [f"{topic}/second"])
        wanted = sorted(f"{topic}/second" for topic in TOPICS)
        self.wait_until(lambda: sorted(line for m in rest for line in m.lines if "second" in line) == wanted,
                        "each line comes once")

    def test_members_share_and_take_over(self):
        self.check_three_share_and_two_take_over("partition.assignment.strategy=roundrobin")

    def test_cooperative_members_share_and_take_over(self):
        self.check_three_share_and_two_take_over("partition.assignment.strategy=cooperative-sticky")

    def test_a_group_goes_on_where_it_stopped(self):
        self.assertEqual(len(consume_to_the_end(self.server, "stopped", *TOPICS)), len(TOPICS))
        self.assertEqual(consume_to_the_end(self.server, "stopped", *TOPICS), [])
        produce(self.server, TOPICS[0], ["new"])
        self.assertEqual(consume_to_the_end(self.server, "stopped", *TOPICS), ["new"])
        self.assertEqual(len(consume_to_the_end(self.server, "another", *TOPICS)), len(TOPICS) + 1)

    def test_offsets_survive_a_kill_of_the_server(self):
        consume_to_the_end(self.server, "killed", *TOPICS)
        self.server.kill()
        self.server.start()
        produce(self.server, TOPICS[3], ["after"])
        self.assertEqual(consume_to_the_end(self.server, "killed", *TOPICS), ["after"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    COMMAND = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
