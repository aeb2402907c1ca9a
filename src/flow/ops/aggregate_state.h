#pragma once
// One aggregate of an aggregate operator. Its state for a group is state_size() bytes in the
// group's slot; all zero is the state of no rows. States are plain bytes that may name things the
// aggregate owns (a handle), because the slot is put aside byte by byte before a step: what those
// bytes name must stay as it was until end_step().
//
//   update()*  ->  settle()  ->  output() of states from before and after  ->  end_step()
//
// Confined to its worker.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "data/delta.h"
#include "flow/operator.h"
#include "flow/ops/group_table.h"
#include "flow/plan.h"

namespace kappa::flow {

// Rows that update groups. Arrays are indexed by the row's number in `values`.
struct UpdateBatch {
  const duckdb::DataChunk& values;  // what the expressions of the operator gave
  const std::string_view* keys;     // encoded group keys
  char* const* slots;
  const int64_t* weights;             // nullptr: all +1
  const std::vector<uint32_t>* rows;  // those that take part; nullptr: all

  int64_t weight(size_t row) const { return weights == nullptr ? 1 : weights[row]; }
  size_t count() const { return rows == nullptr ? values.size() : rows->size(); }
  uint32_t row(size_t i) const { return rows == nullptr ? static_cast<uint32_t>(i) : (*rows)[i]; }
};

// A result that could not be computed, for example a sum that does not fit its type.
struct OutputFailure {
  size_t index;
  std::string reason;
};

class AggregateState {
 public:
  virtual ~AggregateState() = default;

  virtual size_t state_size() const = 0;  // a multiple of 8
  // Where the state lies in a slot.
  virtual void set_offset(size_t offset) { offset_ = offset; }

  virtual void update(const UpdateBatch& batch) = 0;
  // Ends the step's input: afterwards the states of the touched slots are ready for output().
  virtual Status settle(GroupTable&) { return OkStatus(); }
  // Results of `count` slots (at most 2,048) into `out`, which is flat.
  virtual void output(const char* const* slots, size_t count, duckdb::Vector& out,
                      std::vector<OutputFailure>& failures) = 0;
  // Adds what another worker's aggregate of the same kind has gathered for a group. Only where
  // can_combine(); reads `other`, which may be read by several at once.
  virtual bool can_combine() const { return false; }
  virtual void combine(char* /*slot*/, const AggregateState& /*other*/, const char* /*from*/) {}
  // The group is gone.
  virtual void release(char*) {}
  virtual void end_step() {}

  virtual OperatorState own_state() const { return {}; }
  // A group's state as bytes; load_group() is given a zero state.
  virtual void save_group(const char* slot, std::string& out) const {
    out.append(slot + offset_, state_size());
  }
  virtual Status load_group(Reader& reader, char* slot) {
    std::string_view bytes = reader.view(state_size());
    if (!reader.ok()) return data_loss("aggregate state is cut short");
    bytes.copy(slot + offset_, bytes.size());
    return OkStatus();
  }
  // What does not belong to one group.
  virtual void save(const std::string&, StateParts&) const {}
  virtual Status load(const std::string&, const StateParts&) { return OkStatus(); }

 protected:
  template <typename T>
  T& state_of(char* slot) const {
    return *reinterpret_cast<T*>(slot + offset_);
  }
  template <typename T>
  const T& state_of(const char* slot) const {
    return *reinterpret_cast<const T*>(slot + offset_);
  }

 private:
  size_t offset_ = 0;
};

using AggregateStatePtr = std::unique_ptr<AggregateState>;

// What an aggregate reads: positions of its arguments in UpdateBatch::values.
struct AggregateArguments {
  std::vector<size_t> columns;
  data::Types types;
};

}  // namespace kappa::flow
