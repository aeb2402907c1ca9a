#include "log/transaction_table.h"

#include <algorithm>

#include "log/transaction_marker.h"

namespace kappa::log {
namespace {

constexpr size_t kOpenBytes = 8 + 2 + 8 + 8;
constexpr size_t kAbortedBytes = 8 + 8 + 8 + 8;

}  // namespace

bool TransactionTable::may_append(const BatchHeader& header) const {
  return header.is_transactional() || !is_open(header.producer_id);
}

void TransactionTable::note(const BatchHeader& header, std::string_view batch) {
  if (!header.has_producer() || !header.is_transactional()) return;
  if (!header.is_control()) return begin(header);
  auto outcome = parse_marker(header, batch);
  if (outcome.has_value()) end(header, *outcome == TransactionOutcome::kCommit);
}

void TransactionTable::begin(const BatchHeader& header) {
  auto [open, is_new] = open_.try_emplace(header.producer_id);
  if (!is_new) return;
  open->second = {header.producer_id, header.producer_epoch, header.base, header.max_timestamp};
  open_by_first_[header.base] = header.producer_id;
}

void TransactionTable::end(const BatchHeader& header, bool is_commit) {
  auto open = open_.find(header.producer_id);
  if (open == open_.end()) return;  // nothing of it was written here
  const Offset first = open->second.first;
  open_.erase(open);
  open_by_first_.erase(first);
  ending_.push_back({first, header.base});
  unsettled_.insert(first);
  if (is_commit) return;
  aborted_.push_back(
      {{header.producer_id, first, header.base}, first_open().value_or(header.next())});
}

void TransactionTable::settle(Offset high_watermark) {
  while (!ending_.empty() && ending_.front().marker < high_watermark) {
    unsettled_.erase(ending_.front().first);
    ending_.pop_front();
  }
}

std::optional<Offset> TransactionTable::first_open() const {
  if (open_by_first_.empty()) return std::nullopt;
  return open_by_first_.begin()->first;
}

std::optional<Offset> TransactionTable::first_unstable() const {
  std::optional<Offset> first = first_open();
  if (unsettled_.empty()) return first;
  return std::min(first.value_or(*unsettled_.begin()), *unsettled_.begin());
}

std::vector<OpenTransaction> TransactionTable::open() const {
  std::vector<OpenTransaction> list;
  list.reserve(open_.size());
  for (const auto& [first, producer_id] : open_by_first_) list.push_back(open_.at(producer_id));
  return list;
}

std::vector<TransactionTable::Aborted>::const_iterator TransactionTable::ended_at_or_after(
    Offset offset) const {
  return std::lower_bound(aborted_.begin(), aborted_.end(), offset,
                          [](const Aborted& a, Offset o) { return a.transaction.last < o; });
}

std::vector<AbortedTransaction> TransactionTable::aborted(Offset from, Offset to) const {
  std::vector<AbortedTransaction> list;
  for (auto it = ended_at_or_after(from); it != aborted_.end(); ++it) {
    if (it->transaction.first < to) list.push_back(it->transaction);
    if (it->stable >= to) break;
  }
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return list;
}

bool TransactionTable::is_aborted(int64_t producer_id, Offset offset) const {
  for (auto it = ended_at_or_after(offset); it != aborted_.end(); ++it) {
    const AbortedTransaction& aborted = it->transaction;
    if (aborted.producer_id == producer_id && aborted.first <= offset) return true;
    if (it->stable > offset) break;
  }
  return false;
}

void TransactionTable::forget_below(Offset offset) {
  auto end = ended_at_or_after(offset);
  if (end == aborted_.begin()) return;
  aborted_.erase(aborted_.begin(), end);
  ++forgotten_count_;
}

void TransactionTable::encode(Writer& writer) const {
  writer.u32(static_cast<uint32_t>(open_.size()));
  for (const OpenTransaction& open : this->open()) {
    writer.i64(open.producer_id);
    writer.i16(open.producer_epoch);
    writer.i64(open.first.value);
    writer.i64(open.first_timestamp);
  }
  writer.u32(static_cast<uint32_t>(aborted_.size()));
  for (const Aborted& aborted : aborted_) {
    writer.i64(aborted.transaction.producer_id);
    writer.i64(aborted.transaction.first.value);
    writer.i64(aborted.transaction.last.value);
    writer.i64(aborted.stable.value);
  }
}

std::optional<TransactionTable> TransactionTable::decode(Reader& reader) {
  TransactionTable table;
  uint32_t open_count = reader.u32();
  if (open_count > reader.remaining() / kOpenBytes) return std::nullopt;
  for (uint32_t i = 0; i < open_count; ++i) {
    OpenTransaction open;
    open.producer_id = reader.i64();
    open.producer_epoch = reader.i16();
    open.first = Offset(reader.i64());
    open.first_timestamp = reader.i64();
    table.open_by_first_[open.first] = open.producer_id;
    table.open_[open.producer_id] = open;
  }
  uint32_t aborted_count = reader.u32();
  if (aborted_count > reader.remaining() / kAbortedBytes) return std::nullopt;
  table.aborted_.reserve(aborted_count);
  for (uint32_t i = 0; i < aborted_count; ++i) {
    Aborted aborted;
    aborted.transaction.producer_id = reader.i64();
    aborted.transaction.first = Offset(reader.i64());
    aborted.transaction.last = Offset(reader.i64());
    aborted.stable = Offset(reader.i64());
    table.aborted_.push_back(aborted);
  }
  const bool is_sound = reader.ok() && table.open_.size() == table.open_by_first_.size();
  if (!is_sound) return std::nullopt;
  return table;
}

}  // namespace kappa::log
