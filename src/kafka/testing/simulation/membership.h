#pragma once
// How a consumer is a member of a group: in the classic protocol or in KIP-848's. It is asked to
// take a step now and then, and says which partitions are the consumer's.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kafka/testing/simulation/process.h"

namespace kappa::kafka::simulation {

class Membership {
 public:
  Membership(Site& site, Client& client, std::string group, const SimulatedTopic& topic)
      : site_(site), client_(client), group_(std::move(group)), topic_(topic) {}
  virtual ~Membership() = default;

  // Joins or stays, if it is time.
  virtual Task<> step() = 0;

  const std::string& group() const { return group_; }
  const std::string& member_id() const { return member_id_; }
  int32_t generation() const { return generation_; }  // or member epoch
  const std::set<TopicPartition>& assigned() const { return assigned_; }

 protected:
  Site& site_;
  Client& client_;
  const std::string group_;
  const SimulatedTopic& topic_;
  std::string member_id_;
  int32_t generation_ = -1;
  std::set<TopicPartition> assigned_;
  int64_t heard_ms_ = 0;
};

std::unique_ptr<Membership> make_classic_membership(Site& site, Client& client, std::string group,
                                                    const SimulatedTopic& topic);
std::unique_ptr<Membership> make_newer_membership(Site& site, Client& client, std::string group,
                                                  const SimulatedTopic& topic);

}  // namespace kappa::kafka::simulation
