// A librdkafka program that administers a topic of the broker at argv[1]: settings, partitions,
// records. Prints what it did; exits with 1 at the first surprise.

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace {

constexpr const char* kTopic = "librdkafka-admin-test";
constexpr int kTimeoutMs = 20'000;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

void expect(rd_kafka_resp_err_t error, rd_kafka_resp_err_t wanted, const std::string& what) {
  if (error != wanted) fail(what + ": " + rd_kafka_err2name(error));
  std::printf("ok: %s\n", what.c_str());
}

template <auto destroy>
struct Destroyer {
  template <typename T>
  void operator()(T* pointer) const {
    destroy(pointer);
  }
};
template <typename T, auto destroy>
using Owned = std::unique_ptr<T, Destroyer<destroy>>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Settings = std::map<std::string, std::string>;

class Admin {
 public:
  explicit Admin(const char* address) {
    char error[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", address, error, sizeof error);
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error));
    if (client_ == nullptr) fail(error);
    queue_.reset(rd_kafka_queue_new(client_.get()));
  }

  rd_kafka_resp_err_t create(int partitions) {
    char error[512];
    auto* topic = rd_kafka_NewTopic_new(kTopic, partitions, 1, error, sizeof error);
    rd_kafka_CreateTopics(client(), &topic, 1, nullptr, queue_.get());
    rd_kafka_NewTopic_destroy(topic);
    Event event = answer();
    size_t count = 0;
    return rd_kafka_topic_result_error(rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count)[0]);
  }

  rd_kafka_resp_err_t grow(size_t partitions) {
    char error[512];
    auto* wanted = rd_kafka_NewPartitions_new(kTopic, partitions, error, sizeof error);
    rd_kafka_CreatePartitions(client(), &wanted, 1, nullptr, queue_.get());
    rd_kafka_NewPartitions_destroy(wanted);
    Event event = answer();
    size_t count = 0;
    return rd_kafka_topic_result_error(rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(event.get()), &count)[0]);
  }

  rd_kafka_resp_err_t alter(rd_kafka_ResourceType_t type, const char* name,
                            const Settings& settings) {
    auto* resource = rd_kafka_ConfigResource_new(type, name);
    for (const auto& [key, value] : settings)
      rd_kafka_ConfigResource_set_config(resource, key.c_str(), value.c_str());
    rd_kafka_AlterConfigs(client(), &resource, 1, nullptr, queue_.get());
    rd_kafka_ConfigResource_destroy(resource);
    Event event = answer();
    size_t count = 0;
    return rd_kafka_ConfigResource_error(rd_kafka_AlterConfigs_result_resources(
        rd_kafka_event_AlterConfigs_result(event.get()), &count)[0]);
  }

  // Those that are the topic's own.
  Settings own_settings() {
    auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, kTopic);
    rd_kafka_DescribeConfigs(client(), &resource, 1, nullptr, queue_.get());
    rd_kafka_ConfigResource_destroy(resource);
    Event event = answer();
    size_t count = 0;
    const auto* found = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count)[0];
    const auto** entries = rd_kafka_ConfigResource_configs(found, &count);
    Settings own;
    for (size_t i = 0; i < count; ++i) {
      if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        own[rd_kafka_ConfigEntry_name(entries[i])] = rd_kafka_ConfigEntry_value(entries[i]);
    }
    return own;
  }

  void produce(int32_t partition, int count) {
    for (int i = 0; i < count; ++i) {
      expect(rd_kafka_producev(client(), RD_KAFKA_V_TOPIC(kTopic), RD_KAFKA_V_PARTITION(partition),
                               RD_KAFKA_V_VALUE((void*)"v", 1), RD_KAFKA_V_END),
             RD_KAFKA_RESP_ERR_NO_ERROR, "a record for partition " + std::to_string(partition));
    }
    expect(rd_kafka_flush(client(), kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR, "sent");
  }

  // Sets `offset` to where the partition begins then.
  rd_kafka_resp_err_t trim(int32_t partition, int64_t& offset) {
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, kTopic, partition)->offset = offset;
    auto* deletion = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(client(), &deletion, 1, nullptr, queue_.get());
    rd_kafka_DeleteRecords_destroy(deletion);
    rd_kafka_topic_partition_list_destroy(list);
    Event event = answer();
    const auto& result =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()))
            ->elems[0];
    offset = result.offset;
    return result.err;
  }

  int64_t first_offset(int32_t partition) {
    int64_t first = -1, next = -1;
    expect(rd_kafka_query_watermark_offsets(client(), kTopic, partition, &first, &next, kTimeoutMs),
           RD_KAFKA_RESP_ERR_NO_ERROR, "watermarks");
    return first;
  }

 private:
  rd_kafka_t* client() { return client_.get(); }
  Event answer() {
    Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs));
    if (event == nullptr) fail("no answer to an admin request");
    expect(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR, "admin request");
    return event;
  }

  Owned<rd_kafka_t, rd_kafka_destroy> client_;
  Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> queue_;
};

void check_settings(Admin& admin) {
  const Settings wanted{{"cleanup.policy", "delete"}, {"retention.ms", "60000"}};
  expect(admin.alter(RD_KAFKA_RESOURCE_TOPIC, kTopic, wanted), RD_KAFKA_RESP_ERR_NO_ERROR,
         "settings are changed");
  if (admin.own_settings() != wanted) fail("the settings are not those that were set");
  expect(admin.alter(RD_KAFKA_RESOURCE_TOPIC, kTopic, {{"no.such.setting", "1"}}),
         RD_KAFKA_RESP_ERR_INVALID_CONFIG, "an unknown setting is refused");
  if (admin.own_settings() != wanted) fail("a refusal changed something");
  expect(admin.alter(RD_KAFKA_RESOURCE_BROKER, "1", {{"num.partitions", "3"}}),
         RD_KAFKA_RESP_ERR_INVALID_REQUEST, "the server's settings stay");
}

void check_partitions(Admin& admin) {
  expect(admin.grow(4), RD_KAFKA_RESP_ERR_NO_ERROR, "the topic grows");
  expect(admin.grow(2), RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, "it does not shrink");
  admin.produce(3, 10);
}

void check_records(Admin& admin) {
  int64_t offset = 4;
  expect(admin.trim(3, offset), RD_KAFKA_RESP_ERR_NO_ERROR, "records are deleted");
  if (offset != 4 || admin.first_offset(3) != 4) fail("the partition does not begin at 4");
  offset = RD_KAFKA_OFFSET_END;
  expect(admin.trim(3, offset), RD_KAFKA_RESP_ERR_NO_ERROR, "all records are deleted");
  if (offset != 10) fail("the partition does not begin at 10");
  offset = 11;
  expect(admin.trim(3, offset), RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "there is nothing more");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: librdkafka_admin HOST:PORT\n", stderr);
    return 2;
  }
  Admin admin(argv[1]);
  expect(admin.create(1), RD_KAFKA_RESP_ERR_NO_ERROR, "create topic");
  check_settings(admin);
  check_partitions(admin);
  check_records(admin);
  std::puts("all passed");
  return 0;
}
