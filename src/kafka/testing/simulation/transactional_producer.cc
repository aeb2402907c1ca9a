#include "kafka/testing/simulation/transactional_producer.h"

#include <utility>

#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/add_offsets_to_txn.h"
#include "kafka/protocol/messages/add_partitions_to_txn.h"
#include "kafka/protocol/messages/end_txn.h"
#include "kafka/protocol/messages/init_producer_id.h"
#include "kafka/protocol/messages/txn_offset_commit.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kRetryMs = 40;
constexpr int16_t kLost = 9999;  // no answer

int16_t produce_version(World& world, Flow flow) {
  const uint64_t choice = world.below(2);
  return static_cast<int16_t>(flow == Flow::kNewer ? 12 + choice : 9 + choice * 2);
}

}  // namespace

TransactionalProducer::TransactionalProducer(Site& site, Client& client, std::string id, Flow flow,
                                             int32_t timeout_ms)
    : site_(site),
      client_(client),
      id_(std::move(id)),
      flow_(flow),
      timeout_ms_(timeout_ms),
      sender_(site, client, produce_version(site.world, flow), id_) {}

int16_t TransactionalProducer::version_up_to(int16_t older, int16_t newer) const {
  return flow_ == Flow::kNewer ? newer : older;
}

void TransactionalProducer::take_identity(const ProducerClaim& claim) {
  if (claim.producer_id != claim_.producer_id || claim.epoch != claim_.epoch) sender_.become(claim);
  claim_ = claim;
}

// --- whose id it is

TransactionalProducer::Verdict TransactionalProducer::judge_init(int16_t error) {
  switch (error) {
    case error::kNone:
      return Verdict::kDone;
    case error::kProducerFenced:  // by the claim alone
    case error::kInvalidProducerEpoch:
      claim_ = {};
      return Verdict::kTryAgain;
    case kLost:
    case error::kConcurrentTransactions:
    case error::kCoordinatorNotAvailable:
      return Verdict::kTryAgain;
    default:
      site_.world.find("{}: InitProducerId was refused: error={}", id_, error);
      return Verdict::kTryAgain;
  }
}

Task<> TransactionalProducer::init() {
  sender_.give_up();
  if (!site_.world.one_in(3)) claim_ = {};
  while (true) {
    InitProducerIdRequest request{.transactional_id = id_, .transaction_timeout_ms = timeout_ms_};
    request.producer_id = claim_.producer_id;  // to go on after an error (KIP-360), or nobody's
    request.producer_epoch = claim_.epoch;
    auto answer = co_await client_.call<InitProducerIdApi>(version_up_to(4, 5), request);
    const int16_t error = answer ? answer->error_code : kLost;
    if (judge_init(error) == Verdict::kDone) {
      const ProducerClaim claim{answer->producer_id, answer->producer_epoch};
      if (!site_.ledger.identities.insert({claim.producer_id, claim.epoch}).second) {
        site_.world.find("{}: an identity was given out twice: id={} epoch={}", id_,
                         claim.producer_id, claim.epoch);
      }
      site_.ledger.fence(id_, {claim.producer_id, claim.epoch});
      site_.world.tell("{}: {} is {}/{}", client_.name(), id_, claim.producer_id, claim.epoch);
      claim_ = {};
      take_identity(claim);
      is_defunct_ = false;
      co_return;
    }
    co_await site_.world.pause(kRetryMs);
  }
}

// --- what it writes

size_t TransactionalProducer::begin() {
  places_.clear();
  transaction_ = site_.ledger.begin_transaction(id_, {claim_.producer_id, claim_.epoch});
  return transaction_;
}

TransactionalProducer::Verdict TransactionalProducer::judge(int16_t error) {
  switch (error) {
    case error::kNone:
      return Verdict::kDone;
    case kLost:
    case error::kConcurrentTransactions:
    case error::kCoordinatorNotAvailable:
    case error::kNotCoordinator:
    case error::kStorageError:
      return Verdict::kTryAgain;
    case error::kInvalidProducerEpoch:
    case error::kProducerFenced:
      is_defunct_ = true;
      return Verdict::kFailed;
    // Of the group's part.
    case error::kIllegalGeneration:
    case error::kUnknownMemberId:
    case error::kRebalanceInProgress:
    case error::kStaleMemberEpoch:
    case error::kFencedMemberEpoch:
    case error::kRequestTimedOut:  // our own patience
      return Verdict::kFailed;
    default:
      site_.world.find("{}: a request of {} was refused: error={}", id_, transaction_, error);
      is_defunct_ = true;
      return Verdict::kFailed;
  }
}

Task<bool> TransactionalProducer::add_partition(const TopicPartition& place) {
  AddPartitionsToTxnRequest request{
      .transactional_id = id_, .producer_id = claim_.producer_id, .producer_epoch = claim_.epoch};
  auto& topic = request.topics.emplace_back();
  topic.name = place.topic;
  topic.partitions = {place.partition};
  while (true) {
    auto answer = co_await client_.call<AddPartitionsToTxnApi>(3, request);
    const int16_t error = answer ? answer->topics.at(0).partitions.at(0).error_code : kLost;
    const Verdict verdict = judge(error);
    if (verdict == Verdict::kDone) places_.insert(place);
    if (verdict != Verdict::kTryAgain) co_return verdict == Verdict::kDone;
    co_await site_.world.pause(kRetryMs);
  }
}

