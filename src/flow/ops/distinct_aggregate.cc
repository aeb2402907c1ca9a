#include "flow/ops/distinct_aggregate.h"

#include "data/row_codec.h"
#include "flow/chunks.h"

namespace kappa::flow {

namespace {

class DistinctAggregate : public AggregateState {
 public:
  DistinctAggregate(AggregateStatePtr inner, const AggregateArguments& arguments)
      : inner_(std::move(inner)), arguments_(arguments), codec_(arguments.types) {
    make_empty(arguments.types, values_);
    allocate(arguments.types, decoded_);
  }

  size_t state_size() const override { return inner_->state_size(); }
  void set_offset(size_t offset) override { inner_->set_offset(offset); }

  void update(const UpdateBatch& batch) override {
    for (size_t i = 0; i < arguments_.columns.size(); ++i) {
      values_.data[i].Reference(batch.values.data[arguments_.columns[i]]);
    }
    values_.SetCardinalityUnsafe(batch.values.size());
    codec_.encode(values_, encoded_);
    for (size_t i = 0; i < batch.count(); ++i) {
      uint32_t row = batch.row(i);
      pending_.add(batch.keys[row], encoded_[row], batch.weight(row));
    }
  }

  Status settle(GroupTable& table) override {
    if (!pending_.is_empty()) {
      RunPtr delta = pending_.build();
      TraceCursor before(trace_.snapshot());
      for (size_t i = 0; i < delta->entry_count(); ++i)
        add_transition(delta->entry(i), before, table);
      pass_on();
      trace_.add(delta);
    }
    return inner_->settle(table);
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>& failures) override {
    inner_->output(slots, count, out, failures);
  }
  void release(char* slot) override { inner_->release(slot); }
  void end_step() override { inner_->end_step(); }

  OperatorState own_state() const override {
    OperatorState state = inner_->own_state();
    state.bytes += static_cast<int64_t>(trace_.size_bytes());
    state.rows += static_cast<int64_t>(trace_.entry_count());
    return state;
  }
  void save_group(const char* slot, std::string& out) const override {
    inner_->save_group(slot, out);
  }
  Status load_group(Reader& reader, char* slot) override {
    return inner_->load_group(reader, slot);
  }
  void save(const std::string& name, StateParts& parts) const override {
    save_trace(trace_, name + " distinct", parts);
    inner_->save(name, parts);
  }
  Status load(const std::string& name, const StateParts& parts) override {
    RETURN_IF_ERROR(load_trace(parts, name + " distinct", trace_));
    return inner_->load(name, parts);
  }

 private:
  void add_transition(const TraceEntry& entry, TraceCursor& before, GroupTable& table) {
    before.seek(entry.bytes);
    bool is_same = before.is_valid() && before.entry().bytes == entry.bytes;
    int64_t weight = is_same ? before.entry().weight : 0;
    bool was_there = weight > 0;
    bool is_there = weight + entry.weight > 0;
    if (was_there == is_there) return;
    char* slot = table.find(entry.key());
    if (slot == nullptr) return;
    keys_.push_back(entry.key());
    rows_.push_back(entry.row());
    slots_.push_back(slot);
    weights_.push_back(is_there ? 1 : -1);
    if (rows_.size() == STANDARD_VECTOR_SIZE) pass_on();
  }

  void pass_on() {
    if (rows_.empty()) return;
    codec_.decode(rows_, decoded_);
    inner_->update({decoded_, keys_.data(), slots_.data(), weights_.data(), nullptr});
    keys_.clear();
    rows_.clear();
    slots_.clear();
    weights_.clear();
  }

  const AggregateStatePtr inner_;
  const AggregateArguments arguments_;
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  duckdb::DataChunk values_;
  RunBuilder pending_;
  Trace trace_;

  // Transitions to pass on.
  std::vector<std::string_view> keys_;
  std::vector<std::string_view> rows_;
  std::vector<char*> slots_;
  std::vector<int64_t> weights_;
  duckdb::DataChunk decoded_;
};

}  // namespace

AggregateStatePtr make_distinct_aggregate(AggregateStatePtr inner,
                                          const AggregateArguments& arguments) {
  return std::make_unique<DistinctAggregate>(std::move(inner), arguments);
}

}  // namespace kappa::flow
