#pragma once
// An operator: one node of a circuit's plan in one worker. Chunks are pushed into its ports during
// a step; a stateless operator hands its result on at once, a stateful one collects, and emits in
// flush(), which the circuit calls once per step after all of the operator's input has arrived.
//
// Ownership: the circuit owns operators; readers are borrowed. A chunk is valid during push() only.
// Threads: confined to its worker; the circuit runs the same node's operators in parallel.
// Errors: a returned Status ends the circuit; a row that fails becomes an ErrorRow instead.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "flow/circuit.h"
#include "flow/trace.h"

namespace kappa::flow {

// What the operators of one worker share.
struct WorkerContext {
  duckdb::ClientContext& context;
  size_t worker = 0;
  size_t worker_count = 1;
  std::vector<ErrorRow> errors;  // of the running step
};

// An operator's state: part name -> bytes or trace.
using StateParts = std::map<std::string, StateValue>;

// What an operator says of itself for EXPLAIN.
struct OperatorState {
  int64_t bytes = 0;
  int64_t rows = 0;
};

class Operator {
 public:
  virtual ~Operator() = default;

  Status receive(size_t port, const data::DeltaChunk& chunk) {
    rows_in_ += static_cast<int64_t>(chunk.size());
    return push(port, chunk);
  }
  // Ends the step for this operator. Default: nothing was kept back.
  virtual Status flush() { return OkStatus(); }

  virtual OperatorState state() const { return {}; }
  virtual void save(StateParts&) const {}
  // Into a fresh operator of the same plan.
  virtual Status load(const StateParts&) { return OkStatus(); }

  void add_reader(Operator& reader, size_t port) { readers_.emplace_back(&reader, port); }
  int64_t rows_in() const { return rows_in_; }
  int64_t rows_out() const { return rows_out_; }

 protected:
  virtual Status push(size_t port, const data::DeltaChunk& chunk) = 0;

  // Hands a chunk to all readers. Empty chunks are dropped.
  Status emit(const data::DeltaChunk& chunk) {
    if (chunk.size() == 0) return OkStatus();
    rows_out_ += static_cast<int64_t>(chunk.size());
    for (auto [reader, port] : readers_) RETURN_IF_ERROR(reader->receive(port, chunk));
    return OkStatus();
  }

 private:
  std::vector<std::pair<Operator*, size_t>> readers_;
  int64_t rows_in_ = 0;
  int64_t rows_out_ = 0;
};

// A new part of bytes, still empty.
std::string& add_part(StateParts& parts, const std::string& name);
// Traces as state parts.
void save_trace(const Trace& trace, const std::string& name, StateParts& parts);
Status load_trace(const StateParts& parts, const std::string& name, Trace& trace);
// The bytes of that name, or kDataLoss.
StatusOr<std::string_view> find_part(const StateParts& parts, const std::string& name);

}  // namespace kappa::flow
