#!/usr/bin/env python3
"""The newer group protocol (KIP-848) of librdkafka, which Debian's is too old for, by way of Python's confluent-kafka.

Installs it from PyPI into a temporary directory, so it is run by hand and not by ctest. Members are processes of their
own, so that they can be killed. CONFLUENT_KAFKA names a directory that has it already.
Usage: consumer_protocol_test.py SERVER_COMMAND...   for example: consumer_protocol_test.py build/release/tests/kafka/kafka_broker
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

from server import Server

VERSION = "2.16.1"
WAIT_SECONDS = 90
PARTITIONS = 6

MEMBER = """
import json, signal, sys
from confluent_kafka import Consumer
settings, topics = json.loads(sys.argv[1]), json.loads(sys.argv[2])
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
consumer = Consumer(settings)
def tell(kind, **more): print(json.dumps({"kind": kind, **more}), flush=True)
def names(partitions): return [f"{p.topic}/{p.partition}" for p in partitions]
is_eager = "range" in settings.get("partition.assignment.strategy", "")
def assigned(consumer, partitions):
    consumer.assign(partitions) if is_eager else consumer.incremental_assign(partitions)
    tell("assigned", partitions=names(partitions))
def revoked(consumer, partitions):
    consumer.unassign() if is_eager else consumer.incremental_unassign(partitions)
    tell("revoked", partitions=names(partitions))
consumer.subscribe(topics, on_assign=assigned, on_revoke=revoked, on_lost=revoked)
while not stopped:
    message = consumer.poll(0.1)
    if message is None: continue
    if message.error(): tell("error", text=str(message.error()))
    else: tell("record", value=message.value().decode(), place=f"{message.topic()}/{message.partition()}")
