// Committed offsets: who may commit, deletion, and the retention of what nobody uses any more.

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/group.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

int16_t Group::check_fetch(const MemberClaim& claim) const {
  bool is_claimed = claim.generation >= 0 || !claim.member_id.empty();
  return consumer_ && is_claimed ? consumer_->check_claim(claim) : error::kNone;
}

int16_t Group::check_commit(const MemberClaim& claim, bool is_transactional) {
  // Without a generation: a tool, or a consumer that assigns its partitions itself.
  if (claim.generation < 0 && is_empty()) return error::kNone;
  bool is_claimed = claim.generation >= 0 || !claim.member_id.empty() || claim.instance_id;
  // Producers before KIP-447 do not say for which member they commit.
  if (!is_claimed && is_transactional) return error::kNone;
  if (consumer_) return consumer_->check_claim(claim);
  if (!is_claimed) return error::kUnknownMemberId;
  int16_t error = check_member(claim.member_id, claim.instance_id);
  if (error != error::kNone) return error;
  if (claim.generation != generation_) return error::kIllegalGeneration;
  if (state_ == GroupState::kCompletingRebalance && !is_transactional) {
    return error::kRebalanceInProgress;
  }
  hear_of(*roster_.find(claim.member_id));
  return error::kNone;
}

void Group::commit(std::vector<OffsetToCommit> offsets, Answer answer) {
  if (offsets.empty()) return answer(error::kNone);
  std::vector<GroupRecord> records;
  records.reserve(offsets.size());
  for (const auto& [place, committed] : offsets) {
    offsets_.begin(place);
    records.push_back(offset_record(id_, place.topic, place.partition, committed));
  }
  host_.store(std::move(records), [this, offsets = std::move(offsets), answer = std::move(answer)](
                                      int16_t error, Offset written_at) {
    bool is_written = error == error::kNone;
    for (const auto& [place, committed] : offsets) {
      offsets_.finish(place, committed,
                      is_written ? std::optional<Offset>(written_at) : std::nullopt);
    }
    answer(error);
  });
}

void Group::commit_pending(const JournalProducer& producer, std::vector<OffsetToCommit> offsets,
                           Answer answer) {
  if (offsets.empty()) return answer(error::kNone);
  std::vector<GroupRecord> records;
  records.reserve(offsets.size());
  for (const auto& [place, committed] : offsets) {
    records.push_back(offset_record(id_, place.topic, place.partition, committed));
  }
  pending_.begin(producer.id);
  auto stored = [this, id = producer.id, offsets = std::move(offsets), answer = std::move(answer)](
                    int16_t error, Offset written_at) {
    if (error == error::kNone) {
      for (const auto& [place, committed] : offsets) pending_.add(id, place, committed, written_at);
    }
    pending_.finish(id);
    answer(error);
  };
  host_.store(std::move(records), producer, std::move(stored));
}

void Group::end_transaction(int64_t producer_id, bool is_commit) {
  for (auto& [place, offset] : pending_.take(producer_id)) {
    if (is_commit) offsets_.restore(place, std::move(offset.committed), offset.written_at);
  }
}

bool Group::is_unstable(std::string_view topic, int32_t partition) const {
  return pending_.contains({std::string(topic), partition});
}

void Group::delete_offsets(const std::vector<TopicPartition>& places, Answer answer) {
  std::vector<TopicPartition> known = offsets_.places();
  std::vector<TopicPartition> found;
  for (const auto& place : places) {
    if (std::binary_search(known.begin(), known.end(), place)) found.push_back(place);
  }
  store_tombstones(found, {}, std::move(answer));
}

void Group::store_tombstones(const std::vector<TopicPartition>& places,
                             std::vector<GroupRecord> others, Answer answer) {
  std::vector<GroupRecord> records = std::move(others);
  for (const auto& place : places) {
    offsets_.begin(place);
    records.push_back(offset_tombstone(id_, place.topic, place.partition));
  }
  if (records.empty()) return answer(error::kNone);
  host_.store(std::move(records),
              [this, places, answer = std::move(answer)](int16_t error, Offset written_at) {
                bool is_written = error == error::kNone;
                for (const auto& place : places) {
                  offsets_.finish(place, std::nullopt,
                                  is_written ? std::optional<Offset>(written_at) : std::nullopt);
                }
                answer(error);
              });
}

