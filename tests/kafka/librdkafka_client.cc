// A librdkafka program, as a user would write one, against the broker at argv[1]: makes a topic,
// produces with idempotence, consumes with assign(), looks offsets up by time, describes settings
// and deletes the topic. Prints what it did; exits with 1 at the first surprise.

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/librdkafka_handles.h"

namespace {

using namespace kappa::test;

constexpr const char* kTopic = "librdkafka-test";
constexpr int kPartitions = 3;
constexpr int kRecordsPerPartition = 1000;
constexpr int kTimeoutMs = 20'000;
constexpr int64_t kFirstTimestamp = 1'700'000'000'000;

// Waits for the result of an admin request.
Event admin_result(rd_kafka_t* client, const std::function<void(rd_kafka_queue_t*)>& request) {
  Queue queue(rd_kafka_queue_new(client));
  request(queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event) fail("no answer to an admin request");
  expect_ok(rd_kafka_event_error(event.get()), "admin request");
  return event;
}

rd_kafka_resp_err_t create_topic(rd_kafka_t* client, int replication_factor, bool validate_only,
                                 const char* setting, const char* value) {
  char error[512];
  auto* topic = rd_kafka_NewTopic_new(kTopic, kPartitions, replication_factor, error, sizeof error);
  if (topic == nullptr) fail(error);
  rd_kafka_NewTopic_set_config(topic, setting, value);
  auto* options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_validate_only(options, validate_only ? 1 : 0, error, sizeof error);
  auto event = admin_result(client, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client, &topic, 1, options, queue);
  });
  size_t count = 0;
  auto** topics =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) fail("one result per topic");
  auto result = rd_kafka_topic_result_error(topics[0]);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_NewTopic_destroy(topic);
  return result;
}

void check_create(rd_kafka_t* client) {
  expect(create_topic(client, 3, false, "retention.ms", "1000") ==
             RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
         "three replicas are refused");
  expect(create_topic(client, 1, false, "no.such.setting", "1") == RD_KAFKA_RESP_ERR_INVALID_CONFIG,
         "an unknown setting is refused");
  expect_ok(create_topic(client, 1, true, "retention.ms", "86400000"), "validate only");
  expect_ok(create_topic(client, 1, false, "retention.ms", "86400000"), "create topic");
  expect(create_topic(client, 1, false, "retention.ms", "86400000") ==
             RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
         "the topic cannot be made twice");
}

struct Delivered {
  int count = 0;
  std::vector<int64_t> last_offset = std::vector<int64_t>(kPartitions, -1);
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(message->err));
  auto& delivered = *static_cast<Delivered*>(opaque);
  int64_t& last = delivered.last_offset[static_cast<size_t>(message->partition)];
  if (message->offset != last + 1) fail("offsets of one partition follow each other");
  last = message->offset;
  ++delivered.count;
}

