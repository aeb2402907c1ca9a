#pragma once
// A transactional producer that writes to several partitions, commits, aborts, and sometimes takes
// so long that the server aborts for it. Another process may take its id at any time.

#include "kafka/testing/simulation/transactional_producer.h"

namespace kappa::kafka::simulation {

class TransactionWriter : public Process {
 public:
  TransactionWriter(Site& site, std::string name, std::string id, Flow flow);

 private:
  Task<> run() override;
  Task<> run_transaction();
  // False: it can only be aborted.
  Task<bool> write_records(size_t transaction);

  const std::string id_;
  const int32_t timeout_ms_;
  TransactionalProducer producer_;
};

}  // namespace kappa::kafka::simulation
