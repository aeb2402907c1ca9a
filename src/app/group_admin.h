#pragma once
// Consumer groups of a Kafka-protocol server, over librdkafka: what `kappa group` does. librdkafka
// stays in the .cc file. Confined to one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace kappa::app {

struct GroupSummary {
  std::string name;
  std::string state;          // Kafka's name: Stable, Empty, …
  std::string protocol_type;  // "consumer", "connect", …; empty: never had members
  int member_count = 0;
};

// Where a group stands in one partition.
struct GroupPlace {
  std::string topic;
  int partition = 0;
  int64_t committed = -1;
  int64_t first_offset = 0;
  int64_t next_offset = 0;
  std::string member;  // the client id of the one that reads it; empty: nobody
};

class GroupAdmin {
 public:
  // `bootstrap`: host:port[,host:port]. Connects when it is first used.
  static StatusOr<std::unique_ptr<GroupAdmin>> open(const std::string& bootstrap);
  virtual ~GroupAdmin() = default;

  // Errors of all: kNotFound, kFailedPrecondition (the group has members), kDeadlineExceeded.
  virtual StatusOr<std::vector<GroupSummary>> list() = 0;
  virtual StatusOr<GroupSummary> find(const std::string& group) = 0;
  // Every partition that the group has committed or that a member reads.
  virtual StatusOr<std::vector<GroupPlace>> places(const std::string& group) = 0;
  // Every partition of the topic. The group need not be there.
  virtual StatusOr<std::vector<GroupPlace>> places_in(const std::string& group,
                                                      const std::string& topic) = 0;
  // The first offset at or after the time; the end when there is none.
  virtual StatusOr<int64_t> offset_at(const GroupPlace& place, int64_t timestamp_ms) = 0;
  // Sets `committed` of all places.
  virtual Status commit(const std::string& group, const std::vector<GroupPlace>& places) = 0;
  virtual Status remove(const std::string& group) = 0;
};

}  // namespace kappa::app
