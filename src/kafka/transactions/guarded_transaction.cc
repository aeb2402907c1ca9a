#include "kafka/transactions/guarded_transaction.h"

namespace kappa::kafka {

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
  timer_.cancel();
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
  timer_.note_call();
  if (is_over_ || is_closed_) return;
  transaction_.tick();
  settle();
}

void GuardedTransaction::settle() {
  if (is_over_) return;
  is_over_ = transaction_.state() == TransactionState::kDead || transaction_.is_vacant();
  if (!is_over_) return set_timer();
  timer_.cancel();
  around_.remove(*this);
}

void GuardedTransaction::set_timer() {
  timer_.set(transaction_.next_deadline_ms(), now_ms(),
             [self = shared_from_this()] { self->on_timer(); });
}

}  // namespace kappa::kafka
