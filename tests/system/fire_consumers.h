#pragma once
// The fire test's members of consumer groups: one kind copies exactly once, one only reads.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "system/fire_client.h"

namespace kappa::system_test {

// A member of a group that subscribes, and is told of every change of its assignment.
class GroupClient : public FireClient {
 protected:
  GroupClient(Site& site, std::string name, uint32_t number, std::string group,
              std::vector<std::string> topics);

  void join_group();
  void leave_group();
  rd_kafka_t* consumer() { return consumer_.get(); }
  // Before partitions are taken away and after they are given, within a poll.
  virtual void on_change() = 0;

 private:
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* self);

  const std::string group_;
  const std::vector<std::string> topics_;
  kappa::test::Handle consumer_;
};

// Consume, transform, produce: each record of a topic becomes a record {"p": partition,
// "o": offset, "v": value} of another, in transactions that commit the group's offsets, too.
class Copier : public GroupClient {
 public:
  struct Route {
    std::string group;
    std::string from;
    std::string to;
    int32_t partitions_to = 1;
  };
  Copier(Site& site, uint32_t number, Route route);

 private:
  enum class Step { kDone, kAgain, kProducerIsLost };

  void run() override;
  void on_change() override { is_disturbed_ = true; }
  Step copy_some();
  int64_t produce_some();
  kappa::test::Error commit();
  Step abort();
  bool rewind();

  const Route route_;
  const std::string id_;
  Deliveries deliveries_;  // before the producer that counts there
  kappa::test::Handle producer_;
  std::map<int32_t, int64_t> next_;  // of the transaction: partition → offset to commit
  bool is_disturbed_ = false;        // the assignment changed within the transaction
};

// Reads and commits what it has read.
class Reader : public GroupClient {
 public:
  Reader(Site& site, uint32_t number, const std::string& group, std::vector<std::string> topics);

  // After join(): the offsets that were read, by place.
  const std::map<Place, std::set<int64_t>>& seen() const { return seen_; }

 private:
  void run() override;
  void on_change() override { next_.clear(); }
  void take(const rd_kafka_message_t& message);
  void commit();

  std::map<Place, int64_t> next_;  // since the assignment last changed
  std::map<Place, std::set<int64_t>> seen_;
};

}  // namespace kappa::system_test
