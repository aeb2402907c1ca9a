// Fetch: reads what the request and its session (fetch_sessions.h) name. Answers at once when there
// is enough, else waits for the partitions to advance or for the time to pass. Nothing polls:
//
//   read ── enough? ──yes──> answer
//    ^        │ no
//    │        v
//    │   watch the partitions, start the timer
//    │        │ a partition advanced (any thread): schedule one look on the timers' thread
//    └────────┘ the timer fired: answer with what is there

#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "kafka/broker/fetch_reading.h"
#include "kafka/broker/fetch_sessions.h"
#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using std::chrono::milliseconds;

// A client that asks for a longer wait gets its empty answer earlier, which is always allowed.
constexpr int32_t kWaitMaxMs = 60'000;

void answer_with(Call& call, FetchContext& context, FetchReading reading) {
  constexpr size_t kBytesPerPartition = 64;
  context.finish(reading.response);
  size_t partitions = 0;
  for (const auto& topic : reading.response.topics) partitions += topic.partitions.size();
  call.answer(reading.response, reading.memory_bytes + partitions * kBytesPerPartition);
}

class PendingFetch : public std::enable_shared_from_this<PendingFetch> {
 public:
  PendingFetch(Broker& broker, std::shared_ptr<Call> call, std::unique_ptr<FetchContext> context)
      : broker_(broker),
        call_(std::move(call)),
        context_(std::move(context)),
        request_(context_->request()) {}

  void start() {
    auto reading = read_all(broker_, request_, call_->version());
    if (is_enough(reading)) return answer_with(*call_, *context_, std::move(reading));
    subscribe();
    look(false);  // for what came between reading and watching
  }

 private:
  bool is_enough(const FetchReading& reading) const {
    return reading.has_error || request_.max_wait_ms <= 0 || request_.topics.empty() ||
           reading.record_bytes >= static_cast<size_t>(std::max(request_.min_bytes, 0));
  }

  void subscribe() {
    auto self = shared_from_this();
    watch_all(self);
    call_->on_cancel([self] { self->cancel(); });
  }

  void watch_all(const std::shared_ptr<PendingFetch>& self) {
    absl::MutexLock lock(&mutex_);
    timer_ = broker_.timers().run_after(milliseconds(std::min(request_.max_wait_ms, kWaitMaxMs)),
                                        [self] { self->look(true); });
    for (auto& partition : partitions_of(broker_, request_, call_->version())) {
      auto id = partition->watch([self] { self->look_soon(); });
      watches_.push_back({std::move(partition), id});
    }
  }

  // From a partition's callback, which may not read the partition itself.
  void look_soon() {
    if (is_look_scheduled_.exchange(true)) return;
    broker_.timers().run_after(milliseconds(0), [self = shared_from_this()] { self->look(false); });
  }

  void look(bool is_last) {
    FetchReading reading;
    {
      absl::MutexLock lock(&mutex_);
      if (is_done_) return;
      is_look_scheduled_ = false;  // before reading: a later advance needs another look
      reading = read_all(broker_, request_, call_->version());
      if (!is_last && !is_enough(reading)) return;
      is_done_ = true;
    }
    unsubscribe();
    answer_with(*call_, *context_, std::move(reading));
  }

  void cancel() {
    {
      absl::MutexLock lock(&mutex_);
      if (is_done_) return;
      is_done_ = true;
    }
    unsubscribe();
    call_->answer_nothing();
  }

  // By the one that set is_done_. Not under the lock, as unwatch() waits for running callbacks.
  void unsubscribe() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    broker_.timers().cancel(timer_);
    for (auto& watch : watches_) watch.partition->unwatch(watch.id);
    watches_.clear();
  }

  struct Watch {
    std::shared_ptr<log::Partition> partition;
    log::Partition::WatchId id;
  };

  Broker& broker_;
  const std::shared_ptr<Call> call_;
  const std::unique_ptr<FetchContext> context_;
  const FetchRequest& request_;  // the context's
  std::atomic<bool> is_look_scheduled_ = false;

  absl::Mutex mutex_;
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;
  net::Timers::TimerId timer_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Watch> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, FetchRequest request) {
  auto context = broker.fetch_sessions().begin(std::move(request), call->version());
  if (context->error() != error::kNone) {
    FetchResponse response;
    response.error_code = context->error();
    return call->answer(response);
  }
  auto bytes_max = static_cast<size_t>(std::max(context->request().max_bytes, 0));
  call->hold(std::min(bytes_max, broker.options().fetch_bytes_max));
  std::make_shared<PendingFetch>(broker, std::move(call), std::move(context))->start();
}

}  // namespace kappa::kafka
