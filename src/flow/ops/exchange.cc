#include "flow/ops/exchange.h"

#include "flow/chunks.h"
#include "flow/hash.h"

namespace kappa::flow {

// The low bits place keys in hash tables, so the owner is made of the high ones.
size_t owner_of(std::string_view key, size_t worker_count) {
  return (hash_bytes(key) >> 32) % worker_count;
}

ExchangeSender::ExchangeSender(WorkerContext& worker, std::vector<Expr> keys, data::Types types)
    : evaluator_(worker, std::move(keys)),
      codec_(evaluator_.types()),
      types_(std::move(types)),
      outboxes_(worker.worker_count),
      rows_for_(worker.worker_count) {}

Status ExchangeSender::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  codec_.encode(evaluator_.values(), encoded_);
  for (auto& rows : rows_for_) rows.clear();
  for (uint32_t row = 0; row < good->size(); ++row) {
    rows_for_[owner_of(encoded_[row], rows_for_.size())].push_back(row);
  }
  for (size_t worker = 0; worker < rows_for_.size(); ++worker) {
    if (!rows_for_[worker].empty()) append(worker, *good, rows_for_[worker]);
  }
  return OkStatus();
}

void ExchangeSender::append(size_t worker, const data::DeltaChunk& in,
                            const std::vector<uint32_t>& rows) {
  auto& box = outboxes_[worker];
  size_t done = 0;
  while (done < rows.size()) {
    if (box.empty() || box.back()->size() == STANDARD_VECTOR_SIZE) {
      box.push_back(std::make_unique<data::DeltaChunk>());
      allocate(types_, box.back()->rows);
    }
    data::DeltaChunk& out = *box.back();
    size_t old_size = out.size();
    size_t count = std::min(rows.size() - done, STANDARD_VECTOR_SIZE - old_size);
    duckdb::SelectionVector selection(count);
    for (size_t i = 0; i < count; ++i) selection.set_index(i, rows[done + i]);
    out.rows.Append(in.rows, selection, count);
    if (types_.empty()) out.rows.SetCardinalityUnsafe(old_size + count);
    if (!in.is_append_only() || !out.is_append_only()) {
      out.weights.resize(old_size, 1);
      for (size_t i = 0; i < count; ++i) out.weights.push_back(in.weight(rows[done + i]));
    }
    done += count;
  }
}

Status ExchangeReceiver::flush() {
  for (ExchangeSender* sender : senders_) {
    for (const auto& chunk : sender->outbox(worker_)) RETURN_IF_ERROR(emit(*chunk));
    sender->clear(worker_);
  }
  return OkStatus();
}

}  // namespace kappa::flow
