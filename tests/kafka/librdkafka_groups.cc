// Consumer groups as a librdkafka program uses them, against the broker at argv[1]: manual and
// automatic commits, static members, cooperative rebalancing, and the admin requests for groups.
// Prints what it did; exits with 1 at the first surprise.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kafka/librdkafka_handles.h"

namespace {

using namespace kappa::test;
using std::chrono::steady_clock;

constexpr const char* kTopic = "grouped";
constexpr int kPartitions = 4;
constexpr int kRecordsPerPartition = 100;
constexpr int kTimeoutMs = 30'000;

std::string g_address;

Handle connect(rd_kafka_type_t type, Settings settings, void* opaque = nullptr,
               OnRebalance on_rebalance = nullptr) {
  settings["bootstrap.servers"] = g_address;
  return make_handle(type, settings, opaque, on_rebalance);
}

// A member of a group that subscribes to the topic.
class Consumer {
 public:
  Consumer(const std::string& group, Settings settings) {
    settings.insert({"group.id", group});
    settings.insert({"session.timeout.ms", "6000"});
    settings.insert({"heartbeat.interval.ms", "500"});
    settings.insert({"auto.offset.reset", "earliest"});
    handle_ = connect(RD_KAFKA_CONSUMER, settings, this, &Consumer::on_rebalance);
    rd_kafka_poll_set_consumer(handle_.get());
    Offsets topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), kTopic, RD_KAFKA_PARTITION_UA);
    expect_ok(rd_kafka_subscribe(handle_.get(), topics.get()), "subscribe in " + group);
  }

  rd_kafka_t* handle() { return handle_.get(); }
  const std::set<int>& assigned() const { return assigned_; }
  int assignments() const { return assignments_; }
  const std::set<int>& revoked() const { return revoked_; }
  const std::map<int, int64_t>& next() const { return next_; }
  int64_t read_count() const { return read_count_; }

  void poll(int timeout_ms = 50) {
    Message message(rd_kafka_consumer_poll(handle_.get(), timeout_ms));
    if (!message) return;
    if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
        rd_kafka_fatal_error(handle_.get(), nullptr, 0)) {
      is_fatal_ = true;
      return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    auto [place, is_first] = next_.try_emplace(message->partition, message->offset);
    if (is_first) first_[message->partition] = message->offset;
    if (place->second != message->offset) fail("records come in order, each once");
    ++place->second;
    ++read_count_;
  }
  bool is_fatal() const { return is_fatal_; }
  const std::map<int, int64_t>& first() const { return first_; }
  void close() { expect_ok(rd_kafka_consumer_close(handle_.get()), "close"); }

 private:
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto& self = *static_cast<Consumer*>(opaque);
    bool is_cooperative =
        std::string(rd_kafka_rebalance_protocol(handle)) == std::string("COOPERATIVE");
    bool is_assign = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    for (int i = 0; i < partitions->cnt; ++i) {
      int partition = partitions->elems[i].partition;
      if (is_assign) {
        self.assigned_.insert(partition);
      } else {
        self.assigned_.erase(partition);
        self.revoked_.insert(partition);
      }
    }
    self.assignments_ += is_assign;
    if (is_cooperative) {
      auto* failed = is_assign ? rd_kafka_incremental_assign(handle, partitions)
                               : rd_kafka_incremental_unassign(handle, partitions);
      if (failed != nullptr) rd_kafka_error_destroy(failed);
    } else {
      rd_kafka_assign(handle, is_assign ? partitions : nullptr);
    }
  }

  Handle handle_;
  std::set<int> assigned_, revoked_;
  int assignments_ = 0;
  bool is_fatal_ = false;
  std::map<int, int64_t> next_, first_;
  int64_t read_count_ = 0;
};

void poll_until(const std::vector<Consumer*>& consumers, const std::function<bool()>& holds,
                const std::string& what) {
  auto deadline = steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
  while (!holds()) {
    if (steady_clock::now() > deadline) fail("not in time: " + what);
    for (Consumer* consumer : consumers) consumer->poll();
  }
  std::printf("ok: %s\n", what.c_str());
}

Event admin_result(rd_kafka_t* client, const std::function<void(rd_kafka_queue_t*)>& request) {
  Queue queue(rd_kafka_queue_new(client));
  request(queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event) fail("no answer to an admin request");
  expect_ok(rd_kafka_event_error(event.get()), "admin request");
  return event;
}

