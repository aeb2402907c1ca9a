#include "engine/replay.h"

#include "base/logging.h"
#include "engine/contents_feed.h"

namespace kappa::engine {
namespace {

// Fewer records than this are read inside the switch, while live steps wait.
constexpr int64_t kSwitchRecordsMax = 20'000;
// A log that grows faster than it is replayed is switched over all the same after this many rounds.
constexpr int kRoundsMax = 1'000;

double seconds_between(int64_t from_us, int64_t to_us) { return (to_us - from_us) / 1e6; }

}  // namespace

std::string ReplayProgress::text() const {
  if (state == "failed") return fmt::format("{}: failed: {}", name, error);
  double percent = records_total == 0 ? 100.0 : 100.0 * records_done / records_total;
  return fmt::format("{}: {} of {} records ({:.0f} %), {:.0f} records/s, {:.0f} s left", name,
                     records_done, records_total, percent, records_per_second, seconds_left);
}

Replay::Replay(env::Env& env, Live& live, std::unique_ptr<flow::WorkerPool> workers,
               std::vector<std::unique_ptr<ViewNode>> views, std::vector<int64_t> replaced,
               Switch on_switch, std::function<void(const Status&)> on_end)
    : env_(env),
      live_(live),
      workers_(std::move(workers)),
      pipeline_(std::make_unique<Pipeline>(live.log(), *workers_)),
      replaced_(std::move(replaced)),
      on_switch_(std::move(on_switch)),
      on_end_(std::move(on_end)) {
  progress_.name = views.front()->definition().name;
  progress_.version = views.front()->definition().version;
  progress_.state = "reading";
  for (auto& view : views) pipeline_->add_view(std::move(view));
}

Replay::~Replay() {
  cancel();
  if (thread_) thread_->join();
}

Status Replay::add_stream(DefinitionPtr definition, Partitions partitions) {
  ASSIGN_OR_RETURN(TopicRelation topic,
                   TopicRelation::create(std::move(definition), std::move(partitions)));
  pipeline_->add_topic(std::move(topic));
  return OkStatus();
}

Status Replay::start() {
  started_us_ = env_.monotonic_us();
  ASSIGN_OR_RETURN(thread_, env_.start_thread("replay", env::ThreadPriority::kBackground,
                                              [this] { finish(run()); }));
  return OkStatus();
}

void Replay::cancel() { is_cancelled_ = true; }

Status Replay::run() {
  RETURN_IF_ERROR(subscribe());
  RETURN_IF_ERROR(feed_upstream());
  RETURN_IF_ERROR(read_towards_live());
  {
    absl::MutexLock lock(&mutex_);
    progress_.state = "switching";
  }
  return live_.run([this](Live::State& state) { return switch_over(state); });
}

// From here on every change of the upstream relations is either in initial_ or recorded.
Status Replay::subscribe() {
  for (const DefinitionPtr& definition : upstream_) recorder_->relations.push_back(definition->id);
  if (upstream_.empty()) return OkStatus();
  return live_.run([this](Live::State& state) -> Status {
    std::map<int64_t, RelationState> states = state.pipeline.states();
    for (const DefinitionPtr& definition : upstream_) {
      auto found = states.find(definition->id);
      if (found == states.end())
        return aborted("relation was dropped meanwhile: name={}", definition->name);
      RETURN_IF_ERROR(found->second.failure);
      initial_[definition->id] = found->second;
    }
    state.recorders.push_back(recorder_);
    return OkStatus();
  });
}

Status Replay::feed_upstream() {
  for (const DefinitionPtr& definition : upstream_) {
    RETURN_IF_ERROR(feed_contents(*pipeline_, *definition, initial_[definition->id].contents,
                                  [this] { return take_step(Frontier()); }));
  }
  initial_.clear();
  return take_step(Frontier());
}

void Replay::feed_recorded() {
  for (auto& [id, delta] : recorder_->take()) pipeline_->feed(id, std::move(delta));
}

Status Replay::read_towards_live() {
  for (int round = 0; round < kRoundsMax; round++) {
    Frontier target = live_.snapshot()->frontier;
    pipeline_->grow_topics();  // now it has every partition of the target
    report(target);
    if (records_left(target) <= kSwitchRecordsMax) return OkStatus();
    while (records_left(target) > 0) {
      feed_recorded();
      RETURN_IF_ERROR(take_step(target));
      report(target);
    }
  }
  return OkStatus();
}

Status Replay::take_step(const Frontier& target) {
  if (is_cancelled_) return cancelled("canceling statement due to user request");
  int64_t begin_us = env_.monotonic_us();
  RETURN_IF_ERROR(pipeline_->step(target, step_size_.bytes()));
  RETURN_IF_ERROR(pipeline_->failure());
  step_size_.adapt(env_.monotonic_us() - begin_us);
  return OkStatus();
}

int64_t Replay::records_left(const Frontier& target) const {
  int64_t left = 0;
  for (const auto& [id, node] : pipeline_->topics()) {
    const std::vector<Offset>& goal = target.of(node->definition().topic_id);
    for (size_t i = 0; i < goal.size() && i < node->position().size(); i++)
      left += std::max<int64_t>(0, goal[i] - node->position()[i]);
  }
  return left;
}

// On the live thread: the rest of the history, then the views change pipelines.
Status Replay::switch_over(Live::State& state) {
  if (is_cancelled_) return cancelled("canceling statement due to user request");
  Frontier target = state.pipeline.frontier();
  pipeline_->grow_topics();
  feed_recorded();
  do {
    RETURN_IF_ERROR(take_step(target));
  } while (records_left(target) > 0);
  report(target);
  RETURN_IF_ERROR(on_switch_(state));
  state.pipeline.add_bytes_read(pipeline_->bytes_read());
  for (int64_t id : replaced_) state.pipeline.remove(id);
  for (auto& view : pipeline_->release_views()) state.pipeline.add_view(std::move(view));
  return OkStatus();
}

void Replay::report(const Frontier& target) {
  int64_t left = records_left(target);
  absl::MutexLock lock(&mutex_);
  progress_.records_done = pipeline_->records_read();
  progress_.records_total = progress_.records_done + left;
  progress_.seconds = seconds_between(started_us_, env_.monotonic_us());
  progress_.records_per_second =
      progress_.seconds > 0 ? progress_.records_done / progress_.seconds : 0;
  progress_.seconds_left =
      progress_.records_per_second > 0 ? left / progress_.records_per_second : 0;
}

void Replay::finish(Status status) {
  unsubscribe();
  pipeline_.reset();
  workers_.reset();
  on_end_(status);
  absl::MutexLock lock(&mutex_);
  progress_.state = status.ok() ? "done" : "failed";
  if (!status.ok()) progress_.error = std::string(message_of(status));
  progress_.seconds = seconds_between(started_us_, env_.monotonic_us());
  status_ = std::move(status);
  is_over_ = true;
}

void Replay::unsubscribe() {
  Status status = live_.run([this](Live::State& state) {
    std::erase(state.recorders, recorder_);
    return OkStatus();
  });
  if (!status.ok()) LOG_DEBUG("replay ends without the live pipeline: {}", message_of(status));
}

ReplayProgress Replay::progress() const {
  absl::MutexLock lock(&mutex_);
  return progress_;
}

bool Replay::is_over() const {
  absl::MutexLock lock(&mutex_);
  return is_over_;
}

bool Replay::wait(absl::Duration at_most) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&is_over_), at_most);
}

Status Replay::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

}  // namespace kappa::engine
