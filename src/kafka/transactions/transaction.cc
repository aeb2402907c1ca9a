#include "kafka/transactions/transaction.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// The last epoch is for markers only: whoever has the one before it gets a new producer id.
constexpr int16_t kEpochMax = std::numeric_limits<int16_t>::max();

ProducerIdentity refusal(int16_t error) { return {.error = error}; }

}  // namespace

void Transaction::transition(TransactionState to) {
  KAPPA_CHECK(may_follow(stored_.state, to));
  LOG_DEBUG("transaction {:?}: {} -> {} producer_id={} epoch={}", id_, name_of(stored_.state),
            name_of(to), stored_.producer_id, stored_.producer_epoch);
  stored_.state = to;
  stored_.update_ms = host_.wall_ms();
}

int16_t Transaction::check_claim(const ProducerClaim& claim) const {
  if (is_vacant() || claim.producer_id != stored_.producer_id) {
    return error::kInvalidProducerIdMapping;
  }
  return claim.epoch == stored_.producer_epoch ? error::kNone : error::kProducerFenced;
}

bool Transaction::is_previous(const ProducerClaim& claim) const {
  if (claim.producer_id == stored_.producer_id) return claim.epoch + 1 == stored_.producer_epoch;
  return claim.producer_id == stored_.previous_producer_id && stored_.producer_epoch == 0 &&
         claim.epoch + 1 == kEpochMax;
}

bool Transaction::is_ended_by(bool is_commit) const {
  return stored_.state ==
             (is_commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort) ||
         stored_.state ==
             (is_commit ? TransactionState::kCompleteCommit : TransactionState::kCompleteAbort);
}

void Transaction::store_then(std::function<void()> stored, Answer failed) {
  auto done = [this, stored = std::move(stored), failed = std::move(failed)](const Status& status) {
    if (status.ok()) return stored();
    LOG_WARN("transaction {:?}: cannot be written: {}", id_, message_of(status));
    failed(error::kCoordinatorNotAvailable);
  };
  host_.store(stored_, std::move(done));
}

// --- whose it is

void Transaction::init(int32_t timeout_ms, const ProducerClaim& claim, Identify answer) {
  if (is_prepared(state())) return answer(refusal(error::kConcurrentTransactions));
  const bool has_claim = claim.producer_id >= 0 && !is_vacant();
  const bool is_current = check_claim(claim) == error::kNone;
  const bool is_last = is_previous(claim) && claim.epoch == last_epoch_;
  if (has_claim && !is_current && !is_last) return answer(refusal(error::kProducerFenced));
  const int16_t last_epoch = has_claim ? claim.epoch : int16_t{-1};
  if (state() == TransactionState::kOngoing) {
    is_taken_over_ = true;
    auto then = [this, timeout_ms, last_epoch, answer](int16_t error) {
      is_taken_over_ = false;
      if (error != error::kNone) return answer(refusal(error));
      if (is_prepared(state())) return answer(refusal(error::kConcurrentTransactions));
      take_over(timeout_ms, last_epoch, answer);  // with the epoch of the markers
    };
    return decide(false, Epochs::kNext, std::move(then));
  }
  // A repeated request has its new epoch already.
  if (!has_claim || is_current) {
    Status status = next_epoch();
    if (!status.ok()) {
      LOG_ERROR("no producer id: error={}", message_of(status));
      return answer(refusal(error::kCoordinatorNotAvailable));
    }
  }
  take_over(timeout_ms, last_epoch, std::move(answer));
}

Status Transaction::next_epoch() {
  if (!is_vacant() && stored_.producer_epoch + 1 < kEpochMax) {
    ++stored_.producer_epoch;
    return OkStatus();
  }
  ASSIGN_OR_RETURN(int64_t producer_id, host_.new_producer_id());
  stored_.previous_producer_id = std::exchange(stored_.producer_id, producer_id);
  stored_.producer_epoch = 0;
  return OkStatus();
}

void Transaction::take_over(int32_t timeout_ms, int16_t last_epoch, Identify answer) {
  if (state() != TransactionState::kEmpty) transition(TransactionState::kEmpty);
  stored_.timeout_ms = timeout_ms;
  stored_.update_ms = host_.wall_ms();
  last_epoch_ = last_epoch;
  const ProducerIdentity taken = identity();
  store_then([answer, taken] { answer(taken); }, [answer](int16_t e) { answer(refusal(e)); });
}

// --- what it touches

