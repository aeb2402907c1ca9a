#include "kafka/groups/guarded_group.h"

#include "base/logging.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// A client looks for the coordinator again and repeats its request, which is all that it can do.
int16_t error_of_store(const Status& status) {
  if (status.ok()) return error::kNone;
  LOG_WARN("groups: cannot write to {}: {}", kGroupTopic, message_of(status));
  return error::kNotCoordinator;
}

}  // namespace

bool GuardedGroup::visit(const std::function<void(Group&)>& fn) {
  absl::MutexLock lock(&mutex_);
  if (is_over_ || is_closed_) return false;
  fn(group_);
  settle();
  return true;
}

void GuardedGroup::close() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
  timer_.cancel();
  group_.abandon();
}

ConsumerTiming GuardedGroup::consumer_timing() const {
  return kafka::consumer_timing(around_.log.server_settings({log::SettingsScope::kGroup, id_}),
                                around_.options);
}

std::string GuardedGroup::random_id() {
  uint64_t high = around_.env.random_u64();
  uint64_t low = around_.env.random_u64();
  // A UUID of version 4, as Kafka's ids end in.
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, ((low >> 48) & 0x3fff) | 0x8000, low & 0xffffffffffff);
}

void GuardedGroup::store(std::vector<GroupRecord> records, std::optional<JournalProducer> producer,
                         Stored done) {
  auto answered = [self = shared_from_this(), done](const JournalAnswer& answer) {
    self->on_stored(answer, done);
  };
  auto early = around_.journal.append(records, producer, std::move(answered));
  if (early) done(error_of_store(early->status), early->written_at);
}

void GuardedGroup::on_stored(const JournalAnswer& answer, const Stored& done) {
  absl::MutexLock lock(&mutex_);
  if (is_closed_) return;
  done(error_of_store(answer.status), answer.written_at);
  settle();
}

void GuardedGroup::on_timer() {
  absl::MutexLock lock(&mutex_);
  timer_.note_call();
  if (is_over_ || is_closed_) return;
  group_.tick();
  settle();
}

void GuardedGroup::settle() {
  if (is_over_) return;
  group_.die_if_vacant();
  if (!group_.is_dead()) return set_timer();
  is_over_ = true;
  timer_.cancel();
  around_.remove(*this);
}

void GuardedGroup::set_timer() {
  timer_.set(group_.next_deadline_ms(), now_ms(),
             [self = shared_from_this()] { self->on_timer(); });
}

}  // namespace kappa::kafka
