package kappa;

import static kappa.Clients.assertContains;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our segment files, read by the tool that Apache Kafka has for its own. */
class DumpLogTest extends ServerTest {
  static List<Path> segments(String topic) throws IOException {
    try (var files = Files.list(server.partition(topic, 0))) {
      return files.filter(path -> path.toString().endsWith(".log")).sorted().toList();
    }
  }

  static String dump(Path segment, String... more) {
    String[] arguments = new String[more.length + 4];
    System.arraycopy(new String[] {"--files", segment.toString(), "--deep-iteration", "--print-data-log"}, 0, arguments, 0, 4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    var done = Tool.run("", "kafka.tools.DumpLogSegments", arguments);
    assertEquals(0, done.code(), done::output);
    assertTrue(!done.output().contains("isvalid: false"), done::output);
    return done.output();
  }

  static long count(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void recordsOfEveryCodecAreThere(String codec) throws IOException {
    String topic = "dumped-" + codec;
    try (var producer = clients.producer("compression.type", codec, "linger.ms", "50")) {
      for (int i = 0; i < 100; ++i) producer.send(new ProducerRecord<>(topic, "key" + i, "value" + i));
    }
    String text = dump(segments(topic).get(0));
    assertContains(text, "compresscodec: " + codec);
    assertContains(text, "key: key99 payload: value99");
    assertEquals(100, count(text, "\\| offset: \\d+"));
  }

  @Test
  void whatACompactionLeftIsThere() throws IOException {
    clients.createTopic("compacted", 1, "cleanup.policy", "compact", "segment.bytes", "1048576", "segment.ms", "100",
        "min.cleanable.dirty.ratio", "0.0", "file.delete.delay.ms", "0");
    try (var producer = clients.producer("linger.ms", "0")) {
      while (segments("compacted").stream().noneMatch(DumpLogTest::isCompacted)) {
        Clients.get(producer.send(new ProducerRecord<>("compacted", "same key", "x".repeat(1000))));
      }
    }
    Path segment = segments("compacted").stream().filter(DumpLogTest::isCompacted).findFirst().orElseThrow();
    // The tool takes the base offset from what stands before the first dot.
    Path copy = Files.createTempDirectory("kappa-dump-").resolve(segment.getFileName().toString().split("\\.")[0] + ".log");
    Files.copy(segment, copy);
    String text = dump(copy);
    Files.delete(copy);
    Files.delete(copy.getParent());
    assertEquals(1, count(text, "key: same key"));
  }

  private static boolean isCompacted(Path segment) {
    return segment.getFileName().toString().split("\\.").length == 3;
  }

  @Test
  void transactionMarkersAreThere() throws IOException {
    try (var producer = clients.producer("transactional.id", "dumped", "max.block.ms", "10000")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("marked", "committed"));
      producer.commitTransaction();
      producer.beginTransaction();
      Clients.get(producer.send(new ProducerRecord<>("marked", "aborted")));  // what is not sent yet an abort drops
      producer.abortTransaction();
    }
    String text = dump(segments("marked").get(0));
    assertContains(text, "endTxnMarker: COMMIT");
    assertContains(text, "endTxnMarker: ABORT");
    assertContains(text, "isTransactional: true");
  }

  @Test
  void offsetsOfGroupsAreThere() throws IOException {
    clients.produce("read", Clients.numbers(0, 5));
    try (var consumer = clients.consumer("group.id", "dumped")) {
      consumer.subscribe(List.of("read"));
      Clients.poll(consumer, 5);
    }
    String text = "";
    for (Path segment : segments("__consumer_offsets")) text += dump(segment, "--offsets-decoder");
    assertContains(text, "\"group\":\"dumped\"");
    assertContains(text, "\"offset\":5");
  }
}
