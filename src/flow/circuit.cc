#include "flow/circuit.h"

#include <atomic>
#include <duckdb/common/error_data.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "base/check.h"
#include "flow/graph.h"
#include "flow/ops/aggregate.h"
#include "flow/ops/exchange.h"
#include "flow/ops/make_operator.h"
#include "flow/ops/output.h"
#include "flow/plan_text.h"

namespace kappa::flow {

namespace {

// Below this many input rows a step runs all workers on the calling thread: waking threads costs
// more than the work.
constexpr size_t kSmallStepRows = 1000;

// A worker's copy of the operators, in the order of the graph; the output operator is last.
struct Worker {
  explicit Worker(duckdb::ClientContext& client, size_t worker, size_t worker_count)
      : context{client, worker, worker_count, {}} {}

  WorkerContext context;
  std::vector<std::unique_ptr<Operator>> operators;  // receiving halves stand for exchanges
  // By graph position, else nullptr.
  std::vector<std::unique_ptr<ExchangeSender>> senders;
  std::vector<std::unique_ptr<AggregateOperator>> local_halves;
  std::vector<std::vector<Operator*>> sources;  // by input
  OutputOperator* output = nullptr;
  size_t rows_in = 0;  // of the step
  Status status;
};

// The input items of a step, handed out to whoever asks.
class ItemQueue {
 public:
  explicit ItemQueue(const std::vector<std::unique_ptr<InputDelta>>& inputs) {
    for (size_t input = 0; input < inputs.size(); ++input) {
      size_t count = inputs[input] == nullptr ? 0 : inputs[input]->item_count();
      for (size_t item = 0; item < count; ++item) items_.push_back({input, item});
    }
  }
  struct Item {
    size_t input;
    size_t item;
  };
  const Item* take() {
    size_t i = next_.fetch_add(1);
    return i < items_.size() ? &items_[i] : nullptr;
  }
  bool is_empty() const { return next_.load() >= items_.size(); }

 private:
  std::vector<Item> items_;
  std::atomic<size_t> next_{0};
};

class CircuitOfWorkers : public Circuit {
 public:
  CircuitOfWorkers(Plan plan, WorkerPool& pool)
      : plan_(std::move(plan)), pool_(&pool), graph_(make_graph(plan_, pool.worker_count())) {}

  Status build(duckdb::ClientContext& context);

  StatusOr<StepOutput> step(std::vector<std::unique_ptr<InputDelta>> inputs) override;
  TraceSnapshot contents() const override;
  std::vector<OperatorStatistics> statistics() const override;
  int64_t state_bytes() const override;
  void set_workers(WorkerPool& workers) override;
  std::vector<StatePart> save_state() const override;
  Status load_state(const std::vector<StatePart>& parts) override;

 private:
  Status add_operator(Worker& worker, size_t position);
  Status add_local_half(Worker& worker, size_t position);
  void add_output(Worker& worker);
  void connect(Worker& worker, size_t position);

  Status feed_small(ItemQueue& items, const std::vector<std::unique_ptr<InputDelta>>& inputs);
  Status feed(Worker& worker, const ItemQueue::Item& item,
              const std::vector<std::unique_ptr<InputDelta>>& inputs);
  Status run_phase(Worker& worker, size_t phase);
  template <typename F>
  Status on_all_workers(bool inline_only, F&& f);
  StepOutput take_output();
  std::string part_prefix(size_t worker, size_t position) const;

