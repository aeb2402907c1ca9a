#include "kafka/groups/group_changes.h"

#include <iterator>

#include "kafka/protocol/errors.h"

namespace kappa::kafka {

void GroupChanges::save(std::vector<GroupRecord> records, AnswerGate::Answer answer) {
  if (have_lost_) {
    std::vector<GroupRecord> all;
    for (auto& key : lost_tombstones_) all.push_back({std::move(key), std::nullopt});
    std::move(records.begin(), records.end(), std::back_inserter(all));
    records = std::move(all);
    lost_tombstones_.clear();
    have_lost_ = false;
  }
  if (records.empty()) return gate_.give(std::move(answer));
  uint64_t change = gate_.begin();
  gate_.give(std::move(answer));
  std::vector<std::string> tombstones;
  for (const auto& record : records) {
    if (!record.value) tombstones.push_back(record.key);
  }
  host_.store(std::move(records),
              [this, change, tombstones = std::move(tombstones)](int16_t error, Offset) {
                on_stored(change, error, tombstones);
              });
}

void GroupChanges::on_stored(uint64_t change, int16_t error,
                             const std::vector<std::string>& tombstones) {
  if (error != error::kNone) {
    have_lost_ = true;
    lost_tombstones_.insert(lost_tombstones_.end(), tombstones.begin(), tombstones.end());
  }
  gate_.finish(change, error);
}

}  // namespace kappa::kafka
