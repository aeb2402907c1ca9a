#include "kafka/testing/simulation/ledger.h"

#include <algorithm>

namespace kappa::kafka::simulation {

namespace {

bool is_unsynced(const TopicPartition& place) { return !topic_named(place.topic).is_synced; }

}  // namespace

size_t Ledger::add(SentRecord record) {
  const size_t index = records.size();
  by_value_[record.value] = index;
  record.life = life_;
  if (record.transaction) transactions[*record.transaction].records.push_back(index);
  records.push_back(std::move(record));
  return index;
}

void Ledger::acknowledge(size_t index, int64_t offset) {
  SentRecord& record = records[index];
  record.is_acknowledged = record.life == life_ || !is_unsynced(record.place);
  record.offset = offset;
}

size_t Ledger::begin_transaction(std::string id, std::pair<int64_t, int16_t> identity) {
  transactions.push_back({.id = std::move(id), .identity = identity});
  return transactions.size() - 1;
}

void Ledger::fence(const std::string& id, std::pair<int64_t, int16_t> identity) {
  for (auto& transaction : transactions) {
    const bool is_earlier = transaction.id == id && transaction.identity < identity;
    if (is_earlier && transaction.fate == Fate::kOpen) transaction.fate = Fate::kAborted;
  }
}

void Ledger::forgive_unsynced() {
  ++life_;
  for (auto& record : records) {
    if (is_unsynced(record.place)) record.is_acknowledged = false;
  }
  std::erase_if(reads, [](const ReadRecords& read) { return is_unsynced(read.place); });
}

const SentRecord* Ledger::find(const std::string& value) const {
  auto it = by_value_.find(value);
  return it == by_value_.end() ? nullptr : &records[it->second];
}

void Ledger::note_commit(const std::string& group, const TopicPartition& place, int64_t offset) {
  auto& acknowledged = offsets[{group, place}].acknowledged;
  acknowledged = std::max(acknowledged, offset);
}

}  // namespace kappa::kafka::simulation