consumer.close()
"""


class Member:
    def __init__(self, address, group, topics, **settings):
        everything = {"bootstrap.servers": address, "group.id": group, "group.protocol": "consumer",
                      "auto.offset.reset": "earliest", "auto.commit.interval.ms": 200, **settings}
        self.process = subprocess.Popen([sys.executable, "-c", MEMBER, json.dumps(everything), json.dumps(topics)],
                                        stdout=subprocess.PIPE, text=True)
        self.assigned, self.records, self.errors = set(), [], []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["kind"] == "assigned":
                self.assigned |= set(event["partitions"])
            elif event["kind"] == "revoked":
                self.assigned -= set(event["partitions"])
            elif event["kind"] == "record":
                self.records.append(event["value"])
            else:
                self.errors.append(event["text"])

    def stop(self, kill=False):
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=WAIT_SECONDS)
        self.reader.join()
        self.process.stdout.close()


class ConsumerProtocolTest(unittest.TestCase):
    def setUp(self):
        from confluent_kafka.admin import AdminClient
        self.server = Server([*COMMAND, "--group-consumer-session-timeout-ms", "6000",
                              "--group-consumer-heartbeat-interval-ms", "500"])
        self.admin = AdminClient({"bootstrap.servers": self.server.address})
        self.members, self.sent = [], []
        self.topic = f"t-{uuid.uuid4().hex[:8]}"
        self.make_topic(self.topic)

    def tearDown(self):
        for member in self.members:
            member.stop(kill=True)
        self.server.kill()
        self.server.directory.cleanup()

    def make_topic(self, name, partitions=PARTITIONS):
        from confluent_kafka.admin import NewTopic
        for future in self.admin.create_topics([NewTopic(name, partitions, 1)]).values():
            future.result(timeout=WAIT_SECONDS)

    def send(self, count, topic=None):
        from confluent_kafka import Producer
        producer = Producer({"bootstrap.servers": self.server.address, "enable.idempotence": True})
        for i in range(count):
            value = f"{len(self.sent)}"
            producer.produce(topic or self.topic, value.encode(), partition=i % PARTITIONS if topic is None else -1)
            self.sent.append(value)
        self.assertEqual(producer.flush(WAIT_SECONDS), 0)

    def add(self, topics=None, **settings):
        member = Member(self.server.address, "g", topics or [self.topic], **settings)
        self.members.append(member)
        return member

    def wait_until(self, holds, what):
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                seen = [(sorted(m.assigned), len(m.records), m.errors) for m in self.members]
                self.fail(f"not in time: {what}: {seen}")
            time.sleep(0.05)

    def share(self, *members):
        wanted = sorted(f"{self.topic}/{i}" for i in range(PARTITIONS))

        def is_shared():
            sizes = [len(m.assigned) for m in members]
            return sorted(p for m in members for p in m.assigned) == wanted and max(sizes) - min(sizes) <= 1

        self.wait_until(is_shared, f"{len(members)} members share")

    def received(self):
        return [value for member in self.members for value in member.records]

    def all_received(self, exactly_once=False):
        self.wait_until(lambda: set(self.received()) >= set(self.sent), "all records come")
        if exactly_once:
            self.assertEqual(sorted(self.received()), sorted(self.sent))

    def test_members_come_and_go_and_every_record_comes_once(self):
        first = self.add()
        self.share(first)
        self.send(300)
        self.all_received(exactly_once=True)
        second, third = self.add(), self.add()
        self.share(first, second, third)
        self.send(300)
        self.all_received(exactly_once=True)
        first.stop()  # a rolling restart: each leaves, and another one comes
        fourth = self.add()
        self.share(second, third, fourth)
        second.stop()
        third.stop()
        self.share(fourth)
        self.send(300)
        self.all_received(exactly_once=True)

    def test_a_killed_member_is_replaced(self):
        first, second = self.add(), self.add()
        self.share(first, second)
        first.stop(kill=True)
        self.share(second)
        self.send(60)
        self.all_received()

    def test_a_static_member_comes_back_to_its_partitions(self):
        first = self.add(**{"group.instance.id": "1"})
        second = self.add(**{"group.instance.id": "2"})
        self.share(first, second)
        before = (set(first.assigned), set(second.assigned))
        first.stop()
        again = self.add(**{"group.instance.id": "1"})
        self.share(again, second)
        self.assertEqual((again.assigned, second.assigned), before)

    def test_members_outlive_a_killed_server(self):
        first, second = self.add(), self.add()
        self.share(first, second)
        self.send(60)
        self.all_received()
        for _ in range(3):
            self.server.kill()
            self.server.start()
            self.send(60)
            self.all_received()
        self.share(first, second)
        self.assertEqual([e for m in self.members for e in m.errors if "fatal" in e.lower()], [])

    def test_a_pattern_follows_the_topics(self):
        member = self.add(topics=["^late-.*"])
        self.make_topic("late-1", 1)
        self.send(5, "late-1")
        self.wait_until(lambda: member.assigned == {"late-1/0"}, "the topic is noticed")
        self.make_topic("late-2", 1)
        self.send(5, "late-2")
        self.wait_until(lambda: member.assigned == {"late-1/0", "late-2/0"}, "the other one too")
        self.all_received()

    def test_a_group_moves_to_the_newer_protocol_and_back(self):
        old = self.add(**{"group.protocol": "classic", "session.timeout.ms": 6000,
                          "partition.assignment.strategy": "cooperative-sticky"})
        self.share(old)
        self.send(60)
        self.all_received()
        new = self.add()
        self.share(old, new)
        old.stop()
        self.share(new)
        older = self.add(**{"group.protocol": "classic", "session.timeout.ms": 6000,
                            "partition.assignment.strategy": "range,roundrobin"})
        self.share(new, older)
        new.stop()
        self.share(older)
        self.send(60)
        self.all_received()

    def test_the_group_is_listed_and_described(self):
        first, second = self.add(), self.add()
        self.share(first, second)
        listed = self.admin.list_consumer_groups(request_timeout=10).result()
        self.assertEqual([(g.group_id, g.state.name, g.type.name) for g in listed.valid], [("g", "STABLE", "CONSUMER")])
        described = self.admin.describe_consumer_groups(["g"], request_timeout=10)["g"].result()
        self.assertEqual(described.state.name, "STABLE")
        self.assertEqual(len(described.members), 2)
        places = sorted(f"{p.topic}/{p.partition}" for m in described.members for p in m.assignment.topic_partitions)
        self.assertEqual(places, sorted(f"{self.topic}/{i}" for i in range(PARTITIONS)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    COMMAND = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="kappa-confluent-") as directory:
        installed = os.environ.get("CONFLUENT_KAFKA")
        if not installed:
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", directory,
                            f"confluent-kafka=={VERSION}"], check=True, timeout=300)
        sys.path.insert(0, installed or directory)
        os.environ["PYTHONPATH"] = installed or directory
        unittest.main(argv=sys.argv[:1], verbosity=2)
