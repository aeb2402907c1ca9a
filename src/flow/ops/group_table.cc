#include "flow/ops/group_table.h"

#include "base/check.h"
#include "flow/byte_order.h"
#include "flow/hash.h"

namespace kappa::flow {

namespace {

constexpr size_t kFirstEntries = 16;

uint32_t hash_of(std::string_view key) { return static_cast<uint32_t>(hash_bytes(key)); }

}  // namespace

GroupTable::GroupTable(size_t state_size)
    : slot_size_(sizeof(GroupHeader) + state_size),
      entries_(kFirstEntries, Entry{0, 0}),
      mask_(kFirstEntries - 1) {
  KAPPA_CHECK_EQ(state_size % 8, 0u);
}

GroupTable::~GroupTable() { free_keys(); }

void GroupTable::free_keys() {
  if (key_bytes_ == 0) return;
  for (char* slot : slots()) {
    if (header(slot).key_size > GroupHeader::kInlineKeyBytes) delete[] header(slot).key;
  }
}

void GroupTable::find_or_add(const std::string_view* keys, size_t count, char** slots) {
  // Three passes, so that the cache misses of many keys overlap.
  hashes_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    hashes_[i] = hash_of(keys[i]);
    __builtin_prefetch(&entries_[hashes_[i] & mask_]);
  }
  for (size_t i = 0; i < count; ++i) {
    slots[i] = nullptr;
    for (size_t p = hashes_[i] & mask_; entries_[p].slot != 0; p = (p + 1) & mask_) {
      if (entries_[p].hash != hashes_[i]) continue;
      slots[i] = slot_at(entries_[p].slot - 1);
      __builtin_prefetch(slots[i]);
      break;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (slots[i] == nullptr || !equal_bytes(header(slots[i]).key_bytes(), keys[i])) {
      slots[i] = find_or_add_one(keys[i], hashes_[i]);
    }
    if (header(slots[i]).touched_in != step_) touch(slots[i]);
  }
}

char* GroupTable::find(std::string_view key) const {
  uint32_t hash = hash_of(key);
  for (size_t p = hash & mask_; entries_[p].slot != 0; p = (p + 1) & mask_) {
    if (entries_[p].hash != hash) continue;
    char* slot = slot_at(entries_[p].slot - 1);
    if (header(slot).key_bytes() == key) return slot;
  }
  return nullptr;
}

char* GroupTable::find_or_add_one(std::string_view key, uint32_t hash) {
  size_t p = hash & mask_;
  for (; entries_[p].slot != 0; p = (p + 1) & mask_) {
    if (entries_[p].hash != hash) continue;
    char* slot = slot_at(entries_[p].slot - 1);
    if (header(slot).key_bytes() == key) return slot;
  }
  return add(key, hash, p);
}

char* GroupTable::add(std::string_view key, uint32_t hash, size_t position) {
  if ((size_ + 1) * 2 > entries_.size()) {
    grow();
    position = hash & mask_;
    while (entries_[position].slot != 0) position = (position + 1) & mask_;
  }
  uint32_t number;
  if (free_slots_.empty()) {
    number = next_slot_++;
    if (number / kBlockSlots == blocks_.size()) {
      blocks_.push_back(std::make_unique<char[]>(kBlockSlots * slot_size_));
    }
  } else {
    number = free_slots_.back();
    free_slots_.pop_back();
  }
  char* slot = slot_at(number);
  std::memset(slot, 0, slot_size_);
  GroupHeader& group = header(slot);
  group.key_size = static_cast<uint32_t>(key.size());
  char* bytes = group.inline_key;
  if (key.size() > GroupHeader::kInlineKeyBytes) {
    bytes = group.key = new char[key.size()];
    key_bytes_ += key.size();
  }
  if (!key.empty()) std::memcpy(bytes, key.data(), key.size());
  entries_[position] = {hash, number + 1};
  ++size_;
  return slot;
}

void GroupTable::touch(char* slot) {
  size_t position = touched_.size() * slot_size_;
  if (before_.size() < position + slot_size_) {
    before_.resize(std::max(before_.size() * 2, position + slot_size_));
  }
  std::memcpy(before_.data() + position, slot, slot_size_);
  touched_.push_back(slot);
  header(slot).touched_in = step_;
}

void GroupTable::forget_touched() {
  // Large steps should not pin their memory.
  constexpr size_t kKeptBytes = 1 << 20;
  touched_.clear();
  if (before_.size() > kKeptBytes) {
    before_ = {};
    touched_ = {};
  }
  ++step_;
}

void GroupTable::clear() {
  free_keys();
  // Memory that was in use is kept for the next step, unless most of it was not.
  bool is_oversized = entries_.size() > kFirstEntries && size_ * 16 < entries_.size();
  entries_.assign(is_oversized ? kFirstEntries : entries_.size(), Entry{0, 0});
  if (is_oversized) blocks_.clear();
  mask_ = entries_.size() - 1;
  size_ = 0;
  key_bytes_ = 0;
  next_slot_ = 0;
  free_slots_.clear();
  forget_touched();
}

void GroupTable::remove(char* slot) {
  GroupHeader& group = header(slot);
  std::string_view key = group.key_bytes();
  size_t p = hash_of(key) & mask_;
  while (entries_[p].slot == 0 || slot_at(entries_[p].slot - 1) != slot) p = (p + 1) & mask_;
  free_slots_.push_back(entries_[p].slot - 1);
  if (group.key_size > GroupHeader::kInlineKeyBytes) {
    key_bytes_ -= group.key_size;
    delete[] group.key;
  }
  // Shift back the entries behind that may move into the hole.
  size_t hole = p;
  for (size_t next = (p + 1) & mask_; entries_[next].slot != 0; next = (next + 1) & mask_) {
    size_t home = entries_[next].hash & mask_;
    if (((next - home) & mask_) < ((next - hole) & mask_)) continue;
    entries_[hole] = entries_[next];
    hole = next;
  }
  entries_[hole] = {0, 0};
  --size_;
}

void GroupTable::grow() {
  std::vector<Entry> old(entries_.size() * 2, Entry{0, 0});
  old.swap(entries_);
  mask_ = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.slot == 0) continue;
    size_t p = entry.hash & mask_;
    while (entries_[p].slot != 0) p = (p + 1) & mask_;
    entries_[p] = entry;
  }
}

size_t GroupTable::size_bytes() const {
  return entries_.size() * sizeof(Entry) + blocks_.size() * kBlockSlots * slot_size_ + key_bytes_;
}

std::vector<char*> GroupTable::slots() const {
  std::vector<char*> all;
  for (const Entry& entry : entries_) {
    if (entry.slot != 0) all.push_back(slot_at(entry.slot - 1));
  }
  return all;
}

}  // namespace kappa::flow
