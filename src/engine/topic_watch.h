#pragma once
// What the engine has to say to changes of topics that relations read.
//
//   more partitions   a stream reads them from their first offset, and its views go on. Refused
//                     under a keyed relation (a key's records would lie in two partitions, without
//                     an order between them) and under a table (SQL writes one partition)
//   compaction on     refused under a stream: its rows would go
//
// Registered with the log as long as it lives. Thread-safe.

#include <absl/synchronization/mutex.h>

#include <vector>

#include "engine/live.h"
#include "log/log.h"

namespace kappa::engine {

class TopicWatch : public log::TopicObserver {
 public:
  TopicWatch(log::Log& log, Live& live);
  ~TopicWatch() override;

  Status check_change(const log::TopicDescription& before,
                      const log::TopicDescription& after) override;
  void changed(const log::TopicDescription& topic) override;

  // A relation that is being made counts as one that is there, as long as the claim lives; the
  // watch must outlive it. Changes that were allowed before are over when this returns. Errors:
  // the topic is not fit for the relation any more.
  class Claim;
  StatusOr<std::unique_ptr<Claim>> claim(DefinitionPtr definition);

 private:
  static Status check(const log::TopicDescription& before, const log::TopicDescription& after,
                      const Definition& definition);

  log::Log& log_;
  Live& live_;
  absl::Mutex mutex_;
  std::vector<DefinitionPtr> claimed_ ABSL_GUARDED_BY(mutex_);
};

class TopicWatch::Claim {
 public:
  Claim(TopicWatch& watch, DefinitionPtr definition);
  ~Claim();

 private:
  TopicWatch& watch_;
  const DefinitionPtr definition_;
};

// On the live thread: sources and tables take the partitions that their topics have got.
void grow_relations(Live::State& state);

}  // namespace kappa::engine
