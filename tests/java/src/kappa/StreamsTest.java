package kappa;

import static kappa.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts words with Kafka Streams: a repartition topic, a store with its changelog, and what comes out. */
class StreamsTest extends ServerTest {
  Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("kappa-streams-");
  }

  @AfterEach
  void removeDirectory() throws IOException {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  /** Ends an application, and does not wait for ever for one that cannot end. */
  record Application(KafkaStreams streams) implements AutoCloseable {
    @Override
    public void close() {
      assertTrue(streams.close(Duration.ofSeconds(30)), "the application does not end");
    }
  }

  Application startCounting(String application, String guarantee) {
    var builder = new StreamsBuilder();
    builder.<String, String>stream(application + "-lines")
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.as("words"))
        .count(Materialized.as("counts"))
        .toStream()
        .to(application + "-counts", Produced.with(Serdes.String(), Serdes.Long()));
    var settings = new Properties();
    settings.putAll(clients.settings("application.id", application, "processing.guarantee", guarantee, "state.dir", directory.toString(),
        "commit.interval.ms", "200", "auto.offset.reset", "earliest", "num.stream.threads", "2"));
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    var streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(e -> {
      e.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    return new Application(streams);
  }

  /** The newest count of each word, once their sum is as large as wanted. */
  Map<String, Long> counts(String application, long sum, Application running) {
    Map<String, Long> counts = new TreeMap<>();
    Map<String, Object> settings = clients.settings("auto.offset.reset", "earliest", "isolation.level", "read_committed");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new LongDeserializer())) {
      consumer.assign(IntStream.range(0, 2).mapToObj(i -> new TopicPartition(application + "-counts", i)).toList());
      while (counts.values().stream().mapToLong(n -> n).sum() < sum) {
        var state = running.streams().state();
        assertTrue(!state.isShuttingDown() && !state.hasCompletedShutdown(), () -> "the application is " + state);
        consumer.poll(Duration.ofMillis(100)).forEach(record -> counts.put(record.key(), record.value()));
      }
    }
    return counts;
  }

  void makeTopics(String application) {
    clients.createTopic(application + "-lines", 2);
    clients.createTopic(application + "-counts", 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"at_least_once", "exactly_once_v2"})
  void wordsAreCounted(String guarantee) {
    String application = "counting-" + guarantee;
    makeTopics(application);
    clients.produce(application + "-lines", "to be or not to be", "that is the question", "to be");
    try (var running = startCounting(application, guarantee)) {
      assertEquals(Map.of("to", 3L, "be", 3L, "or", 1L, "not", 1L, "that", 1L, "is", 1L, "the", 1L, "question", 1L),
          counts(application, 12, running));
    }
    try (Admin admin = clients.admin()) {
      var topics = get(admin.listTopics().names());
      assertTrue(topics.containsAll(List.of(application + "-words-repartition", application + "-counts-changelog")), topics::toString);
    }
  }

  @Test
  @Timeout(240)
  void countsAreExactOverKillsOfTheServerAndLossOfTheState() throws IOException {
    String application = "exact";
    makeTopics(application);
    for (int round = 1; round <= 3; ++round) {
      try (var running = startCounting(application, "exactly_once_v2")) {
        for (int i = 0; i < 50; ++i) clients.produce(application + "-lines", "one two two");
        if (round == 2) server.killAndRestart();
        assertEquals(Map.of("one", 50L * round, "two", 100L * round), counts(application, 150L * round, running));
      }
      removeDirectory();  // the next round restores its state from the changelog
      Files.createDirectories(directory);
    }
  }
}
