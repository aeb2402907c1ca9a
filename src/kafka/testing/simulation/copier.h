#pragma once
// A member of a group that copies committed records from one topic to another exactly once: what it
// writes and the offset behind what it has read are one transaction.

#include "kafka/testing/simulation/place_reader.h"
#include "kafka/testing/simulation/transactional_producer.h"

namespace kappa::kafka::simulation {

inline constexpr std::string_view kCopierGroup = "copiers";

class Copier : public Process {
 public:
  Copier(Site& site, std::string name, std::string id, Flow flow, bool is_classic);

 private:
  Task<> run() override;
  Task<> work();
  Task<> copy(const TopicPartition& place, const FetchedRecords& fetched);
  // False: it can only be aborted.
  Task<bool> write_copies(size_t transaction, const TopicPartition& place,
                          const FetchedRecords& fetched);

  const std::string id_;
  TransactionalProducer producer_;
  std::unique_ptr<Membership> membership_;
  PlaceReader reader_;
  std::map<TopicPartition, int64_t> positions_;
};

}  // namespace kappa::kafka::simulation
