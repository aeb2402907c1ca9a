#pragma once
// Fetch sessions (KIP-227): the broker remembers what a client fetches, so that a request names
// only what has changed since the last one, and an answer only partitions that have news.
//
//   epoch 0         all partitions; the answer may open a session: its id, next epoch 1
//   epoch 1, 2, …   changes; each request must bear the next epoch (after 2^31-1 comes 1)
//   epoch -1        all partitions, without a session; closes the one that the id names
//
// A request becomes a FetchContext, which says what is to be read and then makes the answer of what
// was read. The cache is bounded in sessions and in bytes: a new one takes the place of one that
// has not been used for eviction_ms, else of a smaller one that is as old; else there is no session
// for the client (id 0), which works as well. Thread-safe. Borrows env.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "env/env.h"
#include "kafka/protocol/messages/fetch.h"

namespace kappa::kafka {

struct FetchSessionLimits {
  int32_t sessions_max = 1000;  // max.incremental.fetch.session.cache.slots
  size_t bytes_max = size_t{64} << 20;
  int64_t eviction_ms = 120'000;  // Kafka's min.incremental.fetch.session.eviction.ms
};

// A partition as a session knows it.
struct FetchedPartition {
  std::string topic;  // empty where topics go by id
  TopicId topic_id;
  FetchRequest::Topic::Partition wanted;
  int64_t high_watermark = -1;  // as last told
  int64_t log_start_offset = -1;

  size_t size_bytes() const;
};

class FetchSession {
 public:
  FetchSession(int32_t id, bool has_topic_ids) : id_(id), has_topic_ids_(has_topic_ids) {}

  int32_t id() const { return id_; }

  // The partitions of an answer to epoch 0, with what it tells.
  void fill(const FetchRequest& request, const FetchResponse& response);
  // Takes a request's changes, if its epoch is the next. Returns an error code.
  int16_t update(const FetchRequest& request, bool has_topic_ids);
  // What to read, in the order in which it is to be read.
  std::vector<FetchedPartition> partitions() const;
  // Takes what has no news out of the answer to `epoch`, and remembers the rest. Returns an error
  // code when the session has gone on meanwhile.
  int16_t finish(int32_t epoch, FetchResponse& response);
  bool is_empty() const;
  size_t size_bytes() const;

 private:
  struct Key {
    std::string topic;
    TopicId topic_id;
    int32_t index;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.topic, key.topic_id.bytes, key.index);
    }
  };
  using Partitions = std::list<FetchedPartition>;

  void put(FetchedPartition partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool take_news(const Key& key, const FetchResponse::Topic::Partition& answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int32_t id_;
  const bool has_topic_ids_;
  mutable absl::Mutex mutex_;
  int32_t next_epoch_ ABSL_GUARDED_BY(mutex_) = 1;
  Partitions partitions_ ABSL_GUARDED_BY(mutex_);  // those that had records go to the end
  absl::flat_hash_map<Key, Partitions::iterator> places_ ABSL_GUARDED_BY(mutex_);
  size_t size_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

class FetchSessions;

// One request on its way to its answer.
class FetchContext {
 public:
  // Not 0: the whole request is refused.
  int16_t error() const { return error_; }
  // All that is to be read: the request with the partitions of its session.
  const FetchRequest& request() const { return request_; }
  // Makes the answer of what was read for request(), once.
  void finish(FetchResponse& response);

 private:
  friend class FetchSessions;
  FetchContext(FetchSessions& sessions, FetchRequest request)
      : sessions_(sessions), request_(std::move(request)) {}
  // Puts all that the session knows into the request.
  void take_partitions();

  FetchSessions& sessions_;
  FetchRequest request_;
  std::vector<FetchedPartition> partitions_;  // of the session; request_ has views into them
  int16_t error_ = 0;
  bool may_open_ = false;
  bool has_topic_ids_ = false;
  std::shared_ptr<FetchSession> session_;
};

class FetchSessions {
 public:
  FetchSessions(env::Env& env, const FetchSessionLimits& limits) : env_(env), limits_(limits) {}

  // The request's views must stay valid as long as the context. Versions below 7 know no sessions.
  std::unique_ptr<FetchContext> begin(FetchRequest request, int16_t version);

  size_t session_count() const;
  size_t size_bytes() const;

 private:
  friend class FetchContext;
  struct Entry {
    std::shared_ptr<FetchSession> session;
    int64_t created_ms = 0;
    int64_t used_ms = 0;
    size_t size_bytes = 0;
  };
  using Entries = absl::flat_hash_map<int32_t, Entry>;

  void go_on(FetchContext& context);
  // The new session, or nullptr when there is no room.
  std::shared_ptr<FetchSession> open(const FetchContext& context, const FetchResponse& response);
  bool make_room(size_t size_bytes, int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void erase(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void close(int32_t id);

  env::Env& env_;
  const FetchSessionLimits limits_;
  mutable absl::Mutex mutex_;  // taken before a session's
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  size_t size_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kappa::kafka
