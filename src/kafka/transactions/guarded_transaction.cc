#include "kafka/transactions/guarded_transaction.h"

#include <algorithm>
#include <chrono>

namespace kappa::kafka {
namespace {

constexpr int64_t kTimerMaxMs = 24 * 3600 * 1000;

}  // namespace

bool GuardedTransaction::visit(const std::function<void(Transaction&)>& fn) {
  absl::MutexLock lock(&mutex_);
  if (is_over_ || is_closed_) return false;
  fn(transaction_);
  settle();
  return true;
}

void GuardedTransaction::close() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
  if (timer_ != 0) around_.timers.cancel(timer_);
  transaction_.abandon();
}

void GuardedTransaction::resume(const std::function<void()>& fn) {
  absl::MutexLock lock(&mutex_);
  if (is_closed_) return;
  fn();
  settle();
}

void GuardedTransaction::store(std::optional<StoredTransaction> stored, Done done) {
  auto record = stored ? transaction_record(id_, *stored) : transaction_tombstone(id_);
  auto answered = [self = shared_from_this(), done](const JournalAnswer& answer) {
    self->resume([&] { done(answer.status); });
  };
  auto early = around_.journal.append({std::move(record)}, std::nullopt, std::move(answered));
  if (early) done(early->status);
}

void GuardedTransaction::write_markers(TransactionDecision decision, Done done) {
  auto finish = [this, decision, done](const Status& status) {
    if (status.ok()) around_.markers.finish(decision);
    done(status);
  };
  auto early =
      around_.markers.write(decision, [self = shared_from_this(), finish](const Status& status) {
        self->resume([&] { finish(status); });
      });
  if (early) finish(*early);
}

void GuardedTransaction::on_timer() {
  absl::MutexLock lock(&mutex_);
  timer_ = 0;
  timer_at_ms_ = Transaction::kNever;
  if (is_over_ || is_closed_) return;
  transaction_.tick();
  settle();
}

void GuardedTransaction::settle() {
  if (is_over_) return;
  is_over_ = transaction_.state() == TransactionState::kDead || transaction_.is_vacant();
  if (!is_over_) return set_timer();
  if (timer_ != 0) around_.timers.cancel(timer_);
  around_.remove(*this);
}

// One timer, for what is due first. A deadline that has moved into the future is left to the timer
// that is set: it finds nothing to do then, and is set again.
void GuardedTransaction::set_timer() {
  int64_t next_ms = transaction_.next_deadline_ms();
  if (next_ms == Transaction::kNever || (timer_ != 0 && timer_at_ms_ <= next_ms)) return;
  if (timer_ != 0) around_.timers.cancel(timer_);
  int64_t delay_ms = std::clamp<int64_t>(next_ms - now_ms(), 0, kTimerMaxMs);
  timer_at_ms_ = now_ms() + delay_ms;
  timer_ = around_.timers.run_after(std::chrono::milliseconds(delay_ms),
                                    [self = shared_from_this()] { self->on_timer(); });
}

}  // namespace kappa::kafka