void Transaction::open() {
  transition(TransactionState::kOngoing);
  stored_.start_ms = host_.wall_ms();
  stored_.places.clear();
  groups_.clear();
  are_groups_known_ = true;
  deadline_ms_ = host_.now_ms() + stored_.timeout_ms;
}

void Transaction::add(const ProducerClaim& claim, const std::vector<TopicPartition>& places,
                      Answer answer) {
  int16_t error = check_claim(claim);
  if (error == error::kNone && is_prepared(state())) error = error::kConcurrentTransactions;
  if (error != error::kNone) return answer(error);
  if (state() != TransactionState::kOngoing) open();
  stored_.places.insert(places.begin(), places.end());
  stored_.update_ms = host_.wall_ms();
  store_then([answer] { answer(error::kNone); }, answer);
}

int16_t Transaction::attach(const ProducerClaim& claim, const TopicPartition& place, bool may_add) {
  int16_t error = check_claim(claim);
  if (error != error::kNone) return error;
  if (is_prepared(state()) || is_completion_unsafe_) return error::kConcurrentTransactions;
  if (state() == TransactionState::kOngoing && stored_.places.contains(place)) return error::kNone;
  if (!may_add) return error::kInvalidTxnState;
  if (state() != TransactionState::kOngoing) open();
  stored_.places.insert(place);
  return error::kNone;
}

// --- how it ends

void Transaction::end(const ProducerClaim& claim, bool is_commit, bool bumps_epoch,
                      Identify answer) {
  const bool is_repeated = bumps_epoch && !is_taken_over_ && is_previous(claim) &&
                           (is_prepared(state()) || is_complete(state()));
  int16_t error = is_repeated ? error::kNone : check_claim(claim);
  if (error != error::kNone) return answer(refusal(error));
  auto then = [this, answer](int16_t e) { answer(e == error::kNone ? identity() : refusal(e)); };
  if (state() == TransactionState::kOngoing) {
    return decide(is_commit, bumps_epoch ? Epochs::kNext : Epochs::kSame, std::move(then));
  }
  if (bumps_epoch && !is_repeated) {  // of the next transaction, in which nothing was written
    if (is_prepared(state())) return answer(refusal(error::kConcurrentTransactions));
    return end_nothing(is_commit, answer);
  }
  if (!is_ended_by(is_commit)) return answer(refusal(error::kInvalidTxnState));
  if (is_complete(state())) return answer(identity());
  waiting_.push_back(std::move(then));
}

void Transaction::end_nothing(bool is_commit, Identify answer) {
  const int16_t last_epoch = stored_.producer_epoch;
  Status status = next_epoch();
  if (!status.ok()) return answer(refusal(error::kCoordinatorNotAvailable));
  last_epoch_ = last_epoch;
  transition(is_commit ? TransactionState::kCompleteCommit : TransactionState::kCompleteAbort);
  const ProducerIdentity next = identity();
  store_then([answer, next] { answer(next); }, [answer](int16_t e) { answer(refusal(e)); });
}

void Transaction::decide(bool is_commit, Epochs epochs, Answer then) {
  last_epoch_ = -1;
  if (epochs == Epochs::kNext) {
    if (stored_.producer_epoch + 1 >= kEpochMax) {
      auto next = host_.new_producer_id();
      if (!next.ok()) {
        deadline_ms_ = std::max(deadline_ms_, host_.now_ms() + host_.options().retry_ms);
        return then(error::kCoordinatorNotAvailable);
      }
      stored_.next_producer_id = *next;
    }
    last_epoch_ = stored_.producer_epoch++;
  }
  stored_.client_version = epochs == Epochs::kNext ? kEpochPerTransaction : 0;
  is_completion_unsafe_ = epochs == Epochs::kSame;
  transition(is_commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort);
  deadline_ms_ = kNever;
  is_decision_durable_ = false;
  waiting_.push_back(std::move(then));
  store_decision();
}

void Transaction::store_decision() {
  is_writing_ = true;
  host_.store(stored_, [this](const Status& status) {
    is_writing_ = false;
    if (!status.ok()) {
      try_again_later(status);
      return tell_waiting(error::kCoordinatorNotAvailable);
    }
    is_decision_durable_ = true;
    write_markers();
  });
}

