#!/usr/bin/env python3
"""kcat, untouched, against a server.

Usage: kcat_test.py SERVER_COMMAND...     for example: kcat_test.py build/kappa serve --sql-listen 127.0.0.1:0
"""
import json
import subprocess
import sys
import unittest

from server import Server

COMMAND = []


def kcat(server, *arguments, text="", check=True):
    done = subprocess.run(["kcat", "-b", server.address, *arguments], input=text, text=True,
                          capture_output=True, timeout=60)
    if check and done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    return done


def start_kcat(server, *arguments):
    return subprocess.Popen(["timeout", "60", "kcat", "-b", server.address, *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_line(process, part):
    """Whether a line with the part came on standard error before the program ended."""
    return any(part in line for line in process.stderr)


def produce(server, topic, lines, *arguments):
    kcat(server, "-P", "-t", topic, *arguments, text="".join(line + "\n" for line in lines))


def consume(server, topic, *arguments):
    out = kcat(server, "-C", "-q", "-e", "-t", topic, *arguments).stdout
    return out.splitlines()


class KcatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(COMMAND)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_lists_the_broker_at_the_address_that_was_dialled(self):
        produce(self.server, "listed", ["x"])
        metadata = json.loads(kcat(self.server, "-L", "-J").stdout)
        self.assertEqual([broker["name"] for broker in metadata["brokers"]], [self.server.address])
        self.assertEqual(metadata["controllerid"], metadata["brokers"][0]["id"])
        topics = {topic["topic"]: topic for topic in metadata["topics"]}
        self.assertEqual(topics["listed"]["partitions"],
                         [{"partition": 0, "leader": 1, "replicas": [{"id": 1}], "isrs": [{"id": 1}]}])
        one = json.loads(kcat(self.server, "-L", "-J", "-t", "listed").stdout)
        self.assertEqual([topic["topic"] for topic in one["topics"]], ["listed"])

    def test_every_codec(self):
        lines = [f"{i} " + "the same words again " * 20 for i in range(500)]
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            with self.subTest(codec=codec):
                produce(self.server, f"codec-{codec}", lines, "-z", codec)
                self.assertEqual(consume(self.server, f"codec-{codec}", "-o", "beginning"), lines)

    def test_idempotent_producer(self):
        lines = [str(i) for i in range(2000)]
        produce(self.server, "idempotent", lines, "-X", "enable.idempotence=true", "-X", "batch.num.messages=50")
        self.assertEqual(consume(self.server, "idempotent", "-o", "beginning"), lines)

    def test_acks(self):
        for acks in ("0", "1", "all"):
            with self.subTest(acks=acks):
                produce(self.server, f"acks-{acks}", ["a", "b"], "-X", f"acks={acks}")
                self.assertEqual(consume(self.server, f"acks-{acks}", "-o", "beginning"), ["a", "b"])

    def test_offsets(self):
        produce(self.server, "offsets", [str(i) for i in range(10)])
        self.assertEqual(consume(self.server, "offsets", "-o", "7"), ["7", "8", "9"])
        self.assertEqual(consume(self.server, "offsets", "-o", "-2"), ["8", "9"])
        self.assertEqual(consume(self.server, "offsets", "-o", "beginning", "-c", "2"), ["0", "1"])
        self.assertEqual(consume(self.server, "offsets", "-o", "end"), [])
        numbered = consume(self.server, "offsets", "-o", "8", "-f", "%t/%p/%o:%s\n")
        self.assertEqual(numbered, ["offsets/0/8:8", "offsets/0/9:9"])

    def test_timestamps_to_the_record(self):
        # Three batches; the second is found by its own timestamp, inside the topic.
        for word in ("one", "two", "three"):
            produce(self.server, "times", [word])
        stamps = [int(line) for line in consume(self.server, "times", "-o", "beginning", "-f", "%T\n")]
        self.assertEqual(consume(self.server, "times", "-o", f"s@{stamps[1]}")[-2:], ["two", "three"])
        self.assertEqual(consume(self.server, "times", "-o", f"s@{stamps[2] + 1}"), [])
        query = kcat(self.server, "-Q", "-t", f"times:0:{stamps[2] + 1}").stdout
        self.assertIn("offset -1", query)

    def test_keys_headers_and_tombstones(self):
        kcat(self.server, "-P", "-t", "keyed", "-K", ":", "-Z", "-H", "origin=test", text="a:1\nb:2\na:\n")
        lines = consume(self.server, "keyed", "-o", "beginning", "-f", "%k %S %s %h\n")
        self.assertEqual(lines, ["a 1 1 origin=test", "b 1 2 origin=test", "a -1  origin=test"])

    def test_waits_for_records_to_come(self):
        produce(self.server, "waited", ["before"])
        consumer = start_kcat(self.server, "-C", "-u", "-t", "waited", "-o", "end", "-c", "1")
        # kcat says when it stands at the end; only then is the record written.
        self.assertTrue(wait_for_line(consumer, "Reached end of topic waited"))
        produce(self.server, "waited", ["after"])
        out, _ = consumer.communicate(timeout=60)
        self.assertEqual(out.splitlines(), ["after"])

    def test_a_message_that_is_too_large_is_refused(self):
        done = kcat(self.server, "-P", "-t", "large", "-X", "message.max.bytes=4000000", text="x" * 2000000,
                    check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Message size too large", done.stderr)

    def test_topics_of_the_server_take_no_records(self):
        done = kcat(self.server, "-P", "-t", "__kappa_views", text="x\n", check=False)
        self.assertNotEqual(done.returncode, 0)


class RestartTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(COMMAND)

    def tearDown(self):
        self.server.close()

    def test_records_survive_a_clean_stop_and_a_kill(self):
        produce(self.server, "kept", ["one"])
        self.server.stop()
        self.server.start()
        produce(self.server, "kept", ["two"])
        self.server.kill()
        self.server.start()
        produce(self.server, "kept", ["three"])
        self.assertEqual(consume(self.server, "kept", "-o", "beginning"), ["one", "two", "three"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    COMMAND = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
