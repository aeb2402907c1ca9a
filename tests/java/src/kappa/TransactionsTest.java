package kappa;

import static kappa.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionsTest extends ServerTest {
  static final String[] COMMITTED = {"isolation.level", "read_committed"};

  static KafkaProducer<String, String> producer(String id) {
    var producer = clients.producer("transactional.id", id, "max.block.ms", "10000");
    producer.initTransactions();
    return producer;
  }

  static void send(KafkaProducer<String, String> producer, String topic, String... values) {
    for (String value : values) get(producer.send(new ProducerRecord<>(topic, value)));
  }

  @Test
  void committedIsReadAndAbortedIsNot() {
    try (var producer = producer("plain")) {
      producer.beginTransaction();
      send(producer, "decided", "a", "b");
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "decided", "c", "d");
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, "decided", "e");
      producer.commitTransaction();
    }
    assertEquals(List.of("a", "b", "e"), clients.readValues("decided", COMMITTED));
    assertEquals(List.of("a", "b", "c", "d", "e"), clients.readValues("decided"));
  }

  @Test
  void anOpenTransactionHoldsReadersBack() {
    var partition = new TopicPartition("open", 0);
    try (var producer = producer("opener"); Admin admin = clients.admin()) {
      producer.beginTransaction();
      send(producer, "open", "in");
      clients.produce("open", "out");
      assertEquals(List.of(), clients.readValues("open", COMMITTED));
      var committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
      assertEquals(0, get(admin.listOffsets(Map.of(partition, OffsetSpec.latest()), committed).all()).get(partition).offset());
      assertEquals(2, get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all()).get(partition).offset());
      producer.commitTransaction();
    }
    assertEquals(List.of("in", "out"), clients.readValues("open", COMMITTED));
  }

  @Test
  void manyPartitionsAreDecidedTogether() {
    clients.createTopic("together", 8);
    try (var producer = producer("together")) {
      for (int round = 0; round < 4; ++round) {
        producer.beginTransaction();
        for (int i = 0; i < 8; ++i) producer.send(new ProducerRecord<>("together", i, "k", "" + round));
        if (round % 2 == 0) producer.commitTransaction();
        else producer.abortTransaction();
      }
    }
    var values = clients.readValues("together", COMMITTED);
    assertEquals(Stream.of("0", "2").flatMap(v -> java.util.Collections.nCopies(8, v).stream()).toList(), values.stream().sorted().toList());
  }

  /** Reads ten records at a time and writes them on with their offsets; aborts every third time and goes back. */
  static void copy(String from, String to, String protocol, int count) {
    String[] settings = {"group.id", "copy-" + protocol, "group.protocol", protocol, "enable.auto.commit", "false",
        "isolation.level", "read_committed", "max.poll.records", "10"};
    try (var consumer = clients.consumer(settings); var producer = producer("copy-" + protocol)) {
      consumer.subscribe(List.of(from));
      int copied = 0;
      for (int round = 0; copied < count; ++round) {
        var records = consumer.poll(java.time.Duration.ofMillis(100));
        if (records.isEmpty()) continue;
        producer.beginTransaction();
        records.forEach(r -> producer.send(new ProducerRecord<>(to, r.key(), r.value())));
        producer.sendOffsetsToTransaction(records.nextOffsets(), consumer.groupMetadata());
        if (round % 3 == 2) {
          producer.abortTransaction();
          goBack(consumer);
        } else {
          producer.commitTransaction();
          copied += records.count();
        }
      }
      assertEquals(count, copied);
    }
  }

  static void goBack(KafkaConsumer<String, String> consumer) {
    consumer.committed(consumer.assignment()).forEach((partition, offset) -> {
      if (offset == null) consumer.seekToBeginning(List.of(partition));
      else consumer.seek(partition, offset.offset());
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aCopyBringsEachRecordOnce(String protocol) {
    String from = "from-" + protocol, to = "to-" + protocol;
    clients.createTopic(from, 3);
    clients.createTopic(to, 2);
    clients.produce(from, Clients.numbers(0, 200));
    copy(from, to, protocol, 200);
    var copied = clients.readValues(to, COMMITTED);
    assertEquals(200, copied.size());
    assertEquals(Set.of(Clients.numbers(0, 200)), Set.copyOf(copied));
  }

  @Test
  void offsetsAreCommittedWithTheTransactionOnly() {
    var partition = new TopicPartition("offsets", 0);
    clients.produce("offsets", Clients.numbers(0, 5));
    try (var consumer = clients.consumer("group.id", "offsets", "enable.auto.commit", "false"); var producer = producer("offsets")) {
      consumer.subscribe(List.of("offsets"));
      Clients.poll(consumer, 5);
      producer.beginTransaction();
      producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(4)), consumer.groupMetadata());
      producer.abortTransaction();
      assertEquals(null, consumer.committed(Set.of(partition)).get(partition));
      producer.beginTransaction();
      producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(5)), consumer.groupMetadata());
      producer.commitTransaction();
      assertEquals(5, consumer.committed(Set.of(partition)).get(partition).offset());
    }
  }

  @Test
  void aSecondProducerOfTheIdFencesTheFirst() {
    try (var first = producer("fenced")) {
      first.beginTransaction();
      send(first, "fenced", "of the first");
      try (var second = producer("fenced")) {
        second.beginTransaction();
        send(second, "fenced", "of the second");
        second.commitTransaction();
      }
      var error = assertThrows(KafkaException.class, () -> {
        send(first, "fenced", "too late");
        first.commitTransaction();
      });
      assertTrue(error instanceof ProducerFencedException || error instanceof InvalidProducerEpochException, error::toString);
    }
    assertEquals(List.of("of the second"), clients.readValues("fenced", COMMITTED));
  }

  @Test
  void aTransactionThatTakesTooLongIsAborted() {
    try (var slow = clients.producer("transactional.id", "slow", "transaction.timeout.ms", "1000", "max.block.ms", "10000")) {
      slow.initTransactions();
      slow.beginTransaction();
      send(slow, "slow", "never");
      clients.produce("slow", "after");
      try (var consumer = clients.consumer(COMMITTED)) {
        consumer.assign(List.of(new TopicPartition("slow", 0)));
        assertEquals(List.of("after"), Clients.values(Clients.poll(consumer, 1)));
      }
      assertThrows(KafkaException.class, slow::commitTransaction);
    }
  }

  @Test
  void transactionsSurviveAKillOfTheServer() {
    try (var producer = producer("killed")) {
      producer.beginTransaction();
      send(producer, "killed", "committed");
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "killed", "open over the kill");
      server.killAndRestart();
      send(producer, "killed", "after it");
      producer.commitTransaction();
      producer.beginTransaction();
      send(producer, "killed", "aborted");
      producer.abortTransaction();
    }
    server.killAndRestart();
    assertEquals(List.of("committed", "open over the kill", "after it"), clients.readValues("killed", COMMITTED));
  }

  @Test
  void transactionsAndTheirProducersAreDescribed() {
    var partition = new TopicPartition("described", 0);
    try (var producer = producer("described"); Admin admin = clients.admin()) {
      producer.beginTransaction();
      send(producer, "described", "open");
      assertTrue(get(admin.listTransactions().all()).stream().anyMatch(t -> t.transactionalId().equals("described")));
      var described = get(admin.describeTransactions(List.of("described")).all()).get("described");
      assertEquals(TransactionState.ONGOING, described.state());
      assertEquals(Set.of(partition), described.topicPartitions());
      var state = get(admin.describeProducers(List.of(partition)).all()).get(partition).activeProducers().get(0);
      assertEquals(described.producerId(), state.producerId());
      assertEquals(0, state.currentTransactionStartOffset().getAsLong());
      producer.commitTransaction();
    }
  }

  @Test
  void anAdministratorFencesProducers() {
    try (var producer = producer("banned"); Admin admin = clients.admin()) {
      producer.beginTransaction();
      send(producer, "banned", "in vain");
      get(admin.fenceProducers(List.of("banned")).all());
      assertThrows(KafkaException.class, producer::commitTransaction);
    }
    assertEquals(List.of(), clients.readValues("banned", COMMITTED));
  }

  @Test
  void anAdministratorAbortsAHangingTransaction() {
    var partition = new TopicPartition("hanging", 0);
    try (var producer = producer("hanging"); Admin admin = clients.admin()) {
      producer.beginTransaction();
      send(producer, "hanging", "in vain");
      var state = get(admin.describeProducers(List.of(partition)).all()).get(partition).activeProducers().get(0);
      get(admin.abortTransaction(new AbortTransactionSpec(partition, state.producerId(), (short) state.producerEpoch(),
          state.coordinatorEpoch().orElse(0))).all());
      assertEquals(List.of(), clients.readValues("hanging", COMMITTED));
      try (var consumer = clients.consumer(COMMITTED)) {
        assertEquals(2, consumer.endOffsets(List.of(partition)).get(partition));
      }
    }
  }
}