void make_topic() {
  char error[512];
  auto producer = connect(RD_KAFKA_PRODUCER, {});
  auto* topic = rd_kafka_NewTopic_new(kTopic, kPartitions, 1, error, sizeof error);
  admin_result(producer.get(), [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(producer.get(), &topic, 1, nullptr, queue);
  });
  rd_kafka_NewTopic_destroy(topic);
  for (int i = 0; i < kPartitions * kRecordsPerPartition; ++i) {
    std::string value = std::to_string(i);
    rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(kTopic),
                      RD_KAFKA_V_PARTITION(i % kPartitions),
                      RD_KAFKA_V_VALUE(value.data(), value.size()),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  }
  expect_ok(rd_kafka_flush(producer.get(), kTimeoutMs), "produce");
}

std::map<int, int64_t> committed(rd_kafka_t* handle) {
  Offsets offsets(rd_kafka_topic_partition_list_new(kPartitions));
  for (int i = 0; i < kPartitions; ++i) {
    rd_kafka_topic_partition_list_add(offsets.get(), kTopic, i);
  }
  expect_ok(rd_kafka_committed(handle, offsets.get(), kTimeoutMs), "committed offsets");
  std::map<int, int64_t> found;
  for (int i = 0; i < offsets->cnt; ++i) {
    found[offsets->elems[i].partition] = offsets->elems[i].offset;
  }
  return found;
}

void check_manual_commit() {
  std::map<int, int64_t> stored;
  {
    Consumer first("manual", {{"enable.auto.commit", "false"}});
    poll_until(
        {&first}, [&] { return first.read_count() >= 150; }, "a part is read");
    Offsets offsets(rd_kafka_topic_partition_list_new(kPartitions));
    for (const auto& [partition, next] : first.next()) {
      auto* place = rd_kafka_topic_partition_list_add(offsets.get(), kTopic, partition);
      place->offset = next;
      stored[partition] = next;
    }
    expect_ok(rd_kafka_commit(first.handle(), offsets.get(), 0), "commit");
    for (const auto& [partition, offset] : committed(first.handle())) {
      if (stored.contains(partition)) expect(offset == stored[partition], "the commit is found");
    }
    first.poll();
    first.close();
  }
  Consumer second("manual", {{"enable.auto.commit", "false"}});
  int64_t left = kPartitions * kRecordsPerPartition;
  for (const auto& [partition, offset] : stored) left -= offset;
  poll_until(
      {&second}, [&] { return second.read_count() == left; }, "the rest is read");
  for (const auto& [partition, offset] : second.first()) {
    expect(offset == stored[partition], "reading goes on at the commit");
  }
  second.close();
}

void check_auto_commit() {
  constexpr int64_t kAll = kPartitions * kRecordsPerPartition;
  Consumer consumer("auto", {{"auto.commit.interval.ms", "200"}});
  poll_until(
      {&consumer}, [&] { return consumer.read_count() == kAll; }, "all is read");
  consumer.close();
  auto look = connect(RD_KAFKA_CONSUMER, {{"group.id", "auto"}});
  for (const auto& [partition, offset] : committed(look.get())) {
    expect(offset == kRecordsPerPartition, "closing commits what was read");
  }
}

bool share(const Consumer& a, const Consumer& b) {
  std::set<int> all = a.assigned();
  all.insert(b.assigned().begin(), b.assigned().end());
  return all.size() == kPartitions && a.assigned().size() == 2 && b.assigned().size() == 2;
}

void check_static_members() {
  auto settings = [](const char* name) {
    return Settings{{"group.instance.id", name}, {"session.timeout.ms", "20000"}};
  };
  Consumer stays("static", settings("stays"));
  auto leaves = std::make_unique<Consumer>("static", settings("leaves"));
  poll_until(
      {&stays, leaves.get()}, [&] { return share(stays, *leaves); }, "static members share");
  std::set<int> had = leaves->assigned();
  int assignments = stays.assignments();
  leaves->close();
  leaves = std::make_unique<Consumer>("static", settings("leaves"));
  poll_until(
      {&stays, leaves.get()}, [&] { return leaves->assigned() == had; },
      "a restarted static member has its share again");
  expect(stays.assignments() == assignments, "and the other one was not disturbed");
  Consumer twin("static", settings("leaves"));
  poll_until(
      {&stays, leaves.get(), &twin}, [&] { return leaves->is_fatal(); },
      "a second one of the same name fences the first");
  poll_until(
      {&stays, &twin}, [&] { return twin.assigned() == had; }, "and takes its share");
  twin.close();
  stays.close();
}

