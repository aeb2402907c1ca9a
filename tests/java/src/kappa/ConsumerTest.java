package kappa;

import static kappa.Clients.poll;
import static kappa.Clients.pollUntil;
import static kappa.Clients.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsumerTest extends ServerTest {
  static KafkaConsumer<String, String> member(String group, String protocol, String... more) {
    var settings = new java.util.ArrayList<>(List.of("group.id", group, "group.protocol", protocol));
    settings.addAll(List.of(more));
    return clients.consumer(settings.toArray(String[]::new));
  }

  @Test
  void assignedPartitionsAreReadFromWhereOneSeeks() {
    clients.produce("sought", Clients.numbers(0, 10));
    var partition = new TopicPartition("sought", 0);
    try (var consumer = clients.consumer()) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 7);
      assertEquals(List.of("7", "8", "9"), values(poll(consumer, 3)));
      assertEquals(10, consumer.position(partition));
      consumer.pause(List.of(partition));
      consumer.seek(partition, 0);
      assertTrue(consumer.poll(Duration.ofMillis(300)).isEmpty());
      consumer.resume(List.of(partition));
      assertEquals(10, poll(consumer, 10).size());
      consumer.seekToEnd(List.of(partition));
      assertEquals(10, consumer.position(partition));
    }
  }

  @Test
  void offsetsAndTimesAreTold() {
    try (var producer = clients.producer()) {
      for (int i = 0; i < 10; ++i) producer.send(new ProducerRecord<>("timed", 0, 1000L * (i + 1), null, "" + i));
    }
    var partition = new TopicPartition("timed", 0);
    try (var consumer = clients.consumer()) {
      assertEquals(Map.of(partition, 0L), consumer.beginningOffsets(List.of(partition)));
      assertEquals(Map.of(partition, 10L), consumer.endOffsets(List.of(partition)));
      var found = consumer.offsetsForTimes(Map.of(partition, 3500L)).get(partition);
      assertEquals(List.of(3L, 4000L), List.of(found.offset(), found.timestamp()));
      assertNull(consumer.offsetsForTimes(Map.of(partition, 99_999L)).get(partition));
      assertTrue(consumer.listTopics().containsKey("timed"));
    }
  }

  @Test
  void anOffsetThatIsNotThereIsAnErrorWithoutAReset() {
    clients.produce("ranged", "a");
    var partition = new TopicPartition("ranged", 0);
    try (var consumer = clients.consumer("auto.offset.reset", "none")) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 77);
      assertThrows(OffsetOutOfRangeException.class, () -> poll(consumer, 1));
    }
  }

  @Test
  void manyPartitionsAreReadInOneFetchSession() {
    clients.createTopic("wide", 50);
    try (var producer = clients.producer(); var consumer = clients.consumer("fetch.max.wait.ms", "100")) {
      consumer.assign(consumer.partitionsFor("wide").stream().map(p -> new TopicPartition("wide", p.partition())).toList());
      for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 50; ++i) producer.send(new ProducerRecord<>("wide", i, null, "" + round));
        assertEquals(50, poll(consumer, 50).size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void membersShareAndTakeOver(String protocol) {
    String topic = "shared-" + protocol, group = "sharing-" + protocol;
    clients.createTopic(topic, 4);
    try (var first = member(group, protocol)) {
      first.subscribe(List.of(topic));
      pollUntil(() -> first.assignment().size() == 4, first);
      try (var second = member(group, protocol)) {
        second.subscribe(List.of(topic));
        pollUntil(() -> first.assignment().size() == 2 && second.assignment().size() == 2, first, second);
        assertTrue(java.util.Collections.disjoint(first.assignment(), second.assignment()));
      }
      pollUntil(() -> first.assignment().size() == 4, first);
      clients.produce(topic, Clients.numbers(0, 20));
      assertEquals(Set.of(Clients.numbers(0, 20)), Set.copyOf(values(poll(first, 20))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupGoesOnWhereItCommitted(String protocol) {
    String topic = "resumed-" + protocol, group = "resuming-" + protocol;
    var partition = new TopicPartition(topic, 0);
    clients.produce(topic, Clients.numbers(0, 10));
    try (var consumer = member(group, protocol, "enable.auto.commit", "false")) {
      consumer.subscribe(List.of(topic));
      poll(consumer, 10);
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(6, "a note")));
      var committed = consumer.committed(Set.of(partition)).get(partition);
      assertEquals(List.of("6", "a note"), List.of("" + committed.offset(), committed.metadata()));
    }
    try (var consumer = member(group, protocol)) {
      consumer.subscribe(List.of(topic));
      assertEquals(List.of("6", "7", "8", "9"), values(poll(consumer, 4)));
    }  // commits by itself
    server.killAndRestart();
    clients.produce(topic, "10");
    try (var consumer = member(group, protocol)) {
      consumer.subscribe(List.of(topic));
      assertEquals(List.of("10"), values(poll(consumer, 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aStaticMemberComesBackToItsPartitions(String protocol) {
    String topic = "static-" + protocol, group = "statics-" + protocol;
    clients.createTopic(topic, 4);
    try (var first = member(group, protocol, "group.instance.id", "one")) {
      first.subscribe(List.of(topic));
      var second = member(group, protocol, "group.instance.id", "two");
      second.subscribe(List.of(topic));
      pollUntil(() -> first.assignment().size() == 2 && second.assignment().size() == 2, first, second);
      var before = Set.copyOf(second.assignment());
      second.close();
      try (var again = member(group, protocol, "group.instance.id", "two")) {
        again.subscribe(List.of(topic));
        pollUntil(() -> again.assignment().equals(before), first, again);
        assertEquals(2, first.assignment().size());
      }
    }
  }

  @Test
  void cooperativeMembersKeepWhatTheyHave() {
    String strategy = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
    clients.createTopic("cooperative", 4);
    try (var first = member("cooperating", "classic", "partition.assignment.strategy", strategy);
        var second = member("cooperating", "classic", "partition.assignment.strategy", strategy)) {
      first.subscribe(List.of("cooperative"));
      pollUntil(() -> first.assignment().size() == 4, first);
      second.subscribe(List.of("cooperative"));
      pollUntil(() -> first.assignment().size() == 2 && second.assignment().size() == 2, first, second);
    }
  }

  @Test
  void aPatternOfTheClientFindsTopics() {
    clients.produce("found-1", "a");
    clients.produce("found-2", "b");
    try (var consumer = member("finding", "classic")) {
      consumer.subscribe(Pattern.compile("found-.*"));
      assertEquals(Set.of("a", "b"), Set.copyOf(values(poll(consumer, 2))));
    }
  }

  @Test
  void aPatternOfTheServerFindsTopics() {
    clients.produce("matched-1", "a");
    clients.produce("matched-2", "b");
    try (var consumer = member("matching", "consumer")) {
      consumer.subscribe(new SubscriptionPattern("matched-[12]"));
      assertEquals(Set.of("a", "b"), Set.copyOf(values(poll(consumer, 2))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"uniform", "range"})
  void theServerAssigns(String assignor) {
    clients.createTopic("assigned-" + assignor, 6);
    String group = "assigning-" + assignor;
    try (var first = member(group, "consumer", "group.remote.assignor", assignor);
        var second = member(group, "consumer", "group.remote.assignor", assignor)) {
      first.subscribe(List.of("assigned-" + assignor));
      second.subscribe(List.of("assigned-" + assignor));
      pollUntil(() -> first.assignment().size() == 3 && second.assignment().size() == 3, first, second);
    }
  }
}
