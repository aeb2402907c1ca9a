package kappa;

import static kappa.Clients.assertContains;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command line tools that come with Apache Kafka; the name of a test begins with the script's name. */
class ToolsTest extends ServerTest {
  static final String TOOLS = "org.apache.kafka.tools.";

  /** Runs a tool that takes --bootstrap-server, and gives what it printed. */
  static String run(String type, String... arguments) {
    return runWith("", type, arguments);
  }

  static String runWith(String input, String type, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--bootstrap-server", server.address()));
    all.addAll(List.of(arguments));
    var done = Tool.run(input, type, all.toArray(String[]::new));
    assertEquals(0, done.code(), done::output);
    return done.output();
  }

  static Path write(String text) throws IOException {
    Path file = Files.createTempFile("kappa-tool-", ".json");
    file.toFile().deleteOnExit();
    return Files.writeString(file, text);
  }

  @Test
  void topics() {
    String type = TOOLS + "TopicCommand";
    assertContains(run(type, "--create", "--topic", "made", "--partitions", "2", "--config", "retention.ms=5000"), "Created topic made");
    assertContains(run(type, "--list"), "made");
    String described = run(type, "--describe", "--topic", "made");
    assertContains(described, "PartitionCount: 2");
    assertContains(described, "retention.ms=5000");
    run(type, "--alter", "--topic", "made", "--partitions", "5");
    assertContains(run(type, "--describe", "--topic", "made"), "PartitionCount: 5");
    run(type, "--delete", "--topic", "made");
    assertTrue(!run(type, "--list").contains("made"));
    var refused = Tool.run("", type, "--bootstrap-server", server.address(), "--describe", "--topic", "nowhere");
    assertNotEquals(0, refused.code());
    assertContains(refused.output(), "does not exist");
  }

  @Test
  void configs() {
    clients.createTopic("set", 1);
    String type = "kafka.admin.ConfigCommand";
    String[] topic = {"--entity-type", "topics", "--entity-name", "set"};
    assertContains(run(type, concat(topic, "--alter", "--add-config", "retention.ms=7000,cleanup.policy=[compact,delete]")), "Completed");
    String described = run(type, concat(topic, "--describe"));
    assertContains(described, "retention.ms=7000");
    assertContains(described, "cleanup.policy=compact,delete");
    run(type, concat(topic, "--alter", "--delete-config", "retention.ms"));
    assertTrue(!run(type, concat(topic, "--describe")).contains("retention.ms=7000"));
    assertContains(run(type, concat(topic, "--describe", "--all")), "segment.bytes=");
    assertContains(run(type, "--entity-type", "brokers", "--entity-default", "--describe"), "Default configs for brokers");
    assertContains(run(type, "--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"), "num.partitions=");
  }

  @Test
  void consoleProducerAndConsoleConsumer() {
    String lines = "a:1\nb:2\nc:3\n";
    runWith(lines, TOOLS + "ConsoleProducer", "--topic", "console", "--property", "parse.key=true", "--property", "key.separator=:");
    String read = run(TOOLS + "consumer.ConsoleConsumer", "--topic", "console", "--from-beginning", "--max-messages", "3",
        "--property", "print.key=true", "--property", "print.offset=true");
    assertContains(read, "Offset:1\tb\t2");
    assertContains(read, "Processed a total of 3 messages");
  }

  @Test
  void consumerGroupsAndGroups() {
    String type = TOOLS + "consumer.group.ConsumerGroupCommand";
    clients.produce("grouped", Clients.numbers(0, 10));
    try (var consumer = clients.consumer("group.id", "grouped")) {
      consumer.subscribe(List.of("grouped"));
      Clients.poll(consumer, 10);
      consumer.commitSync();
      assertContains(run(type, "--describe", "--group", "grouped", "--members", "--verbose"), "grouped:0");
      assertContains(run(type, "--describe", "--group", "grouped", "--state"), "Stable");
    }
    assertContains(run(type, "--list"), "grouped");
    assertContains(run(TOOLS + "GroupsCommand", "--list"), "grouped");
    assertTrue(run(type, "--describe", "--group", "grouped").matches("(?s).*grouped\\s+grouped\\s+0\\s+10\\s+10\\s+0.*"));
    run(type, "--reset-offsets", "--group", "grouped", "--topic", "grouped", "--to-offset", "4", "--execute");
    assertTrue(run(type, "--describe", "--group", "grouped").matches("(?s).*grouped\\s+grouped\\s+0\\s+4\\s+10\\s+6.*"));
    run(type, "--delete-offsets", "--group", "grouped", "--topic", "grouped");
    assertContains(run(type, "--delete", "--group", "grouped"), "successful");
  }

