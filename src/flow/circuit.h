#pragma once
// A circuit: the operators of one view, made from a Plan, replicated over workers, and moved by
// steps.
//
//   step(inputs): every input's delta is pushed through the operators; stateful operators emit
//   once, when all of the step's input has arrived; the root's changes go into the output trace and
//   are handed back as the step's output delta.
//
// Law: sum of outputs after any steps = batch query over sum of inputs, for any cut into steps and
// any number of workers. Rows whose expressions fail become ErrorRows and stop nothing.
//
// Threads: a Circuit is confined to one thread at a time; inside step() it uses the WorkerPool.

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "flow/plan.h"
#include "flow/trace.h"

namespace duckdb {
class ClientContext;
}

namespace kappa::flow {

// A set of threads that run one function on each worker and wait; run() uses the calling thread as
// worker 0. One pool may serve several circuits, one at a time.
class WorkerPool {
 public:
  virtual ~WorkerPool() = default;
  virtual size_t worker_count() const = 0;
  virtual void run(const std::function<void(size_t worker)>& function) = 0;
};
// `is_background`: its threads run at low priority (replay beside live).
std::unique_ptr<WorkerPool> make_worker_pool(size_t worker_count, bool is_background);

// A row whose expression failed: `weight` follows the input row's.
struct ErrorRow {
  std::string reason;  // the expression's error
  std::string row;     // the input row of the failing operator, as text, for people
  int64_t weight = 1;
};

// One input's delta of one step, in items that workers take in any order and in parallel:
// each item is, for example, a few record batches still to be decoded.
class InputDelta {
 public:
  using Emit = std::function<Status(const data::DeltaChunk&)>;
  virtual ~InputDelta() = default;
  virtual size_t item_count() const = 0;
  // Emits the chunks of one item. Called once per item, from any worker. The chunk handed to `emit`
  // is valid during the call only.
  virtual Status produce(size_t item, size_t worker, const Emit& emit) = 0;
};

// A delta that is already there.
std::unique_ptr<InputDelta> make_input(data::Delta delta);

struct StepOutput {
  data::Delta delta;  // of the root, consolidated within each worker
  std::vector<ErrorRow> errors;
};

struct OperatorStatistics {
  std::string name;    // "aggregate", "inner join", …
  std::string detail;  // keys and expressions, for people
  int depth = 0;       // in the tree, root 0
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t state_bytes = 0;
  int64_t state_rows = 0;
  bool is_bounded = true;  // false: its state grows with the data
};

// Bytes, or a trace: its runs are immutable, so that a snapshot costs nothing.
using StateValue = std::variant<std::string, TraceSnapshot>;

// One named part of an operator's state.
struct StatePart {
  std::string name;  // "3/0/left", unique in the circuit and stable for one plan
  StateValue value;
};

class Circuit {
 public:
  // `context` outlives the circuit; expressions are run in it. Errors: kUnimplemented.
  static StatusOr<std::unique_ptr<Circuit>> create(Plan plan, duckdb::ClientContext& context,
                                                   WorkerPool& workers);
  virtual ~Circuit() = default;

  // `inputs` has one entry per plan input; nullptr: no change. An error leaves the circuit
  // unusable. The first step also emits what is there on empty input (constants, a global
  // aggregate's row).
  virtual StatusOr<StepOutput> step(std::vector<std::unique_ptr<InputDelta>> inputs) = 0;

  // The view's contents: entries are encoded rows (key = row) of the root's types.
  virtual TraceSnapshot contents() const = 0;

  virtual std::vector<OperatorStatistics> statistics() const = 0;
  virtual int64_t state_bytes() const = 0;

  // Changes the pool between steps (a replay that goes live). The worker count must be the same.
  virtual void set_workers(WorkerPool& workers) = 0;

  virtual std::vector<StatePart> save_state() const = 0;
  virtual Status load_state(const std::vector<StatePart>& parts) = 0;
};

}  // namespace kappa::flow
