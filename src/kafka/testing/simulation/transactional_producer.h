#pragma once
// A transactional producer in one of the two flows: the older one, which says beforehand where it
// will write, and KIP-890's, where writing says it and each transaction has its own epoch. Keeps
// the ledger's transactions. Confined to its process.

#include <set>
#include <string>
#include <vector>

#include "kafka/testing/simulation/batch_sender.h"

namespace kappa::kafka::simulation {

enum class Flow { kOlder, kNewer };

// The member of a group that offsets are committed for.
struct GroupMember {
  std::string group;
  std::string member_id;
  int32_t generation = -1;
};

class TransactionalProducer {
 public:
  TransactionalProducer(Site& site, Client& client, std::string id, Flow flow, int32_t timeout_ms);

  // Takes the id over; until then nothing else may be done. Again when is_defunct().
  Task<> init();
  bool is_defunct() const { return is_defunct_; }

  // A transaction: begin, then writes and offsets, then commit or abort. Without success of a
  // write it can only be aborted.
  size_t begin();
  Task<bool> write(const TopicPartition& place, std::vector<size_t> records);
  Task<bool> write_offsets(const GroupMember& member, std::map<TopicPartition, int64_t> offsets);
  // False: it was not committed, or nobody knows.
  Task<bool> commit();
  Task<> abort();

 private:
  // What an answer's error means for who waits for success.
  enum class Verdict { kDone, kTryAgain, kFailed };

  Verdict judge(int16_t error);
  Verdict judge_init(int16_t error);
  Task<bool> add_partition(const TopicPartition& place);
  Task<bool> add_offsets(const std::string& group);
  Task<int16_t> end(bool is_commit, bool& is_certain);
  void take_identity(const ProducerClaim& claim);
  void note_commit(bool is_acknowledged, bool is_certain);
  SentTransaction& transaction() { return site_.ledger.transactions[transaction_]; }
  int16_t version_up_to(int16_t older, int16_t newer) const;

  Site& site_;
  Client& client_;
  const std::string id_;
  const Flow flow_;
  const int32_t timeout_ms_;
  BatchSender sender_;
  ProducerClaim claim_;
  bool is_defunct_ = true;
  size_t transaction_ = 0;
  std::set<TopicPartition> places_;  // said beforehand
};

}  // namespace kappa::kafka::simulation
