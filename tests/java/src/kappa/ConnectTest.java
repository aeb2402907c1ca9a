package kappa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A standalone worker of Kafka Connect: lines of a file into a topic, and out of it into another file. */
class ConnectTest {
  Server server;
  Clients clients;
  Path directory;

  @BeforeEach
  void start() throws IOException {
    server = new Server();
    clients = new Clients(server);
    directory = Files.createTempDirectory("kappa-connect-");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }

  Path write(String name, String... lines) throws IOException {
    return Files.write(directory.resolve(name), List.of(lines));
  }

  Process startWorker() throws IOException {
    Path worker = write("worker.properties", "bootstrap.servers=" + server.address(), "offset.storage.file.filename=" + directory.resolve("offsets"),
        "key.converter=org.apache.kafka.connect.storage.StringConverter", "value.converter=org.apache.kafka.connect.storage.StringConverter",
        "offset.flush.interval.ms=500", "listeners=http://127.0.0.1:0", "plugin.discovery=service_load");
    Path source = write("source.properties", "name=lines-in", "connector.class=org.apache.kafka.connect.file.FileStreamSourceConnector",
        "tasks.max=1", "file=" + directory.resolve("in.txt"), "topic=lines",
        "topic.creation.default.partitions=2", "topic.creation.default.replication.factor=1");
    Path sink = write("sink.properties", "name=lines-out", "connector.class=org.apache.kafka.connect.file.FileStreamSinkConnector",
        "tasks.max=2", "file=" + directory.resolve("out.txt"), "topics=lines", "consumer.override.auto.offset.reset=earliest");
    return Tool.start(directory.resolve("worker.log").toFile(), "org.apache.kafka.connect.cli.ConnectStandalone",
        worker.toString(), source.toString(), sink.toString());
  }

  /** Waits until the sink's file has these lines, in any order. */
  void expectOut(Process worker, String... lines) throws Exception {
    Path out = directory.resolve("out.txt");
    List<String> wanted = List.of(lines).stream().sorted().toList();
    List<String> got = List.of();
    while (!got.equals(wanted)) {
      assertFalse(worker.waitFor(50, TimeUnit.MILLISECONDS), () -> "the worker ended: " + log());
      assertTrue(got.size() <= wanted.size(), "lines came twice");
      got = Files.exists(out) ? Files.readAllLines(out).stream().sorted().toList() : List.of();
    }
  }

  String log() {
    try {
      return Files.readString(directory.resolve("worker.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void linesGoThroughATopicAndGoOnAfterARestart() throws Exception {
    write("in.txt", "one", "two", "three");
    Process worker = startWorker();
    try {
      expectOut(worker, "one", "two", "three");
    } finally {
      worker.destroy();
      worker.waitFor();
    }
    Files.writeString(directory.resolve("in.txt"), "four\n", StandardOpenOption.APPEND);
    Process again = startWorker();
    try {
      expectOut(again, "one", "two", "three", "four");
    } finally {
      again.destroy();
      again.waitFor();
    }
    assertEquals(List.of("four", "one", "three", "two"), clients.readValues("lines").stream().sorted().toList());
  }
}