void Transaction::write_markers() {
  is_writing_ = true;
  TransactionDecision decision{
      .producer_id = stored_.producer_id,
      .marker_epoch = stored_.producer_epoch,
      .open_epoch_max = static_cast<int16_t>(stored_.producer_epoch - (has_next_epoch() ? 1 : 0)),
      .is_commit = state() == TransactionState::kPrepareCommit,
      .places = stored_.places,
      .groups = are_groups_known_ ? groups_ : std::set<std::string>()};
  host_.write_markers(std::move(decision), [this](const Status& status) {
    is_writing_ = false;
    if (status.ok()) return complete();
    // It is decided, whenever the rest of the markers can be written.
    try_again_later(status);
    tell_waiting(error::kNone);
  });
}

void Transaction::set_complete() {
  is_last_commit_ = state() == TransactionState::kPrepareCommit;
  transition(is_last_commit_ ? TransactionState::kCompleteCommit
                             : TransactionState::kCompleteAbort);
  if (stored_.next_producer_id >= 0) {
    stored_.previous_producer_id =
        std::exchange(stored_.producer_id, std::exchange(stored_.next_producer_id, -1));
    stored_.producer_epoch = 0;
  }
  stored_.places.clear();
  stored_.start_ms = -1;
  groups_.clear();
}

void Transaction::complete() {
  retry_delay_ms_ = 0;
  set_complete();
  // Nobody waits for this record: without it the markers are looked at again after a restart, and
  // found to be there. Whoever writes next comes behind it.
  host_.store(stored_, [this](const Status& status) {
    if (status.ok()) is_completion_unsafe_ = false;
  });
  tell_waiting(error::kNone);
}

void Transaction::try_again_later(const Status& status) {
  const TransactionOptions& options = host_.options();
  retry_delay_ms_ =
      retry_delay_ms_ == 0 ? options.retry_ms : std::min(2 * retry_delay_ms_, options.retry_ms_max);
  LOG_WARN("transaction {:?}: its end cannot be written, trying again in {} ms: {}", id_,
           retry_delay_ms_, message_of(status));
  retry_at_ms_ = host_.now_ms() + retry_delay_ms_;
}

void Transaction::tell_waiting(int16_t error) {
  for (auto& answer : std::exchange(waiting_, {})) answer(error);
}

// --- start and time

void Transaction::restore(StoredTransaction stored) {
  stored_ = std::move(stored);
  is_decision_durable_ = is_prepared(state());
  is_last_commit_ = state() == TransactionState::kCompleteCommit;
  if (state() != TransactionState::kOngoing) return;
  const int64_t left_ms = stored_.start_ms + stored_.timeout_ms - host_.wall_ms();
  deadline_ms_ = host_.now_ms() + std::clamp<int64_t>(left_ms, 0, stored_.timeout_ms);
}

bool Transaction::adopt(const TopicPartition& place, const ProducerClaim& producer) {
  if (is_prepared(state())) {
    const bool is_next = producer.producer_id == stored_.next_producer_id ||
                         (has_next_epoch() && producer.epoch == stored_.producer_epoch);
    if (!is_next) return stored_.places.insert(place), true;
    // The next one has begun, so that this one was over, though the record of it was lost.
    set_complete();
    is_decision_durable_ = false;
  }
  if (check_claim(producer) != error::kNone) return false;
  if (state() != TransactionState::kOngoing) open();
  are_groups_known_ = false;
  stored_.places.insert(place);
  return true;
}

void Transaction::begin() {
  if (is_prepared(state())) write_markers();
}

void Transaction::tick() {
  const int64_t now_ms = host_.now_ms();
  if (deadline_ms_ <= now_ms) {
    LOG_INFO("transaction {:?}: aborted, as it took longer than {} ms", id_, stored_.timeout_ms);
    decide(false, Epochs::kNext, [](int16_t) {});
  }
  if (retry_at_ms_ <= now_ms && !is_writing_) {
    retry_at_ms_ = kNever;
    if (!is_prepared(state())) return;
    is_decision_durable_ ? write_markers() : store_decision();
  }
}

int64_t Transaction::next_deadline_ms() const { return std::min(deadline_ms_, retry_at_ms_); }

void Transaction::expire() {
  const bool is_at_rest = state() == TransactionState::kEmpty || is_complete(state());
  if (!is_at_rest || host_.wall_ms() - stored_.update_ms < host_.options().expiry_ms) return;
  LOG_INFO("transaction {:?}: the id has expired", id_);
  transition(TransactionState::kDead);
  host_.store(std::nullopt, [](const Status&) {});
}

}  // namespace kappa::kafka