void check_cooperative() {
  Settings settings{{"partition.assignment.strategy", "cooperative-sticky"}};
  Consumer first("cooperative", settings);
  poll_until(
      {&first}, [&] { return first.assigned().size() == kPartitions; }, "one has all");
  Consumer second("cooperative", settings);
  poll_until(
      {&first, &second}, [&] { return share(first, second); }, "two share");
  expect(first.revoked().size() == 2, "only what moves is revoked");
  second.close();
  poll_until(
      {&first}, [&] { return first.assigned().size() == kPartitions; },
      "what the other had comes back");
  expect(first.revoked().size() == 2, "and nothing was revoked for it");
  first.close();
}

void check_listing(rd_kafka_t* admin) {
  auto event = admin_result(
      admin, [&](rd_kafka_queue_t* queue) { rd_kafka_ListConsumerGroups(admin, nullptr, queue); });
  size_t count = 0;
  auto** groups = rd_kafka_ListConsumerGroups_result_valid(
      rd_kafka_event_ListConsumerGroups_result(event.get()), &count);
  std::set<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.insert(rd_kafka_ConsumerGroupListing_group_id(groups[i]));
  }
  for (const char* name : {"manual", "auto", "cooperative"}) {
    expect(names.contains(name), std::string("listed: ") + name);
  }
}

void check_description(rd_kafka_t* admin) {
  Consumer member("described", {{"client.id", "somebody"}});
  poll_until(
      {&member}, [&] { return member.assigned().size() == kPartitions; }, "one member");
  const char* name = "described";
  auto event = admin_result(admin, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConsumerGroups(admin, &name, 1, nullptr, queue);
  });
  size_t count = 0;
  auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  expect(count == 1, "one description");
  expect(rd_kafka_ConsumerGroupDescription_state(groups[0]) == RD_KAFKA_CONSUMER_GROUP_STATE_STABLE,
         "the group is stable");
  expect(rd_kafka_ConsumerGroupDescription_member_count(groups[0]) == 1, "with one member");
  const auto* described = rd_kafka_ConsumerGroupDescription_member(groups[0], 0);
  expect(std::string(rd_kafka_MemberDescription_client_id(described)) == "somebody", "client id");
  const auto* assignment = rd_kafka_MemberDescription_assignment(described);
  expect(rd_kafka_MemberAssignment_partitions(assignment)->cnt == kPartitions,
         "its assignment can be read");
  member.close();
}

void check_offsets(rd_kafka_t* admin) {
  Offsets offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), kTopic, 1)->offset = 33;
  auto* alter = rd_kafka_AlterConsumerGroupOffsets_new("auto", offsets.get());
  admin_result(admin, [&](rd_kafka_queue_t* queue) {
    rd_kafka_AlterConsumerGroupOffsets(admin, &alter, 1, nullptr, queue);
  });
  rd_kafka_AlterConsumerGroupOffsets_destroy(alter);
  auto look = connect(RD_KAFKA_CONSUMER, {{"group.id", "auto"}});
  expect(committed(look.get())[1] == 33, "offsets of a group without members are set");

  auto* removal = rd_kafka_DeleteConsumerGroupOffsets_new("auto", offsets.get());
  admin_result(admin, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteConsumerGroupOffsets(admin, &removal, 1, nullptr, queue);
  });
  rd_kafka_DeleteConsumerGroupOffsets_destroy(removal);
  auto found = committed(look.get());
  expect(found[1] == RD_KAFKA_OFFSET_INVALID && found[2] == kRecordsPerPartition,
         "offsets are deleted one by one");
}

void check_deletion(rd_kafka_t* admin) {
  auto* group = rd_kafka_DeleteGroup_new("auto");
  auto delete_group = [&] {
    auto event = admin_result(admin, [&](rd_kafka_queue_t* queue) {
      rd_kafka_DeleteGroups(admin, &group, 1, nullptr, queue);
    });
    size_t count = 0;
    auto** results = rd_kafka_DeleteGroups_result_groups(
        rd_kafka_event_DeleteGroups_result(event.get()), &count);
    if (count != 1) fail("one result per group");
    const auto* error = rd_kafka_group_result_error(results[0]);
    return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
  };
  expect_ok(delete_group(), "delete a group");
  expect(delete_group() == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, "it is gone");
  rd_kafka_DeleteGroup_destroy(group);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: librdkafka_groups HOST:PORT\n", stderr);
    return 2;
  }
  g_address = argv[1];
  make_topic();
  check_manual_commit();
  check_auto_commit();
  check_static_members();
  check_cooperative();
  auto admin = connect(RD_KAFKA_PRODUCER, {});
  check_listing(admin.get());
  check_description(admin.get());
  check_offsets(admin.get());
  check_deletion(admin.get());
  std::puts("all passed");
  return 0;
}