  @Test
  void getOffsetsAndDeleteRecords() throws IOException {
    clients.produce("cut", Clients.numbers(0, 10));
    assertContains(run(TOOLS + "GetOffsetShell", "--topic", "cut"), "cut:0:10");
    Path json = write("{\"partitions\": [{\"topic\": \"cut\", \"partition\": 0, \"offset\": 6}], \"version\": 1}");
    assertContains(run(TOOLS + "DeleteRecordsCommand", "--offset-json-file", json.toString()), "low_watermark: 6");
    assertContains(run(TOOLS + "GetOffsetShell", "--topic", "cut", "--time", "earliest"), "cut:0:6");
  }

  @Test
  void logDirs() {
    clients.produce("stored", Clients.numbers(0, 10));
    String described = run(TOOLS + "LogDirsCommand", "--describe", "--topic-list", "stored");
    assertContains(described, "\"partition\":\"stored-0\"");
  }

  @Test
  void producerPerfTestAndConsumerPerfTest() {
    String[] settings = {"bootstrap.servers=" + server.address(), "compression.type=lz4"};
    var done = Tool.run("", TOOLS + "ProducerPerformance", concat(new String[] {"--topic", "perf", "--num-records", "20000",
        "--record-size", "200", "--throughput", "-1", "--producer-props"}, settings));
    assertEquals(0, done.code(), done::output);
    assertContains(done.output(), "20000 records sent");
    assertContains(run(TOOLS + "ConsumerPerformance", "--topic", "perf", "--messages", "20000"), ", 20000, ");
  }

  @Test
  void verifiableProducerAndVerifiableConsumer() {
    assertContains(run(TOOLS + "VerifiableProducer", "--topic", "verified", "--max-messages", "500"), "\"acked\":500");
    String read = run(TOOLS + "VerifiableConsumer", "--topic", "verified", "--group-id", "v", "--max-messages", "500", "--reset-policy", "earliest");
    assertContains(read, "\"name\":\"records_consumed\"");
    assertContains(read, "\"success\":true");
  }

  @Test
  void clusterAndBrokerApiVersions() {
    var cluster = Tool.run("", TOOLS + "ClusterTool", "cluster-id", "--bootstrap-server", server.address());
    assertContains(cluster.output(), "Cluster ID: ");
    assertContains(run(TOOLS + "BrokerApiVersionsCommand"), "Produce(0): 0 to 13 [usable: 13]");
  }

  @Test
  void leaderElectionAndReassignPartitions() throws IOException {
    clients.createTopic("placed", 2);
    assertContains(run(TOOLS + "LeaderElectionCommand", "--election-type", "preferred", "--topic", "placed", "--partition", "0"), "placed-0");
    Path json = write("{\"version\": 1, \"partitions\": [{\"topic\": \"placed\", \"partition\": 0, \"replicas\": [1]}]}");
    String type = TOOLS + "reassign.ReassignPartitionsCommand";
    run(type, "--execute", "--reassignment-json-file", json.toString());
    assertContains(run(type, "--verify", "--reassignment-json-file", json.toString()), "is completed");
    assertContains(run(type, "--list"), "No partition reassignments found");
  }

  @Test
  void featuresAndTransactions() {
    var features = Tool.run("", TOOLS + "FeatureCommand", "--bootstrap-server", server.address(), "describe");
    assertEquals(0, features.code(), features::output);
    assertContains(features.output(), "transaction.version");
    try (var producer = clients.producer("transactional.id", "listed")) {
      producer.initTransactions();
      producer.beginTransaction();
      Clients.get(producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>("listed", "v")));
      assertContains(run(TOOLS + "TransactionsCommand", "list"), "listed");
      assertContains(run(TOOLS + "TransactionsCommand", "describe", "--transactional-id", "listed"), "Ongoing");
      assertContains(run(TOOLS + "TransactionsCommand", "describe-producers", "--topic", "listed", "--partition", "0"), "ProducerId");
      producer.abortTransaction();
    }
  }

  @Test
  void transactionalMessageCopier() {
    clients.createTopic("copied", 1);
    clients.produce("original", Clients.numbers(0, 100));
    var done = Tool.run("", TOOLS + "TransactionalMessageCopier", "--broker-list", server.address(), "--input-topic", "original",
        "--input-partition", "0", "--output-topic", "copied", "--transactional-id", "copier", "--consumer-group", "copier",
        "--max-messages", "100", "--transaction-size", "10");
    assertEquals(0, done.code(), done::output);
    assertEquals(List.of(Clients.numbers(0, 100)), clients.readValues("copied", "isolation.level", "read_committed"));
  }

  private static String[] concat(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
