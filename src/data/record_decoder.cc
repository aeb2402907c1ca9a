#include "data/record_decoder.h"

#include <algorithm>

#include "base/check.h"

namespace kappa::data {
namespace {

class PartsDecoder : public RecordDecoder {
 public:
  PartsDecoder(std::vector<std::unique_ptr<RecordPart>> parts, Types output_types)
      : parts_(std::move(parts)), output_types_(std::move(output_types)) {}

  void decode(std::span<const RecordView> records, duckdb::DataChunk& out,
              std::vector<BadRecord>& bad, std::vector<uint32_t>* row_of) override {
    KAPPA_CHECK_LE(records.size(), size_t{STANDARD_VECTOR_SIZE});
    KAPPA_CHECK_EQ(out.ColumnCount(), output_types_.size());
    out.Reset();
    for (auto& part : parts_) part->start(out);
    size_t row = 0;
    std::string reason;
    for (size_t i = 0; i < records.size(); ++i) {
      if (!read(records[i], row, reason)) [[unlikely]] {
        bad.push_back({i, std::move(reason)});
        continue;
      }
      if (row_of != nullptr) row_of->push_back(static_cast<uint32_t>(i));
      ++row;
    }
    out.SetChildCardinality(row);
    for (auto& part : parts_) part->finish(row);
  }

  const Types& output_types() const override { return output_types_; }

 private:
  bool read(const RecordView& record, size_t row, std::string& reason) {
    for (auto& part : parts_) {
      if (!part->read(record, row, reason)) return false;
    }
    return true;
  }

  const std::vector<std::unique_ptr<RecordPart>> parts_;
  const Types output_types_;
};

}  // namespace

std::unique_ptr<RecordDecoder> make_parts_decoder(std::vector<std::unique_ptr<RecordPart>> parts,
                                                  Types output_types) {
  return std::make_unique<PartsDecoder>(std::move(parts), std::move(output_types));
}

Types used_types(const std::vector<RecordColumn>& columns, const std::vector<size_t>& used) {
  Types types;
  for (const size_t index : used) types.push_back(columns[index].type);
  return types;
}

std::optional<size_t> output_of(size_t column, const std::vector<size_t>& used) {
  const auto at = std::find(used.begin(), used.end(), column);
  if (at == used.end()) return std::nullopt;
  return static_cast<size_t>(at - used.begin());
}

Status check_used(const std::vector<RecordColumn>& columns, const std::vector<size_t>& used) {
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] >= columns.size()) {
      return invalid_argument("no such column: index={} columns={}", used[i], columns.size());
    }
    if (std::find(used.begin(), used.begin() + static_cast<ptrdiff_t>(i), used[i]) !=
        used.begin() + static_cast<ptrdiff_t>(i)) {
      return invalid_argument("column used twice: {}", columns[used[i]].name);
    }
  }
  return OkStatus();
}

}  // namespace kappa::data
