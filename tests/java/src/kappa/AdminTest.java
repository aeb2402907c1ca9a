package kappa;

import static kappa.Clients.assertFails;
import static kappa.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AdminTest extends ServerTest {
  static Admin admin;

  @BeforeAll
  static void start() {
    admin = clients.admin();
  }

  @AfterAll
  static void stop() {
    admin.close();
  }

  static ConfigResource topic(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  static ConfigEntry setting(ConfigResource resource, String name) {
    return get(admin.describeConfigs(List.of(resource)).all()).get(resource).get(name);
  }

  static void alter(ConfigResource resource, String name, String value, AlterConfigOp.OpType type) {
    Collection<AlterConfigOp> changes = List.of(new AlterConfigOp(new ConfigEntry(name, value), type));
    get(admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
  }

  /** A group that has read a topic of ten records to its end. */
  static void makeGroup(String group, String topic) {
    clients.produce(topic, Clients.numbers(0, 10));
    try (var consumer = clients.consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      Clients.poll(consumer, 10);
    }
  }

  @Test
  void theClusterIsDescribed() {
    var cluster = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    assertEquals(server.address(), get(cluster.nodes()).stream().map(n -> n.host() + ":" + n.port()).toList().get(0));
    assertEquals(get(cluster.nodes()).iterator().next().id(), get(cluster.controller()).id());
    assertEquals(22, get(cluster.clusterId()).length());
    assertFalse(get(cluster.authorizedOperations()).isEmpty());
  }

  @Test
  void topicsAreMadeDescribedListedAndDeleted() {
    var made = admin.createTopics(List.of(new NewTopic("made", Optional.of(3), Optional.empty())));
    assertEquals(3, get(made.numPartitions("made")));
    assertEquals(1, get(made.replicationFactor("made")));
    assertEquals("delete", get(made.config("made")).get("cleanup.policy").value());
    assertFails(TopicExistsException.class, admin.createTopics(List.of(new NewTopic("made", 1, (short) 1))).all());
    var described = get(admin.describeTopics(List.of("made")).allTopicNames()).get("made");
    assertEquals(3, described.partitions().size());
    assertEquals(get(made.topicId("made")), described.topicId());
    var byId = get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds());
    assertEquals("made", byId.get(described.topicId()).name());
    assertTrue(get(admin.listTopics().names()).contains("made"));
    get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).all());
    assertFalse(get(admin.listTopics().names()).contains("made"));
    assertFails(UnknownTopicOrPartitionException.class, admin.describeTopics(List.of("made")).allTopicNames());
    assertFails(UnknownTopicOrPartitionException.class, admin.deleteTopics(List.of("made")).all());
  }

  @Test
  void topicsThatCannotBeAreRefused() {
    assertFails(InvalidReplicationFactorException.class, admin.createTopics(List.of(new NewTopic("r", 1, (short) 3))).all());
    assertFails(InvalidPartitionsException.class, admin.createTopics(List.of(new NewTopic("p", 0, (short) 1))).all());
    var configs = Map.of("retention.ms", "a while");
    assertFails(InvalidConfigurationException.class, admin.createTopics(List.of(new NewTopic("c", 1, (short) 1).configs(configs))).all());
  }

  @Test
  void partitionsAreAdded() {
    clients.createTopic("grown", 1);
    get(admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(3))).all());
    assertEquals(3, get(admin.describeTopics(List.of("grown")).allTopicNames()).get("grown").partitions().size());
    try (var producer = clients.producer()) {
      var sent = get(producer.send(new ProducerRecord<>("grown", 2, "k", "v")));
      assertEquals(0, sent.offset());
    }
    assertFails(InvalidPartitionsException.class, admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(2))).all());
  }

  @Test
  void settingsOfTopicsAreDescribedAndChanged() {
    clients.createTopic("set", 1, "retention.ms", "1000");
    var resource = topic("set");
    assertEquals("1000", setting(resource, "retention.ms").value());
    assertEquals(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, setting(resource, "retention.ms").source());
    alter(resource, "retention.ms", "2000", AlterConfigOp.OpType.SET);
    assertEquals("2000", setting(resource, "retention.ms").value());
    alter(resource, "retention.ms", null, AlterConfigOp.OpType.DELETE);
    assertTrue(setting(resource, "retention.ms").isDefault());
    alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
    assertEquals("delete,compact", setting(resource, "cleanup.policy").value());
    alter(resource, "cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT);
    assertEquals("compact", setting(resource, "cleanup.policy").value());
    Collection<AlterConfigOp> wrong = List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "soon"), AlterConfigOp.OpType.SET));
    assertFails(InvalidConfigurationException.class, admin.incrementalAlterConfigs(Map.of(resource, wrong)).all());
    assertFails(UnknownTopicOrPartitionException.class, admin.describeConfigs(List.of(topic("nowhere"))).all());
  }

  @Test
  void settingsOfTheBrokerAreDescribed() {
    var node = get(admin.describeCluster().nodes()).iterator().next();
    var broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    var config = get(admin.describeConfigs(List.of(broker), options).all()).get(broker);
    assertEquals("1", config.get("default.replication.factor").value());
    assertFalse(config.get("num.partitions").synonyms().isEmpty());
    assertFalse(config.get("num.partitions").documentation().isEmpty());
    var resources = get(admin.listConfigResources(Set.of(ConfigResource.Type.BROKER), new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all());
    assertEquals(List.of(broker), List.copyOf(resources));
  }

  @Test
  void offsetsAreListedAndRecordsDeleted() {
    try (var producer = clients.producer()) {
      for (long i = 0; i < 10; ++i) producer.send(new ProducerRecord<>("trimmed", 0, 1000 + i, "k", "v"));
    }
    var partition = new TopicPartition("trimmed", 0);
    assertEquals(10, get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all()).get(partition).offset());
    assertEquals(9, get(admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).all()).get(partition).offset());
    var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(partition);
    assertEquals(4, get(deleted).lowWatermark());
    assertEquals(4, get(admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).all()).get(partition).offset());
    assertEquals(6, clients.readValues("trimmed").size());
    assertFails(OffsetOutOfRangeException.class, admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(99))).all());
  }

  @Test
  void directoriesAreDescribed() {
    clients.produce("stored", Clients.numbers(0, 10));
    var node = get(admin.describeCluster().nodes()).iterator().next().id();
    var directories = get(admin.describeLogDirs(List.of(node)).allDescriptions()).get(node);
    assertEquals(1, directories.size());
    var directory = directories.values().iterator().next();
    assertTrue(directory.replicaInfos().get(new TopicPartition("stored", 0)).size() > 100);
    assertTrue(directory.totalBytes().isPresent() && directory.usableBytes().isPresent());
  }

  @Test
  void groupsAreListedDescribedAndDeleted() {
    makeGroup("listed", "listed");
    assertTrue(get(admin.listGroups().all()).stream().anyMatch(g -> g.groupId().equals("listed")));
    assertTrue(get(admin.listConsumerGroups().all()).stream().anyMatch(g -> g.groupId().equals("listed")));
    assertEquals(GroupState.EMPTY, get(admin.describeConsumerGroups(List.of("listed")).all()).get("listed").groupState());
    try (var consumer = clients.consumer("group.id", "listed", "client.id", "reader")) {
      consumer.subscribe(List.of("listed"));
      Clients.pollUntil(() -> !consumer.assignment().isEmpty(), consumer);
      var described = get(admin.describeConsumerGroups(List.of("listed")).all()).get("listed");
      assertEquals(GroupState.STABLE, described.groupState());
      var member = described.members().iterator().next();
      assertEquals("reader", member.clientId());
      assertEquals(Set.of(new TopicPartition("listed", 0)), member.assignment().topicPartitions());
      assertFails(GroupNotEmptyException.class, admin.deleteConsumerGroups(List.of("listed")).all());
    }
    get(admin.deleteConsumerGroups(List.of("listed")).all());
    assertFails(GroupIdNotFoundException.class, admin.describeConsumerGroups(List.of("listed")).all());
    assertFails(GroupIdNotFoundException.class, admin.deleteConsumerGroups(List.of("listed")).all());
  }

  @Test
  void groupsOfTheNewProtocolAreDescribed() {
    clients.createTopic("new", 2);
    try (var consumer = clients.consumer("group.id", "new", "group.protocol", "consumer")) {
      consumer.subscribe(List.of("new"));
      Clients.pollUntil(() -> consumer.assignment().size() == 2, consumer);
      var described = get(admin.describeConsumerGroups(List.of("new")).all()).get("new");
      assertEquals(org.apache.kafka.common.GroupType.CONSUMER, described.type());
      assertEquals(2, described.members().iterator().next().assignment().topicPartitions().size());
      assertTrue(described.targetAssignmentEpoch().isPresent());
    }
  }

  @Test
  void offsetsOfGroupsAreListedMovedAndDeleted() {
    makeGroup("moved", "moved");
    var partition = new TopicPartition("moved", 0);
    var spec = Map.of("moved", new ListConsumerGroupOffsetsSpec());
    assertEquals(10, get(admin.listConsumerGroupOffsets(spec).all()).get("moved").get(partition).offset());
    get(admin.alterConsumerGroupOffsets("moved", Map.of(partition, new OffsetAndMetadata(3))).all());
    assertEquals(3, get(admin.listConsumerGroupOffsets(spec).all()).get("moved").get(partition).offset());
    get(admin.deleteConsumerGroupOffsets("moved", Set.of(partition)).all());
    assertTrue(get(admin.listConsumerGroupOffsets(spec).all()).get("moved").isEmpty());
  }

  @Test
  void membersAreRemovedFromGroups() {
    clients.createTopic("removed", 1);
    try (var consumer = clients.consumer("group.id", "removed", "group.instance.id", "one")) {
      consumer.subscribe(List.of("removed"));
      Clients.pollUntil(() -> !consumer.assignment().isEmpty(), consumer);
      var members = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one")));
      get(admin.removeMembersFromConsumerGroup("removed", members).all());
      assertTrue(get(admin.describeConsumerGroups(List.of("removed")).all()).get("removed").members().isEmpty());
    }
  }

  @Test
  void leadersAndReassignmentsAreWhatOneBrokerHas() {
    clients.createTopic("led", 1);
    var partition = new TopicPartition("led", 0);
    var elected = get(admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions()).get(partition);
    assertTrue(elected.isPresent() && elected.get() instanceof ElectionNotNeededException, () -> "" + elected);
    assertTrue(get(admin.listPartitionReassignments().reassignments()).isEmpty());
    var node = get(admin.describeCluster().nodes()).iterator().next().id();
    var same = Optional.of(new NewPartitionReassignment(List.of(node)));
    get(admin.alterPartitionReassignments(Map.of(partition, same)).all());
  }

  @Test
  void featuresAreDescribed() {
    var features = get(admin.describeFeatures().featureMetadata());
    assertTrue(features.supportedFeatures().containsKey("transaction.version"), features::toString);
    assertTrue(features.finalizedFeatures().containsKey("group.version"), features::toString);
    var wrong = Map.of("no.such.feature", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE));
    assertFails(org.apache.kafka.common.errors.ApiException.class, admin.updateFeatures(wrong, new UpdateFeaturesOptions()).all());
  }

  @Test
  void securityAndQuotasAreSaidToBeOff() {
    assertFails(SecurityDisabledException.class, admin.describeAcls(AclBindingFilter.ANY).values());
    assertTrue(get(admin.describeClientQuotas(ClientQuotaFilter.all()).entities()).isEmpty());
    assertTrue(get(admin.describeUserScramCredentials().all()).isEmpty());
  }
}
