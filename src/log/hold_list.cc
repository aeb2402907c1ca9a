#include "log/hold_list.h"

#include <algorithm>
#include <utility>

namespace kappa::log {

// A list outlives its partition as long as someone holds.
class HoldList::Member : public Hold {
 public:
  Member(std::shared_ptr<HoldList> list, uint64_t id) : list_(std::move(list)), id_(id) {}
  ~Member() override { list_->change(id_, std::nullopt); }

  void move(Offset from) override { list_->change(id_, from); }

 private:
  const std::shared_ptr<HoldList> list_;
  const uint64_t id_;
};

std::unique_ptr<Hold> HoldList::add(Offset from, std::function<void()> on_blocked) {
  absl::MutexLock lock(&mutex_);
  const uint64_t id = next_id_++;
  entries_[id] = {from, std::move(on_blocked)};
  return std::make_unique<Member>(shared_from_this(), id);
}

Offset HoldList::free_up_to(Offset end) {
  absl::MutexLock lock(&mutex_);
  Offset free = end;
  for (const auto& [id, entry] : entries_) {
    if (entry.from >= end) continue;
    free = std::min(free, entry.from);
    if (entry.on_blocked) entry.on_blocked();
  }
  is_blocking_ |= free < end;
  return free;
}

void HoldList::change(uint64_t id, std::optional<Offset> from) {
  bool is_told = false;
  {
    absl::MutexLock lock(&mutex_);
    auto entry = entries_.find(id);
    if (!from.has_value())
      entries_.erase(entry);
    else if (*from > entry->second.from)
      entry->second.from = *from;
    else
      return;
    is_told = std::exchange(is_blocking_, false);
  }
  if (is_told) on_moved_();
}

}  // namespace kappa::log
