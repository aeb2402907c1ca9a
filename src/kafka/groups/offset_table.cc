#include "kafka/groups/offset_table.h"

#include "base/check.h"

namespace kappa::kafka {

void OffsetTable::begin(const TopicPartition& place) { ++slots_[place].writes_under_way; }

void OffsetTable::finish(const TopicPartition& place, std::optional<CommittedOffset> committed,
                         std::optional<Offset> written_at) {
  auto slot = slots_.find(place);
  KAPPA_CHECK(slot != slots_.end() && slot->second.writes_under_way > 0);
  --slot->second.writes_under_way;
  if (written_at) apply(slot->second, std::move(committed), *written_at);
  drop_if_empty(slot);
}

void OffsetTable::restore(const TopicPartition& place, CommittedOffset committed,
                          Offset written_at) {
  apply(slots_[place], std::move(committed), written_at);
}

void OffsetTable::apply(Slot& slot, std::optional<CommittedOffset> committed, Offset written_at) {
  if (written_at < slot.written_at) return;
  slot.written_at = written_at;
  slot.committed = std::move(committed);
}

void OffsetTable::drop_if_empty(Slots::iterator slot) {
  if (!slot->second.committed && slot->second.writes_under_way == 0) slots_.erase(slot);
}

const CommittedOffset* OffsetTable::find(std::string_view topic, int32_t partition) const {
  auto slot = slots_.find(TopicPartition{std::string(topic), partition});
  if (slot == slots_.end() || !slot->second.committed) return nullptr;
  return &*slot->second.committed;
}

void OffsetTable::for_each(
    const std::function<void(const TopicPartition&, const CommittedOffset&)>& fn) const {
  for (const auto& [place, slot] : slots_) {
    if (slot.committed) fn(place, *slot.committed);
  }
}

std::vector<TopicPartition> OffsetTable::places() const {
  std::vector<TopicPartition> places;
  places.reserve(slots_.size());
  for (const auto& [place, slot] : slots_) places.push_back(place);
  return places;
}

}  // namespace kappa::kafka