void Group::forget_topic(std::string_view topic) {
  pending_.forget_topic(topic);
  std::vector<TopicPartition> places = offsets_.places();
  std::erase_if(places, [topic](const TopicPartition& place) { return place.topic != topic; });
  store_tombstones(places, {}, [this](int16_t error) {
    if (error != error::kNone) LOG_WARN("group {:?}: offsets could not be deleted", id_);
  });
}

bool Group::is_subscribed_to(std::string_view topic) const {
  if (consumer_) return consumer_->is_subscribed_to(topic);
  if (roster_.empty() || protocol_type_ != kConsumerProtocolType) return false;
  return std::any_of(roster_.members().begin(), roster_.members().end(), [&](const auto& entry) {
    const Member& member = entry.second;
    const std::string* metadata = member.metadata_of(protocol_name_.value_or(""));
    if (metadata == nullptr && !member.protocols.empty()) {
      metadata = &member.protocols.front().metadata;  // before the first generation
    }
    auto topics = subscribed_topics(metadata == nullptr ? std::string_view() : *metadata);
    if (!topics) return true;  // who cannot be understood may read anything
    return std::find(topics->begin(), topics->end(), topic) != topics->end();
  });
}

void Group::destroy(Answer answer) {
  if (!is_empty()) return answer(error::kNonEmptyGroup);
  transition(GroupState::kDead);
  pending_members_.clear();
  store_tombstones(offsets_.places(), group_tombstones(), std::move(answer));
}

void Group::die_if_vacant() {
  bool is_vacant = state_ == GroupState::kEmpty && generation_ == 0 && offsets_.empty() &&
                   pending_members_.empty() && pending_.empty() &&
                   (!consumer_ || consumer_->is_vacant());
  if (is_vacant) transition(GroupState::kDead);
}

std::vector<TopicPartition> Group::expired_offsets() const {
  int64_t now_ms = host_.wall_ms();
  bool is_consumer = protocol_type_ == kConsumerProtocolType;
  std::vector<TopicPartition> expired;
  // An empty group's time begins when its last member left. While it has members, offsets of
  // topics that they read stay; a group without members ever (an assigning consumer, a tool) has
  // only the times of its commits.
  // In groups of the newer protocol each offset has its own time.
  bool had_members = !protocol_type_.empty() && !consumer_;
  bool is_empty = this->is_empty();
  if (had_members && !is_empty && !(is_consumer && state_ == GroupState::kStable)) return expired;
  offsets_.for_each([&](const TopicPartition& place, const CommittedOffset& committed) {
    if (!is_empty && is_subscribed_to(place.topic)) return;
    int64_t begin_ms = committed.commit_ms;
    if (had_members && is_empty) begin_ms = std::max(begin_ms, state_since_ms_);
    bool is_over = committed.expires_ms ? now_ms >= *committed.expires_ms
                                        : now_ms - begin_ms >= host_.options().offsets_retention_ms;
    if (is_over) expired.push_back(place);
  });
  return expired;
}

void Group::expire_offsets() {
  std::vector<TopicPartition> expired = expired_offsets();
  bool is_over = is_empty() && pending_members_.empty() && pending_.empty() &&
                 expired.size() == offsets_.places().size();
  auto others = is_over ? group_tombstones() : std::vector<GroupRecord>();
  if (is_over) transition(GroupState::kDead);
  if (!expired.empty()) LOG_INFO("group {:?}: offsets expired: count={}", id_, expired.size());
  store_tombstones(expired, std::move(others), [this](int16_t error) {
    if (error != error::kNone) LOG_WARN("group {:?}: offsets could not be deleted", id_);
  });
}

}  // namespace kappa::kafka
