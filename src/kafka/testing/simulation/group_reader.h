#pragma once
// A member of a group that reads committed records of one topic and commits how far it came.

#include "kafka/testing/simulation/place_reader.h"

namespace kappa::kafka::simulation {

class GroupReader : public Process {
 public:
  GroupReader(Site& site, std::string name, std::string group, const SimulatedTopic& topic,
              bool is_classic);

 private:
  Task<> run() override;
  Task<> work();
  Task<> commit(const TopicPartition& place);

  std::unique_ptr<Membership> membership_;
  PlaceReader reader_;
  std::map<TopicPartition, int64_t> positions_;
  std::map<TopicPartition, int64_t> committed_;
};

}  // namespace kappa::kafka::simulation
