#pragma once
// Sends rows to the worker that owns their key. The sending half sorts rows into an outbox per
// worker; in the next phase of the step the receiving half of each worker empties its box of every
// sender. The phases' barrier is all the synchronisation there is.

#include <memory>

#include "data/row_codec.h"
#include "flow/evaluator.h"
#include "flow/operator.h"

namespace kappa::flow {

// The worker that owns a key.
size_t owner_of(std::string_view key, size_t worker_count);

class ExchangeSender : public Operator {
 public:
  ExchangeSender(WorkerContext& worker, std::vector<Expr> keys, data::Types types);

  // The chunks for one worker since the last clear(). Called between the phases only.
  const std::vector<std::unique_ptr<data::DeltaChunk>>& outbox(size_t worker) const {
    return outboxes_[worker];
  }
  void clear(size_t worker) { outboxes_[worker].clear(); }

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  void append(size_t worker, const data::DeltaChunk& in, const std::vector<uint32_t>& rows);

  Evaluator evaluator_;
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  const data::Types types_;
  std::vector<std::vector<std::unique_ptr<data::DeltaChunk>>> outboxes_;
  std::vector<std::vector<uint32_t>> rows_for_;
};

class ExchangeReceiver : public Operator {
 public:
  // `senders`: the sending halves of all workers.
  ExchangeReceiver(size_t worker, std::vector<ExchangeSender*> senders)
      : worker_(worker), senders_(std::move(senders)) {}

  Status flush() override;

 protected:
  Status push(size_t, const data::DeltaChunk&) override {
    return internal_error("an exchange is fed by its senders");
  }

 private:
  const size_t worker_;
  const std::vector<ExchangeSender*> senders_;
};

}  // namespace kappa::flow
