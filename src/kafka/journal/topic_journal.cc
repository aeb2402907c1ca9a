#include "kafka/journal/topic_journal.h"

#include <algorithm>

#include "log/batch_builder.h"

namespace kappa::kafka {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

// As Kafka makes such topics; and synced, whatever the server's default.
log::TopicSettings with_own(log::TopicSettings settings) {
  settings["cleanup.policy"] = "compact";
  settings["durability"] = "sync";
  return settings;
}

// The outcome of one append, for whoever comes first: the appender that returns, or the log.
struct Outcome {
  absl::Mutex mutex;
  bool is_returned ABSL_GUARDED_BY(mutex) = false;
  std::optional<JournalAnswer> early ABSL_GUARDED_BY(mutex);
};

bool is_open(const std::vector<log::OpenTransaction>& open, const log::BatchHeader& header) {
  return std::any_of(open.begin(), open.end(), [&header](const auto& transaction) {
    return transaction.producer_id == header.producer_id && transaction.first <= header.base;
  });
}

}  // namespace

TopicJournal::TopicJournal(env::Env& env, log::Log& log, std::string_view topic,
                           log::TopicSettings settings)
    : env_(env), log_(log), topic_(topic), settings_(with_own(std::move(settings))) {}

Status TopicJournal::read(const Visit& visit) {
  auto topic = log_.find_topic(topic_);
  if (absl::IsNotFound(topic.status())) return OkStatus();
  RETURN_IF_ERROR(topic.status());
  ASSIGN_OR_RETURN(auto partition, log_.partition(topic->id, 0));
  Offset position = partition->log_start();
  const Offset end = partition->high_watermark();
  while (position < end) {
    auto batches = partition->read(position, kReadBytes);
    if (!batches.ok()) return annotate(batches.status(), topic_);
    std::string_view rest = batches->bytes;
    while (!rest.empty()) {
      auto header = log::RecordReader::take_header(rest);
      if (!header.ok()) return annotate(header.status(), topic_);
      std::string_view batch = rest.substr(0, header->size_bytes());
      rest.remove_prefix(batch.size());
      RETURN_IF_ERROR(read_batch(*partition, *header, batch, visit));
    }
    position = batches->next;
  }
  return OkStatus();
}

Status TopicJournal::read_batch(const log::Partition& partition, const log::BatchHeader& header,
                                std::string_view batch, const Visit& visit) {
  std::optional<int64_t> producer_id;
  if (header.is_transactional()) {
    if (partition.is_aborted(header.producer_id, header.base)) return OkStatus();
    if (is_open(partition.open_transactions(), header)) producer_id = header.producer_id;
  }
  Status status;
  Status read = reader_.for_each(batch, header.base, [&](const log::Record& record) {
    if (status.ok()) status = visit(record, producer_id);
  });
  if (!read.ok()) return annotate(read, topic_);
  return status;
}

StatusOr<std::shared_ptr<log::Partition>> TopicJournal::open_partition() {
  auto topic = log_.find_topic(topic_);
  if (absl::IsNotFound(topic.status())) topic = log_.create_topic(topic_, 1, settings_);
  // Somebody else was faster.
  if (absl::IsAlreadyExists(topic.status())) topic = log_.find_topic(topic_);
  RETURN_IF_ERROR(topic.status());
  return log_.partition(topic->id, 0);
}

StatusOr<std::shared_ptr<log::Partition>> TopicJournal::prepared() {
  absl::MutexLock lock(&mutex_);
  return partition_;
}

void TopicJournal::prepare() {
  if (prepared().ok()) return;
  auto opened = open_partition();
  absl::MutexLock lock(&mutex_);
  if (!partition_.ok()) partition_ = std::move(opened);
}

std::optional<JournalAnswer> TopicJournal::append(const std::vector<JournalRecord>& records,
                                                  std::optional<JournalProducer> producer,
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
  log::BatchOptions options;
  if (producer)
    options = {
        .producer_id = producer->id, .producer_epoch = producer->epoch, .is_transactional = true};
  auto batch = std::move(builder).build(options);
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
