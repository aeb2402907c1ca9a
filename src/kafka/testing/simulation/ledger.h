#pragma once
// What the clients of a simulation have sent, what they were told, and what they have read: the
// other side of every law (laws.h). Each record has a value of its own. Plain data with the
// transitions that clients may make; confined to one thread.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/testing/simulation/topics.h"

namespace kappa::kafka::simulation {

struct SentRecord {
  TopicPartition place;
  std::string value;
  std::string writer;
  int64_t number = 0;  // grows, for each writer
  std::optional<std::string> key;
  std::optional<size_t> transaction;
  std::optional<std::pair<TopicPartition, int64_t>> source;  // of a copy
  bool is_acknowledged = false;
  int64_t offset = -1;  // as it was acknowledged; -1: somewhere
  int64_t life = 0;     // the ledger's, when it was made
};

//           asked to commit             answered, or seen
//   kOpen ────────────────────▶ kAsked ──────────────────▶ kCommitted
//     │ aborted, given up         │ refused
//     └──────▶ kAborted ◀─────────┘
enum class Fate { kOpen, kAsked, kCommitted, kAborted };

struct SentTransaction {
  std::string id;                        // the transactional id
  std::pair<int64_t, int16_t> identity;  // producer id and epoch
  std::vector<size_t> records;
  Fate fate = Fate::kOpen;
  std::string group;
  std::map<TopicPartition, int64_t> offsets;  // acknowledged, of the group
};

// Records as a reader got them, and where from and to: everything in between was in the answer.
struct ReadRecords {
  std::string reader;
  TopicPartition place;
  bool is_committed_only = false;
  int64_t from = 0;
  int64_t to = 0;
  std::map<int64_t, std::string> values;  // by offset
};

struct GroupOffset {
  std::set<int64_t> sent;     // what may be committed
  int64_t acknowledged = -1;  // what must be, or a later one
};

class Ledger {
 public:
  size_t add(SentRecord record);
  void acknowledge(size_t index, int64_t offset);
  size_t begin_transaction(std::string id, std::pair<int64_t, int16_t> identity);
  // The id has a new identity: what nobody asked to commit under an earlier one never will be.
  void fence(const std::string& id, std::pair<int64_t, int16_t> identity);
  // The machine lost what was not synced: so may what was told about topics that do not sync.
  void forgive_unsynced();

  // nullptr: nobody sent it.
  const SentRecord* find(const std::string& value) const;

  int64_t next_number(const std::string& writer) { return numbers_[writer]++; }
  // A commit was acknowledged; perhaps the answer to a later one was quicker.
  void note_commit(const std::string& group, const TopicPartition& place, int64_t offset);

  // How often the machine lost what was not synced. Answers from an earlier life come late.
  int64_t life() const { return life_; }

  std::vector<SentRecord> records;
  std::vector<SentTransaction> transactions;
  std::vector<ReadRecords> reads;
  std::map<std::pair<std::string, TopicPartition>, GroupOffset> offsets;  // by group
  std::set<int64_t> plain_ids;                                            // producer ids given out
  std::set<std::pair<int64_t, int16_t>> identities;  // given to transactional producers

 private:
  int64_t life_ = 0;
  std::map<std::string, size_t> by_value_;
  std::map<std::string, int64_t> numbers_;
};

}  // namespace kappa::kafka::simulation
