#include "flow/upsert.h"

#include <algorithm>
#include <numeric>

#include "flow/chunks.h"

namespace kappa::flow {

namespace {

// The upserts and deletions of one step, in order, as bytes.
class StepLog {
 public:
  struct Change {
    std::string_view key;
    std::string_view row;
    bool is_removal;
  };

  bool is_empty() const { return items_.empty(); }

  void add(std::string_view key, std::string_view row, bool is_removal) {
    items_.push_back({bytes_.size(), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(row.size()), is_removal});
    bytes_.append(key);
    bytes_.append(row);
  }

  // The last change of every key, by key.
  std::vector<Change> last_changes() const {
    std::vector<size_t> order(items_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return change(a).key < change(b).key; });
    std::vector<Change> last;
    for (size_t i : order) {
      Change next = change(i);
      if (!last.empty() && last.back().key == next.key) {
        last.back() = next;
      } else {
        last.push_back(next);
      }
    }
    return last;
  }

  void clear() {
    items_.clear();
    bytes_.clear();
  }

 private:
  struct Item {
    size_t position;
    uint32_t key_size;
    uint32_t row_size;
    bool is_removal;
  };

  Change change(size_t i) const {
    const Item& item = items_[i];
    std::string_view bytes(bytes_.data() + item.position, item.key_size + item.row_size);
    return {bytes.substr(0, item.key_size), bytes.substr(item.key_size), item.is_removal};
  }

  std::string bytes_;
  std::vector<Item> items_;
};

data::Types key_types(const data::Types& row_types, const std::vector<size_t>& key_columns) {
  data::Types types;
  for (size_t column : key_columns) types.push_back(row_types[column]);
  return types;
}

class TracedUpsertTable : public UpsertTable {
 public:
  TracedUpsertTable(data::Types row_types, std::vector<size_t> key_columns)
      : key_columns_(std::move(key_columns)),
        key_codec_(key_types(row_types, key_columns_)),
        row_codec_(std::move(row_types)) {
    make_empty(key_codec_.types(), keys_);
  }

  void upsert(const duckdb::DataChunk& rows) override {
    for (size_t i = 0; i < key_columns_.size(); ++i) {
      keys_.data[i].Reference(rows.data[key_columns_[i]]);
    }
    keys_.SetCardinalityUnsafe(rows.size());
    key_codec_.encode(keys_, encoded_keys_);
    row_codec_.encode(rows, encoded_rows_);
    for (size_t i = 0; i < rows.size(); ++i) log_.add(encoded_keys_[i], encoded_rows_[i], false);
  }

  void remove(const duckdb::DataChunk& keys) override {
    key_codec_.encode(keys, encoded_keys_);
    for (size_t i = 0; i < keys.size(); ++i) log_.add(encoded_keys_[i], {}, true);
  }

  data::Delta finish_step() override {
    if (log_.is_empty()) return {};
    DeltaBuilder delta(row_codec_);
    RunBuilder run;
    TraceSnapshot before = trace_.snapshot();
    TraceCursor cursor(before);
    for (const StepLog::Change& change : log_.last_changes()) {
      cursor.seek(change.key);
      bool was_there = cursor.is_valid() && cursor.entry().key() == change.key;
      if (was_there && !change.is_removal && cursor.entry().row() == change.row) continue;
      if (was_there) {
        run.add(change.key, cursor.entry().row(), -1);
        delta.add(cursor.entry().row(), -1);
      }
      if (!change.is_removal) {
        run.add(change.key, change.row, 1);
        delta.add(change.row, 1);
      }
    }
    data::Delta result = delta.finish();
    log_.clear();
    trace_.add(run.build());
    return result;
  }

  TraceSnapshot contents() const override { return trace_.snapshot(); }
  void load(TraceSnapshot contents) override { trace_ = Trace(std::move(contents)); }
  int64_t state_bytes() const override { return static_cast<int64_t>(trace_.size_bytes()); }

 private:
  const std::vector<size_t> key_columns_;
  data::RowCodec key_codec_;
  data::RowCodec row_codec_;
  data::EncodedRows encoded_keys_;
  data::EncodedRows encoded_rows_;
  duckdb::DataChunk keys_;
  StepLog log_;
  Trace trace_;
};

}  // namespace

std::unique_ptr<UpsertTable> UpsertTable::create(data::Types row_types,
                                                 std::vector<size_t> key_columns) {
  return std::make_unique<TracedUpsertTable>(std::move(row_types), std::move(key_columns));
}

}  // namespace kappa::flow