Task<bool> TransactionalProducer::write(const TopicPartition& place, std::vector<size_t> records) {
  if (flow_ == Flow::kOlder && !places_.contains(place)) {
    const bool is_added = co_await add_partition(place);
    if (!is_added) co_return false;
  }
  if (!client_.is_connected()) co_await client_.connect();
  sender_.add(place, std::move(records));
  const int16_t error = co_await sender_.settle(site_.world.below(BatchSender::kUnderWayMax));
  co_return judge(error) == Verdict::kDone;
}

Task<bool> TransactionalProducer::add_offsets(const std::string& group) {
  const AddOffsetsToTxnRequest request{.transactional_id = id_,
                                       .producer_id = claim_.producer_id,
                                       .producer_epoch = claim_.epoch,
                                       .group_id = group};
  while (true) {
    auto answer = co_await client_.call<AddOffsetsToTxnApi>(3, request);
    const Verdict verdict = judge(answer ? answer->error_code : kLost);
    if (verdict != Verdict::kTryAgain) co_return verdict == Verdict::kDone;
    co_await site_.world.pause(kRetryMs);
  }
}

Task<bool> TransactionalProducer::write_offsets(const GroupMember& member,
                                                std::map<TopicPartition, int64_t> offsets) {
  if (flow_ == Flow::kOlder) {
    const bool is_added = co_await add_offsets(member.group);
    if (!is_added) co_return false;
  }
  TxnOffsetCommitRequest request{.transactional_id = id_,
                                 .group_id = member.group,
                                 .producer_id = claim_.producer_id,
                                 .producer_epoch = claim_.epoch,
                                 .generation_id = member.generation,
                                 .member_id = member.member_id};
  for (const auto& [place, offset] : offsets) {
    auto& topic = request.topics.emplace_back();
    topic.name = place.topic;
    topic.partitions.push_back({.index = place.partition, .committed_offset = offset});
    site_.ledger.offsets[{member.group, place}].sent.insert(offset);
  }
  while (true) {
    auto answer = co_await client_.call<TxnOffsetCommitApi>(version_up_to(3, 5), request);
    const int16_t error = answer ? answer->topics.at(0).partitions.at(0).error_code : kLost;
    const Verdict verdict = judge(error);
    if (verdict == Verdict::kDone) {
      transaction().group = member.group;
      transaction().offsets = std::move(offsets);
    }
    if (verdict != Verdict::kTryAgain) co_return verdict == Verdict::kDone;
    co_await site_.world.pause(kRetryMs);
  }
}

// --- how it ends

// is_certain: false once an answer was lost or left the outcome open.
Task<int16_t> TransactionalProducer::end(bool is_commit, bool& is_certain) {
  const EndTxnRequest request{.transactional_id = id_,
                              .producer_id = claim_.producer_id,
                              .producer_epoch = claim_.epoch,
                              .committed = is_commit};
  while (true) {
    auto answer = co_await client_.call<EndTxnApi>(version_up_to(4, 5), request);
    const int16_t error = answer ? answer->error_code : kLost;
    if (error == error::kNone && flow_ == Flow::kNewer) {
      take_identity({answer->producer_id, answer->producer_epoch});
    }
    if (error != kLost && error != error::kConcurrentTransactions &&
        error != error::kCoordinatorNotAvailable) {
      co_return error;
    }
    is_certain &= error == error::kConcurrentTransactions;
    co_await site_.world.pause(kRetryMs);
  }
}

void TransactionalProducer::note_commit(bool is_acknowledged, bool is_certain) {
  SentTransaction& ended = transaction();
  if (!is_acknowledged) {
    if (is_certain) ended.fate = Fate::kAborted;
    return;
  }
  if (ended.fate == Fate::kAborted) {
    site_.world.find("{}: a fenced producer's commit was acknowledged: transaction={}", id_,
                     transaction_);
  }
  ended.fate = Fate::kCommitted;
  for (const auto& [place, offset] : ended.offsets) {
    site_.ledger.note_commit(ended.group, place, offset);
  }
}

Task<bool> TransactionalProducer::commit() {
  const int16_t settled = co_await sender_.settle(0);
  if (judge(settled) != Verdict::kDone) {
    co_await abort();
    co_return false;
  }
  if (transaction().fate == Fate::kOpen) transaction().fate = Fate::kAsked;
  bool is_certain = true;
  const int16_t error = co_await end(true, is_certain);
  site_.world.tell("{}: transaction {} commit: {}", client_.name(), transaction_, error);
  note_commit(error == error::kNone, is_certain);
  // In the newer flow a commit that comes after the abort by another looks like a repeated one.
  is_defunct_ = error == error::kInvalidTxnState && flow_ == Flow::kNewer;
  if (is_defunct_) co_return false;
  if (judge(error) == Verdict::kDone) co_return true;
  is_defunct_ = true;
  co_return false;
}

Task<> TransactionalProducer::abort() {
  transaction().fate = Fate::kAborted;
  // Some do not wait for what is under way; then nobody knows the next sequence.
  const bool is_patient = site_.world.one_in(2);
  const int16_t settled = is_patient && !is_defunct_ ? co_await sender_.settle(0) : error::kNone;
  const bool is_sure = sender_.is_settled() && settled == error::kNone;
  sender_.give_up();
  if (is_defunct_) co_return;
  bool is_certain = true;
  const int16_t error = co_await end(false, is_certain);
  site_.world.tell("{}: transaction {} abort: {}", client_.name(), transaction_, error);
  is_defunct_ = error != error::kNone || (flow_ == Flow::kOlder && !is_sure);
}

}  // namespace kappa::kafka::simulation
