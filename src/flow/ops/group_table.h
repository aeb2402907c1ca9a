#pragma once
// The groups of an aggregate: encoded group key -> slot, a fixed number of bytes that holds the
// number of rows of the group and the states of its aggregates. Open addressing over 8-byte entries
// (32 bits of hash, slot number), linear probing, deletion by shifting back; slots lie in blocks
// and never move, so pointers to them are stable.
//
// The first time a slot is touched in a step, its bytes are put aside: the state before the step.
//
// Confined to its worker.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace kappa::flow {

// At the start of each slot; the aggregates' states follow.
struct GroupHeader {
  static constexpr size_t kInlineKeyBytes = 16;

  int64_t row_count;  // sum of the weights of the group's rows
  uint32_t key_size;
  uint32_t touched_in;  // the number of the step
  union {
    char inline_key[kInlineKeyBytes];
    char* key;  // owned by the table, when longer
  };

  std::string_view key_bytes() const {
    return {key_size <= kInlineKeyBytes ? inline_key : key, key_size};
  }
};

class GroupTable {
 public:
  // `state_size`: bytes of all aggregates' states, a multiple of 8. A new slot's state is zero.
  explicit GroupTable(size_t state_size);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  static GroupHeader& header(char* slot) { return *reinterpret_cast<GroupHeader*>(slot); }
  static const GroupHeader& header(const char* slot) {
    return *reinterpret_cast<const GroupHeader*>(slot);
  }

  // The slots of `count` keys, made where absent; each is touched.
  void find_or_add(const std::string_view* keys, size_t count, char** slots);
  // nullptr: no such group.
  char* find(std::string_view key) const;

  // The slots touched in this step, and their bytes from before it.
  const std::vector<char*>& touched() const { return touched_; }
  const char* before(size_t touched_index) const {
    return before_.data() + touched_index * slot_size_;
  }
  // Ends the step.
  void forget_touched();

  // Removes all groups. What their states own is the caller's.
  void clear();
  // Removes a group. Its slot is reused.
  void remove(char* slot);

  size_t size() const { return size_; }
  size_t slot_size() const { return slot_size_; }
  size_t size_bytes() const;
  // All groups, in no order.
  std::vector<char*> slots() const;

 private:
  struct Entry {
    uint32_t hash;
    uint32_t slot;  // number + 1; 0: empty
  };

  char* slot_at(uint32_t number) const {
    return blocks_[number / kBlockSlots].get() + (number % kBlockSlots) * slot_size_;
  }
  char* find_or_add_one(std::string_view key, uint32_t hash);
  char* add(std::string_view key, uint32_t hash, size_t position);
  void touch(char* slot);
  void grow();
  void free_keys();

  static constexpr size_t kBlockSlots = 1024;

  const size_t slot_size_;
  std::vector<Entry> entries_;
  size_t mask_;
  size_t size_ = 0;
  size_t key_bytes_ = 0;  // of keys that are not inline
  std::vector<std::unique_ptr<char[]>> blocks_;
  uint32_t next_slot_ = 0;
  std::vector<uint32_t> free_slots_;

  uint32_t step_ = 1;
  std::vector<char*> touched_;
  std::vector<char> before_;
  std::vector<uint32_t> hashes_;  // of the batch
};

}  // namespace kappa::flow
