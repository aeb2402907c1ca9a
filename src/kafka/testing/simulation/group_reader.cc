#include "kafka/testing/simulation/group_reader.h"

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/offset_commit.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kIdleMs = 30;

}  // namespace

GroupReader::GroupReader(Site& site, std::string name, std::string group,
                         const SimulatedTopic& topic, bool is_classic)
    : Process(site, std::move(name)),
      membership_(is_classic ? make_classic_membership(site, client_, std::move(group), topic)
                             : make_newer_membership(site, client_, std::move(group), topic)),
      reader_(site, client_, true) {}

Task<> GroupReader::run() {
  while (true) {
    co_await membership_->step();
    co_await work();
    co_await world_.pause(static_cast<int64_t>(world_.below(kIdleMs)));
  }
}

Task<> GroupReader::work() {
  const auto& assigned = membership_->assigned();
  std::erase_if(positions_, [&](const auto& entry) { return !assigned.contains(entry.first); });
  if (assigned.empty()) co_return;
  const TopicPartition place =
      *std::next(assigned.begin(), static_cast<ptrdiff_t>(world_.below(assigned.size())));
  if (!positions_.contains(place)) {
    const auto position = co_await reader_.find_position(*membership_, place, false);
    if (!position) co_return;
    positions_[place] = committed_[place] = *position;
  }
  int64_t position = positions_[place];
  co_await reader_.read(place, position);
  positions_[place] = position;
  const bool has_moved = position != committed_[place];
  if (has_moved && world_.one_in(3)) co_await commit(place);
}

Task<> GroupReader::commit(const TopicPartition& place) {
  const int64_t offset = positions_[place];
  OffsetCommitRequest request{.group_id = membership_->group(),
                              .generation_id_or_member_epoch = membership_->generation(),
                              .member_id = membership_->member_id()};
  auto& topic = request.topics.emplace_back();
  topic.name = place.topic;
  topic.partitions.push_back({.index = place.partition, .committed_offset = offset});
  ledger_.offsets[{membership_->group(), place}].sent.insert(offset);
  auto answer = co_await client_.call<OffsetCommitApi>(9, request);
  if (!answer || answer->topics.at(0).partitions.at(0).error_code != error::kNone) {
    world_.tell("{}: {}-{} is not committed: {}", name(), place.topic, place.partition,
                answer ? answer->topics[0].partitions[0].error_code : -1);
    positions_.erase(place);  // go on from what is committed, whatever that is
    co_return;
  }
  ledger_.note_commit(membership_->group(), place, offset);
  committed_[place] = offset;
}

}  // namespace kappa::kafka::simulation
