// DeleteRecords: partitions begin later. Views that were made from the records hold them until a
// checkpoint has what they contributed; a trim that they keep back is tried again:
//
//   check ──▶ trim ──▶ done ────────────────────────┐
//     │        ▲└─ held ─ a moment ─┐               │
//     │        └────────────────────┘               ▼
//     └──────── refused, or the time is over ──▶ answer, when all partitions have one

#include <absl/synchronization/mutex.h>

#include <chrono>
#include <optional>

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/record_errors.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Answer = DeleteRecordsResponse::Topic::Partition;
using std::chrono::milliseconds;

constexpr int64_t kHighWatermark = -1;
constexpr milliseconds kRetry(20);

class PendingDeletion : public std::enable_shared_from_this<PendingDeletion> {
 public:
  PendingDeletion(Broker& broker, std::shared_ptr<Call> call, const DeleteRecordsRequest& request)
      : timers_(broker.timers()), call_(std::move(call)) {
    for (const auto& wanted : request.topics) {
      auto& topic = response_.topics.emplace_back();
      topic.name = std::string(wanted.name);
      for (const auto& partition : wanted.partitions)
        topic.partitions.push_back(
            {.index = partition.index, .error_code = error::kRequestTimedOut});
      pending_ += wanted.partitions.size();
    }
  }

  void start(Broker& broker, const DeleteRecordsRequest& request) {
    const milliseconds timeout(std::max(request.timeout_ms, 0));
    {
      absl::MutexLock lock(&mutex_);
      timer_ = timers_.run_after(timeout, [self = shared_from_this()] { self->end(true); });
    }
    call_->on_cancel([self = shared_from_this()] { self->end(false); });
    for (size_t t = 0; t < request.topics.size(); ++t) {
      const auto found = find_topic(broker.log(), {.name = request.topics[t].name});
      for (size_t p = 0; p < request.topics[t].partitions.size(); ++p)
        start_partition(broker, found, request.topics[t].partitions[p].offset, t, p);
    }
    done_with_one();
  }

 private:
  void start_partition(Broker& broker, const FoundTopic& topic, int64_t wanted, size_t t,
                       size_t p) {
    const int32_t index = response_.topics[t].partitions[p].index;
    auto found = find_partition(broker.log(), topic, index);
    if (found.error == error::kNone) found.error = check(topic.description);
    if (found.error != error::kNone) return answer(t, p, {.error_code = found.error});
    const Offset end = found.partition->high_watermark();
    const Offset start = wanted == kHighWatermark ? end : Offset(wanted);
    if (start < Offset(0) || start > end)
      return answer(t, p, {.error_code = error::kOffsetOutOfRange});
    trim_after(milliseconds(0), found.partition, start, t, p);
  }

  void trim_after(milliseconds delay, std::shared_ptr<log::Partition> partition, Offset start,
                  size_t t, size_t p) {
    timers_.run_after(delay, [self = shared_from_this(), partition = std::move(partition), start, t,
                              p] { self->trim(partition, start, t, p); });
  }

  static int16_t check(const log::TopicDescription& topic) {
    if (is_internal_topic(topic.name)) return error::kInvalidTopic;
    return is_deleted(topic.settings) ? error::kNone : error::kPolicyViolation;
  }

  void trim(const std::shared_ptr<log::Partition>& partition, Offset start, size_t t, size_t p) {
    {
      absl::MutexLock lock(&mutex_);
      if (is_over_) return;  // nobody waits for it any more
    }
    auto trimmed = partition->trim(start);
    // A checkpoint is still to come: it was asked for.
    if (absl::IsUnavailable(trimmed.status())) return trim_after(kRetry, partition, start, t, p);
    if (!trimmed.ok()) return answer(t, p, {.error_code = error_of(trimmed.status())});
    answer(t, p, {.low_watermark = trimmed->value, .error_code = error::kNone});
  }

  void answer(size_t t, size_t p, Answer answer) {
    {
      absl::MutexLock lock(&mutex_);
      if (is_over_) return;
      Answer& place = response_.topics[t].partitions[p];
      answer.index = place.index;
      place = answer;
    }
    done_with_one();
  }

  void done_with_one() {
    {
      absl::MutexLock lock(&mutex_);
      if (--pending_ > 0) return;
    }
    end(true);
  }

  void end(bool has_client) {
    {
      absl::MutexLock lock(&mutex_);
      if (is_over_) return;
      is_over_ = true;
      timers_.cancel(timer_);
    }
    if (has_client) {
      call_->answer(response_);
    } else {
      call_->answer_nothing();
    }
  }

  net::Timers& timers_;
  const std::shared_ptr<Call> call_;

  absl::Mutex mutex_;
  DeleteRecordsResponse response_;              // constant once it is over
  size_t pending_ ABSL_GUARDED_BY(mutex_) = 1;  // start() itself is the last
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  net::Timers::TimerId timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, DeleteRecordsRequest request) {
  std::make_shared<PendingDeletion>(broker, std::move(call), request)->start(broker, request);
}

}  // namespace kappa::kafka
