#include "kafka/groups/group_journal.h"

#include "log/batch_builder.h"

namespace kappa::kafka {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

// As Kafka makes it; and synced, whatever the server's default.
const log::TopicSettings& topic_settings() {
  static const log::TopicSettings kSettings = {
      {"cleanup.policy", "compact"}, {"durability", "sync"}, {"segment.bytes", "104857600"}};
  return kSettings;
}

// The outcome of one append, for whoever comes first: the appender that returns, or the log.
struct Outcome {
  absl::Mutex mutex;
  bool is_returned ABSL_GUARDED_BY(mutex) = false;
  std::optional<JournalAnswer> early ABSL_GUARDED_BY(mutex);
};

}  // namespace

Status GroupJournal::read(const Visit& visit) {
  auto topic = log_.find_topic(kGroupTopic);
  if (absl::IsNotFound(topic.status())) return OkStatus();
  RETURN_IF_ERROR(topic.status());
  ASSIGN_OR_RETURN(auto partition, log_.partition(topic->id, 0));
  Offset position = partition->log_start();
  Offset end = partition->high_watermark();
  log::RecordReader reader;
  Status status;
  while (position < end && status.ok()) {
    auto batches = partition->read(position, kReadBytes);
    if (!batches.ok()) return annotate(batches.status(), kGroupTopic);
    Status read = reader.for_each(batches->bytes, position, [&](const log::Record& record) {
      if (status.ok()) status = visit(record);
    });
    if (!read.ok()) return annotate(read, kGroupTopic);
    position = batches->next;
  }
  return status;
}

StatusOr<std::shared_ptr<log::Partition>> GroupJournal::open_partition() {
  auto topic = log_.find_topic(kGroupTopic);
  if (absl::IsNotFound(topic.status())) topic = log_.create_topic(kGroupTopic, 1, topic_settings());
  // Somebody else was faster.
  if (absl::IsAlreadyExists(topic.status())) topic = log_.find_topic(kGroupTopic);
  RETURN_IF_ERROR(topic.status());
  return log_.partition(topic->id, 0);
}

StatusOr<std::shared_ptr<log::Partition>> GroupJournal::prepared() {
  absl::MutexLock lock(&mutex_);
  return partition_;
}

void GroupJournal::prepare() {
  if (prepared().ok()) return;
  auto opened = open_partition();
  absl::MutexLock lock(&mutex_);
  if (!partition_.ok()) partition_ = std::move(opened);
}

std::optional<JournalAnswer> GroupJournal::append(const std::vector<GroupRecord>& records,
                                                  Done done) {
  auto partition = prepared();
  if (!partition.ok()) return JournalAnswer{partition.status(), {}};
  log::BatchBuilder builder;
  int64_t now_ms = env_.wall_ms();
  for (const auto& record : records) {
    std::optional<std::string_view> value;
    if (record.value) value = *record.value;
    builder.add({.timestamp_ms = now_ms, .key = record.key, .value = value});
  }
  auto batch = std::move(builder).build();
  if (!batch.ok()) return JournalAnswer{batch.status(), {}};
  auto outcome = std::make_shared<Outcome>();
  auto answered = [outcome, done = std::move(done)](log::AppendAnswer appended) {
    JournalAnswer answer{appended.status, appended.result.base};
    {
      absl::MutexLock lock(&outcome->mutex);
      if (!outcome->is_returned) {
        outcome->early = std::move(answer);
        return;
      }
    }
    done(std::move(answer));
  };
  (*partition)->append_internal(*std::move(batch), log::Acks::kAll, std::move(answered));
  absl::MutexLock lock(&outcome->mutex);
  outcome->is_returned = true;
  return std::move(outcome->early);
}

}  // namespace kappa::kafka
