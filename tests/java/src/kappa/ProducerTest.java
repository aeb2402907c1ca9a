package kappa;

import static kappa.Clients.assertFails;
import static kappa.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerTest extends ServerTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void everyCodecComesBack(String codec) {
    List<String> values = IntStream.range(0, 500).mapToObj(i -> i + " the same words again".repeat(20)).toList();
    try (var producer = clients.producer("compression.type", codec, "linger.ms", "20")) {
      values.forEach(value -> producer.send(new ProducerRecord<>("codec-" + codec, value)));
    }
    assertEquals(values, clients.readValues("codec-" + codec));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "all"})
  void everyAcksIsTaken(String acks) {
    try (var producer = clients.producer("acks", acks, "enable.idempotence", "false")) {
      IntStream.range(0, 10).forEach(i -> producer.send(new ProducerRecord<>("acks-" + acks, "" + i)));
    }
    try (var consumer = clients.consumer()) {  // readers see records once they are synced, whatever the acks
      consumer.assign(List.of(new TopicPartition("acks-" + acks, 0)));
      assertEquals(List.of(Clients.numbers(0, 10)), Clients.values(Clients.poll(consumer, 10)));
    }
  }

  @Test
  void anIdempotentProducerOutlivesAKillOfTheServer() {
    clients.createTopic("outlived", 1);
    try (var producer = clients.producer("linger.ms", "0", "batch.size", "200", "delivery.timeout.ms", "60000")) {
      for (int i = 0; i < 3000; ++i) {
        producer.send(new ProducerRecord<>("outlived", "" + i));
        if (i == 1000) server.killAndRestart();
      }
    }
    assertEquals(List.of(Clients.numbers(0, 3000)), clients.readValues("outlived"));
  }

  @Test
  void offsetsTimestampsHeadersAndTombstonesComeBack() {
    try (var producer = clients.producer()) {
      var headers = List.<org.apache.kafka.common.header.Header>of(new RecordHeader("origin", "test".getBytes()));
      var first = get(producer.send(new ProducerRecord<>("told", 0, 1_700_000_000_000L, "k", "v", headers)));
      var second = get(producer.send(new ProducerRecord<>("told", 0, 1_700_000_000_001L, "k", (String) null)));
      assertEquals(List.of(0L, 1L), List.of(first.offset(), second.offset()));
    }
    var records = clients.read("told");
    assertEquals(1_700_000_000_000L, records.get(0).timestamp());
    assertEquals("test", new String(records.get(0).headers().lastHeader("origin").value()));
    assertEquals("k", records.get(1).key());
    assertNull(records.get(1).value());
  }

  @Test
  void keysSpreadOverPartitions() {
    clients.createTopic("spread", 4);
    try (var producer = clients.producer()) {
      assertEquals(4, producer.partitionsFor("spread").size());
      IntStream.range(0, 400).forEach(i -> producer.send(new ProducerRecord<>("spread", "key" + i, "" + i)));
    }
    var records = clients.read("spread");
    assertEquals(400, records.size());
    assertEquals(4, records.stream().map(r -> r.partition()).distinct().count());
  }

  @Test
  void aLogAppendTimeIsTold() {
    clients.createTopic("stamped", 1, "message.timestamp.type", "LogAppendTime");
    long before = System.currentTimeMillis();
    try (var producer = clients.producer()) {
      var sent = get(producer.send(new ProducerRecord<>("stamped", 0, 1L, "k", "v")));
      assertTrue(sent.timestamp() >= before - 1000, () -> "timestamp " + sent.timestamp());
      assertEquals(sent.timestamp(), clients.read("stamped").get(0).timestamp());
    }
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    clients.createTopic("keyed", 1, "cleanup.policy", "compact");
    try (var producer = clients.producer("max.request.size", "4000000", "retries", "0")) {
      assertFails(RecordTooLargeException.class, producer.send(new ProducerRecord<>("large", "x".repeat(2_000_000))));
      assertFails(InvalidRecordException.class, producer.send(new ProducerRecord<>("keyed", "no key")));
      assertFails(InvalidTopicException.class, producer.send(new ProducerRecord<>("no/topic", "v")));
      long tomorrow = System.currentTimeMillis() + 86_400_000;
      assertFails(InvalidTimestampException.class, producer.send(new ProducerRecord<>("future", 0, tomorrow, "k", "v")));
    }
    assertEquals(Collections.emptyList(), clients.readValues("keyed"));
  }
}
