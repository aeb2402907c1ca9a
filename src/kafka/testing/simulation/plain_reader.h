#pragma once
// Reads every partition from its beginning, open transactions included, and then again.

#include "kafka/testing/simulation/place_reader.h"

namespace kappa::kafka::simulation {

class PlainReader : public Process {
 public:
  PlainReader(Site& site, std::string name)
      : Process(site, std::move(name)), reader_(site, client_, false) {}

 private:
  Task<> run() override;

  PlaceReader reader_;
  std::map<TopicPartition, int64_t> positions_;
};

}  // namespace kappa::kafka::simulation
