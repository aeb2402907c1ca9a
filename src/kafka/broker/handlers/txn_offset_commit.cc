// TxnOffsetCommit: offsets that count when their transaction is committed. From version 5 on it
// adds them to the transaction by itself.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionThatAdds = 5;

class PendingCommit {
 public:
  explicit PendingCommit(std::shared_ptr<Call> call) : call_(std::move(call)) {}

  // What may be committed; what may not gets its error.
  std::vector<OffsetToCommit> check(const Broker& broker, const TxnOffsetCommitRequest& request) {
    std::vector<OffsetToCommit> offsets;
    const auto metadata_max =
        static_cast<size_t>(broker.options().groups.offset_metadata_bytes_max);
    for (const auto& wanted : request.topics) {
      auto& answer = response_.topics.emplace_back();
      answer.name = std::string(wanted.name);
      auto topic = find_topic(broker.log(), {.name = wanted.name});
      for (const auto& partition : wanted.partitions) {
        auto found = find_partition(broker.log(), topic, partition.index);
        std::string metadata(partition.committed_metadata.value_or(""));
        if (found.error == error::kNone && metadata.size() > metadata_max) {
          found.error = error::kOffsetMetadataTooLarge;
        }
        answer.partitions.push_back({.index = partition.index, .error_code = found.error});
        if (found.error != error::kNone) continue;
        offsets.push_back({{answer.name, partition.index},
                           {.offset = partition.committed_offset,
                            .leader_epoch = partition.committed_leader_epoch,
                            .metadata = std::move(metadata),
                            .commit_ms = broker.env().wall_ms(),
                            .expires_ms = std::nullopt}});
      }
    }
    return offsets;
  }

  // The error is that of all partitions that had none.
  void answer(int16_t error) {
    set_where_no_error(response_.topics, error);
    call_->answer(response_);
  }

 private:
  const std::shared_ptr<Call> call_;
  TxnOffsetCommitResponse response_;
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, TxnOffsetCommitRequest request) {
  const bool may_add = call->version() >= kFirstVersionThatAdds;
  auto pending = std::make_shared<PendingCommit>(std::move(call));
  auto offsets = pending->check(broker, request);
  if (request.group_id.empty()) return pending->answer(error::kInvalidGroupId);
  const MemberClaim member{.member_id = request.member_id,
                           .instance_id = request.group_instance_id,
                           .generation = request.generation_id};
  const ProducerClaim claim{request.producer_id, request.producer_epoch};
  // While the transaction is kept from ending.
  auto write = [&](int16_t error) {
    if (error != error::kNone) return pending->answer(fenced_as(error, false));
    broker.groups().commit_pending(request.group_id, member, {claim.producer_id, claim.epoch},
                                   std::move(offsets),
                                   [pending](int16_t e) { pending->answer(e); });
  };
  broker.transactions().attach_group(request.transactional_id, claim, request.group_id, may_add,
                                     write);
}

}  // namespace kappa::kafka
