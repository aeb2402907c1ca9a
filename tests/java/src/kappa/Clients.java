package kappa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Assertions;

/** Clients of one server with string keys and values, and what most tests do with them. Settings are name, value, name, value. */
final class Clients {
  private static final Duration POLL = Duration.ofMillis(100);

  private final String address;

  Clients(Server server) {
    address = server.address();
  }

  Map<String, Object> settings(String... more) {
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", address));
    for (int i = 0; i < more.length; i += 2) settings.put(more[i], more[i + 1]);
    return settings;
  }

  Admin admin() {
    return Admin.create(settings("default.api.timeout.ms", "30000"));
  }

  KafkaProducer<String, String> producer(String... more) {
    return new KafkaProducer<>(settings(more), new StringSerializer(), new StringSerializer());
  }

  KafkaConsumer<String, String> consumer(String... more) {
    Map<String, Object> settings = settings("auto.offset.reset", "earliest");
    settings.putAll(settings(more));
    return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
  }

  void createTopic(String name, int partitions, String... configs) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < configs.length; i += 2) values.put(configs[i], configs[i + 1]);
    try (Admin admin = admin()) {
      get(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(values))).all());
    }
  }

  void produce(String topic, String... values) {
    try (var producer = producer()) {
      for (String value : values) producer.send(new ProducerRecord<>(topic, value));
    }
  }

  /** All that is in the topic now, partition by partition. */
  List<ConsumerRecord<String, String>> read(String topic, String... more) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (var consumer = consumer(more)) {
      var partitions = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(POLL).forEach(records::add);
      }
    }
    return records;
  }

  List<String> readValues(String topic, String... more) {
    return read(topic, more).stream().map(ConsumerRecord::value).toList();
  }

  /** Polls until it has so many records. */
  static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    while (records.size() < count) consumer.poll(POLL).forEach(records::add);
    assertEquals(count, records.size());
    return records;
  }

  static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }

  static void pollUntil(BooleanSupplier holds, KafkaConsumer<?, ?>... consumers) {
    while (!holds.getAsBoolean()) {
      for (var consumer : consumers) consumer.poll(POLL);
    }
  }

  static String[] numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toArray(String[]::new);
  }

  /** The value, or what it failed with as it was before the future wrapped it. */
  static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static <T extends Throwable> T assertFails(Class<T> type, Future<?> future) {
    return Assertions.assertThrows(type, () -> get(future));
  }

  static void assertContains(String text, String part) {
    assertTrue(text.contains(part), () -> "no '" + part + "' in: " + text);
  }
}