  const Plan plan_;
  WorkerPool* pool_;
  const Graph graph_;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool is_broken_ = false;
};

Status CircuitOfWorkers::build(duckdb::ClientContext& context) {
  size_t count = pool_->worker_count();
  for (size_t w = 0; w < count; ++w) {
    workers_.push_back(std::make_unique<Worker>(context, w, count));
    workers_.back()->sources.resize(plan_.inputs.size());
    workers_.back()->senders.resize(graph_.entries.size());
    workers_.back()->local_halves.resize(graph_.entries.size());
  }
  // Position by position, because a receiving half names the sending halves of all workers.
  for (size_t position = 0; position < graph_.entries.size(); ++position) {
    const GraphEntry& entry = graph_.entries[position];
    for (auto& worker : workers_) {
      if (entry.has_local_half) RETURN_IF_ERROR(add_local_half(*worker, position));
      if (entry.node != nullptr) continue;
      worker->senders[position] =
          std::make_unique<ExchangeSender>(worker->context, entry.exchange_keys, entry.types);
    }
    for (auto& worker : workers_) RETURN_IF_ERROR(add_operator(*worker, position));
  }
  for (auto& worker : workers_) add_output(*worker);
  return OkStatus();
}

Status CircuitOfWorkers::add_operator(Worker& worker, size_t position) {
  const GraphEntry& entry = graph_.entries[position];
  if (entry.node == nullptr) {
    std::vector<ExchangeSender*> senders;
    for (auto& other : workers_) senders.push_back(other->senders[position].get());
    worker.operators.push_back(
        std::make_unique<ExchangeReceiver>(worker.context.worker, std::move(senders)));
  } else {
    std::vector<const GraphEntry*> inputs;
    for (size_t input : entry.inputs) inputs.push_back(&graph_.entries[input]);
    ASSIGN_OR_RETURN(auto made, make_operator(worker.context, entry, inputs));
    worker.operators.push_back(std::move(made));
    if (auto* spec = std::get_if<InputSpec>(&entry.node->spec)) {
      if (spec->input >= plan_.inputs.size()) {
        return invalid_argument("plan names an input that it lacks: input={}", spec->input);
      }
      worker.sources[spec->input].push_back(worker.operators.back().get());
    }
  }
  if (entry.has_local_half) {
    std::vector<const AggregateOperator*> halves;
    for (auto& other : workers_) halves.push_back(other->local_halves[position].get());
    static_cast<AggregateOperator&>(*worker.operators.back()).set_local_halves(std::move(halves));
  }
  connect(worker, position);
  return OkStatus();
}

Status CircuitOfWorkers::add_local_half(Worker& worker, size_t position) {
  const GraphEntry& entry = graph_.entries[position];
  bool is_append_only = graph_.entries[entry.inputs[0]].is_append_only;
  ASSIGN_OR_RETURN(
      worker.local_halves[position],
      AggregateOperator::create(worker.context, std::get<AggregateSpec>(entry.node->spec),
                                is_append_only, false));
  return OkStatus();
}

void CircuitOfWorkers::connect(Worker& worker, size_t position) {
  const GraphEntry& entry = graph_.entries[position];
  for (size_t port = 0; port < entry.inputs.size(); ++port) {
    Operator& input = *worker.operators[entry.inputs[port]];
    if (entry.node == nullptr) {
      input.add_reader(*worker.senders[position], port);
    } else if (entry.has_local_half) {
      input.add_reader(*worker.local_halves[position], port);
    } else {
      input.add_reader(*worker.operators[position], port);
    }
  }
}

void CircuitOfWorkers::add_output(Worker& worker) {
  auto output = std::make_unique<OutputOperator>(graph_.entries[graph_.root].types);
  worker.output = output.get();
  worker.operators[graph_.root]->add_reader(*output, 0);
  worker.operators.push_back(std::move(output));
}

template <typename F>
Status CircuitOfWorkers::on_all_workers(bool inline_only, F&& f) {
  auto guarded = [&](Worker& worker) -> Status {
    try {
      return f(worker);
    } catch (const std::exception& failure) {
      return internal_error("circuit: {}", duckdb::ErrorData(failure).RawMessage());
    }
  };
  if (inline_only || workers_.size() == 1) {
    for (auto& worker : workers_) worker->status = guarded(*worker);
  } else {
    pool_->run([&](size_t w) { workers_[w]->status = guarded(*workers_[w]); });
  }
  for (auto& worker : workers_) RETURN_IF_ERROR(worker->status);
  return OkStatus();
}

Status CircuitOfWorkers::feed(Worker& worker, const ItemQueue::Item& item,
                              const std::vector<std::unique_ptr<InputDelta>>& inputs) {
  auto emit = [&](const data::DeltaChunk& chunk) -> Status {
    if (chunk.size() == 0) return OkStatus();
    worker.rows_in += chunk.size();
    for (Operator* source : worker.sources[item.input]) {
      RETURN_IF_ERROR(source->receive(0, chunk));
    }
    return OkStatus();
  };
  return inputs[item.input]->produce(item.item, worker.context.worker, emit);
}

// Takes items on the calling thread until the step turns out not to be small.
Status CircuitOfWorkers::feed_small(ItemQueue& items,
                                    const std::vector<std::unique_ptr<InputDelta>>& inputs) {
  Worker& first = *workers_[0];
  try {
    while (first.rows_in < kSmallStepRows) {
      const ItemQueue::Item* item = items.take();
      if (item == nullptr) break;
      RETURN_IF_ERROR(feed(first, *item, inputs));
    }
  } catch (const std::exception& failure) {
    return internal_error("circuit: {}", duckdb::ErrorData(failure).RawMessage());
  }
  return OkStatus();
}

Status CircuitOfWorkers::run_phase(Worker& worker, size_t phase) {
  size_t last = worker.operators.size() - 1;
  for (size_t i = 0; i < last; ++i) {
    if (graph_.entries[i].phase == phase) RETURN_IF_ERROR(worker.operators[i]->flush());
  }
  return phase + 1 == graph_.phase_count ? worker.operators[last]->flush() : OkStatus();
}

StatusOr<StepOutput> CircuitOfWorkers::step(std::vector<std::unique_ptr<InputDelta>> inputs) {
  if (is_broken_) return failed_precondition("circuit failed in an earlier step");
  if (inputs.size() != plan_.inputs.size()) {
    return invalid_argument("wrong number of inputs: got={} want={}", inputs.size(),
                            plan_.inputs.size());
  }
  is_broken_ = true;  // until the step has ended well
  for (auto& worker : workers_) worker->rows_in = 0;
  ItemQueue items(inputs);
  RETURN_IF_ERROR(feed_small(items, inputs));
  bool is_small = workers_[0]->rows_in < kSmallStepRows;
  RETURN_IF_ERROR(on_all_workers(is_small, [&](Worker& worker) -> Status {
    while (const ItemQueue::Item* item = items.take()) {
      RETURN_IF_ERROR(feed(worker, *item, inputs));
    }
    return run_phase(worker, 0);
  }));
  for (size_t phase = 1; phase < graph_.phase_count; ++phase) {
    RETURN_IF_ERROR(
        on_all_workers(is_small, [&](Worker& worker) { return run_phase(worker, phase); }));
  }
  is_broken_ = false;
  return take_output();
}

StepOutput CircuitOfWorkers::take_output() {
  StepOutput result;
  for (auto& worker : workers_) {
    data::Delta delta = worker->output->take_delta();
    std::move(delta.chunks.begin(), delta.chunks.end(), std::back_inserter(result.delta.chunks));
    auto& errors = worker->context.errors;
    std::move(errors.begin(), errors.end(), std::back_inserter(result.errors));
    errors.clear();
    for (auto& half : worker->local_halves) {
      if (half != nullptr) half->clear();
    }
  }
  return result;
}

TraceSnapshot CircuitOfWorkers::contents() const {
  TraceSnapshot all;
  for (const auto& worker : workers_) {
    const TraceSnapshot& own = worker->output->contents();
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

std::vector<OperatorStatistics> CircuitOfWorkers::statistics() const {
  // The graph lists inputs first; people want the root first.
  std::vector<OperatorStatistics> all;
  for (size_t position = graph_.entries.size(); position-- > 0;) {
    const GraphEntry& entry = graph_.entries[position];
    if (entry.node == nullptr) continue;
    OperatorStatistics statistics;
    statistics.name = name_of(entry.node->spec);
    statistics.detail = detail_of(entry.node->spec);
    statistics.depth = entry.depth;
    statistics.is_bounded = is_bounded(entry.node->spec);
    for (const auto& worker : workers_) {
      const Operator& op = *worker->operators[position];
      OperatorState state = op.state();
      const auto& half = worker->local_halves[position];
      statistics.rows_in += half == nullptr ? op.rows_in() : half->rows_in();
      statistics.rows_out += op.rows_out();
      statistics.state_bytes += state.bytes;
      statistics.state_rows += state.rows;
    }
    all.push_back(std::move(statistics));
  }
  return all;
}

int64_t CircuitOfWorkers::state_bytes() const {
  int64_t bytes = 0;
  for (const auto& worker : workers_) {
    for (const auto& op : worker->operators) bytes += op->state().bytes;
  }
  return bytes;
}

void CircuitOfWorkers::set_workers(WorkerPool& workers) {
  KAPPA_CHECK_EQ(workers.worker_count(), workers_.size());
  pool_ = &workers;
}

std::string CircuitOfWorkers::part_prefix(size_t worker, size_t position) const {
  return fmt::format("{}/{}/", position, worker);
}

std::vector<StatePart> CircuitOfWorkers::save_state() const {
  std::vector<StatePart> all;
  for (size_t w = 0; w < workers_.size(); ++w) {
    for (size_t i = 0; i < workers_[w]->operators.size(); ++i) {
      StateParts parts;
      workers_[w]->operators[i]->save(parts);
      for (auto& [name, value] : parts) all.push_back({part_prefix(w, i) + name, std::move(value)});
    }
  }
  return all;
}

Status CircuitOfWorkers::load_state(const std::vector<StatePart>& parts) {
  for (size_t w = 0; w < workers_.size(); ++w) {
    for (size_t i = 0; i < workers_[w]->operators.size(); ++i) {
      std::string prefix = part_prefix(w, i);
      StateParts own;
      for (const StatePart& part : parts) {
        if (part.name.starts_with(prefix)) own[part.name.substr(prefix.size())] = part.value;
      }
      Status loaded = workers_[w]->operators[i]->load(own);
      if (!loaded.ok()) return annotate(loaded, prefix);
    }
  }
  return OkStatus();
}

// A delta in memory: one item per few chunks.
class MemoryInput : public InputDelta {
 public:
  explicit MemoryInput(data::Delta delta) : delta_(std::move(delta)) {}

  size_t item_count() const override {
    return (delta_.chunks.size() + kChunksPerItem - 1) / kChunksPerItem;
  }
  Status produce(size_t item, size_t, const Emit& emit) override {
    size_t end = std::min(delta_.chunks.size(), (item + 1) * kChunksPerItem);
    for (size_t i = item * kChunksPerItem; i < end; ++i) {
      RETURN_IF_ERROR(emit(*delta_.chunks[i]));
    }
    return OkStatus();
  }

 private:
  static constexpr size_t kChunksPerItem = 4;
  const data::Delta delta_;
};

}  // namespace

std::unique_ptr<InputDelta> make_input(data::Delta delta) {
  return std::make_unique<MemoryInput>(std::move(delta));
}

StatusOr<std::unique_ptr<Circuit>> Circuit::create(Plan plan, duckdb::ClientContext& context,
                                                   WorkerPool& workers) {
  try {
    auto made = std::make_unique<CircuitOfWorkers>(std::move(plan), workers);
    RETURN_IF_ERROR(made->build(context));
    return made;
  } catch (const std::exception& failure) {
    return internal_error("circuit: {}", duckdb::ErrorData(failure).RawMessage());
  }
}

}  // namespace kappa::flow
