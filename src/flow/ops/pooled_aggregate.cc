#include "flow/ops/pooled_aggregate.h"

#include <duckdb/common/vector_operations/vector_operations.hpp>

namespace kappa::flow {

namespace {

constexpr std::string_view kEncodedNull = "\x02";

}  // namespace

PooledAggregate::PooledAggregate(duckdb::LogicalType type)
    : result_of_none_(kEncodedNull), codec_({std::move(type)}) {
  allocate(codec_.types(), decoded_);
}

void PooledAggregate::output(const char* const* slots, size_t count, duckdb::Vector& out,
                             std::vector<OutputFailure>& failures) {
  encoded_.clear();
  for (size_t i = 0; i < count; ++i) {
    encoded_.push_back(result_of_none_);
    uint64_t handle = state_of<uint64_t>(slots[i]);
    if (handle == 0) continue;
    std::string_view value = pool_.get(handle);
    if (value[0] == kFailure) {
      failures.push_back({i, std::string(value.substr(1))});
    } else {
      encoded_.back() = value.substr(1);
    }
  }
  codec_.decode(encoded_, decoded_);
  duckdb::VectorOperations::Copy(decoded_.data[0], out, count, 0, 0);
}

std::string_view PooledAggregate::result_of(const char* slot) const {
  uint64_t handle = state_of<uint64_t>(slot);
  if (handle == 0) return {};
  std::string_view value = pool_.get(handle);
  return value[0] == kResult ? value.substr(1) : std::string_view();
}

void PooledAggregate::set(char* slot, char tag, std::string_view bytes) {
  uint64_t& handle = handle_of(slot);
  scratch_.assign(1, tag);
  scratch_.append(bytes);
  if (handle != 0 && pool_.get(handle) == scratch_) return;
  pool_.give_up(handle);
  handle = pool_.add(scratch_);
}

void PooledAggregate::save_group(const char* slot, std::string& out) const {
  uint64_t handle = state_of<uint64_t>(slot);
  std::string_view value = handle == 0 ? std::string_view() : pool_.get(handle);
  Writer writer(out);
  writer.uvarlong(value.size());
  writer.raw(value);
}

Status PooledAggregate::load_group(Reader& reader, char* slot) {
  uint64_t size = reader.uvarlong();
  std::string_view value = reader.view(size);
  if (!reader.ok()) return data_loss("aggregate result is cut short");
  if (value.empty()) return OkStatus();
  if (value[0] != kResult && value[0] != kFailure) return data_loss("aggregate result: bad tag");
  handle_of(slot) = pool_.add(value);
  return OkStatus();
}

}  // namespace kappa::flow
