#pragma once
// An idempotent producer that writes numbered records to one topic; now and then it begins again
// with a new producer id.

#include "kafka/testing/simulation/batch_sender.h"

namespace kappa::kafka::simulation {

class NumberWriter : public Process {
 public:
  NumberWriter(Site& site, std::string name, const SimulatedTopic& topic);

 private:
  Task<> run() override;
  Task<> take_identity();
  // Until the producer cannot go on, or begins again.
  Task<> write_batches();
  void add_batch();
  void judge(int16_t error);

  const SimulatedTopic& topic_;
  BatchSender sender_;
};

}  // namespace kappa::kafka::simulation