void check_produce(const std::string& address) {
  char error[512];
  Delivered delivered;
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", address.c_str(), error, sizeof error);
  rd_kafka_conf_set(conf, "enable.idempotence", "true", error, sizeof error);
  rd_kafka_conf_set(conf, "compression.type", "lz4", error, sizeof error);
  rd_kafka_conf_set(conf, "batch.num.messages", "100", error, sizeof error);
  rd_kafka_conf_set_opaque(conf, &delivered);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  Handle client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
  if (!client) fail(error);
  for (int i = 0; i < kRecordsPerPartition; ++i) {
    for (int partition = 0; partition < kPartitions; ++partition) {
      std::string value = std::to_string(partition) + "/" + std::to_string(i);
      auto result = rd_kafka_producev(
          client.get(), RD_KAFKA_V_TOPIC(kTopic), RD_KAFKA_V_PARTITION(partition),
          RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_TIMESTAMP(kFirstTimestamp + i),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (result != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(result));
    }
    rd_kafka_poll(client.get(), 0);
  }
  expect_ok(rd_kafka_flush(client.get(), kTimeoutMs), "flush");
  expect(delivered.count == kPartitions * kRecordsPerPartition, "every record was acknowledged");
}

void check_offsets(rd_kafka_t* client) {
  for (int partition = 0; partition < kPartitions; ++partition) {
    int64_t low = -1, high = -1;
    expect_ok(rd_kafka_query_watermark_offsets(client, kTopic, partition, &low, &high, kTimeoutMs),
              "query watermarks");
    expect(low == 0 && high == kRecordsPerPartition, "watermarks are 0 and the record count");
  }
  Offsets offsets(rd_kafka_topic_partition_list_new(2));
  rd_kafka_topic_partition_list_add(offsets.get(), kTopic, 0)->offset = kFirstTimestamp + 437;
  rd_kafka_topic_partition_list_add(offsets.get(), kTopic, 1)->offset =
      kFirstTimestamp + kRecordsPerPartition;
  expect_ok(rd_kafka_offsets_for_times(client, offsets.get(), kTimeoutMs), "offsets for times");
  expect(offsets->elems[0].offset == 437, "a timestamp is found to the record inside its batch");
  expect(offsets->elems[1].offset == RD_KAFKA_OFFSET_END, "beyond the last record is the end");
}

void check_consume(rd_kafka_t* client) {
  constexpr int64_t kStart = 450;
  Offsets assignment(rd_kafka_topic_partition_list_new(kPartitions));
  for (int partition = 0; partition < kPartitions; ++partition) {
    rd_kafka_topic_partition_list_add(assignment.get(), kTopic, partition)->offset = kStart;
  }
  expect_ok(rd_kafka_assign(client, assignment.get()), "assign");
  std::vector<int64_t> next(kPartitions, kStart);
  int at_end = 0;
  while (at_end < kPartitions) {
    Owned<rd_kafka_message_t, rd_kafka_message_destroy> message(
        rd_kafka_consumer_poll(client, kTimeoutMs));
    if (!message) fail("no message in time");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++at_end;
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_message_errstr(message.get()));
    int64_t& offset = next[static_cast<size_t>(message->partition)];
    std::string value(static_cast<const char*>(message->payload), message->len);
    std::string expected = std::to_string(message->partition) + "/" + std::to_string(offset);
    if (message->offset != offset || value != expected) fail("got " + value + " for " + expected);
    ++offset;
  }
  for (int64_t offset : next) expect(offset == kRecordsPerPartition, "consumed to the end");
}

void check_configs(rd_kafka_t* client) {
  auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, kTopic);
  auto event = admin_result(client, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConfigs(client, &resource, 1, nullptr, queue);
  });
  size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
  auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  expect(count == 1, "one resource is described");
  size_t entry_count = 0;
  auto** entries = rd_kafka_ConfigResource_configs(resources[0], &entry_count);
  std::map<std::string, const rd_kafka_ConfigEntry_t*> by_name;
  for (size_t i = 0; i < entry_count; ++i) {
    by_name[rd_kafka_ConfigEntry_name(entries[i])] = entries[i];
  }
  for (const char* name :
       {"retention.ms", "cleanup.policy", "max.message.bytes", "segment.bytes"}) {
    expect(by_name.contains(name), std::string("settings include ") + name);
  }
  const auto* retention = by_name["retention.ms"];
  expect(std::strcmp(rd_kafka_ConfigEntry_value(retention), "86400000") == 0,
         "retention.ms is ours");
  expect(rd_kafka_ConfigEntry_is_default(retention) == 0, "and is no default");
  expect(rd_kafka_ConfigEntry_is_default(by_name["segment.bytes"]) == 1,
         "segment.bytes is default");
  rd_kafka_ConfigResource_destroy(resource);
}

void check_delete(rd_kafka_t* client) {
  auto delete_topic = [&] {
    auto* topic = rd_kafka_DeleteTopic_new(kTopic);
    auto event = admin_result(client, [&](rd_kafka_queue_t* queue) {
      rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
    });
    rd_kafka_DeleteTopic_destroy(topic);
    size_t count = 0;
    auto** topics = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(event.get()), &count);
    if (count != 1) fail("one result per topic");
    return rd_kafka_topic_result_error(topics[0]);
  };
  expect_ok(delete_topic(), "delete topic");
  expect(delete_topic() == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "it is gone");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: librdkafka_client HOST:PORT\n", stderr);
    return 2;
  }
  std::string address = argv[1];
  auto admin = make_handle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", address}});
  check_create(admin.get());
  check_produce(address);
  auto consumer = make_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", address},
                                                  {"group.id", "not used"},
                                                  {"enable.auto.commit", "false"},
                                                  {"enable.partition.eof", "true"},
                                                  {"check.crcs", "true"}});
  check_offsets(consumer.get());
  check_consume(consumer.get());
  check_configs(admin.get());
  check_delete(admin.get());
  std::puts("all passed");
  return 0;
}
