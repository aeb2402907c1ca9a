// EndTxn: answered when every marker is on disk, so that who reads next finds what was committed.

#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {

void handle(Broker& broker, std::shared_ptr<Call> call, EndTxnRequest request) {
  constexpr int16_t kFirstVersionWithFenced = 2;
  constexpr int16_t kFirstVersionThatBumps = 5;
  auto answer = [call](const ProducerIdentity& identity) {
    EndTxnResponse response;
    response.error_code = fenced_as(identity.error, call->version() >= kFirstVersionWithFenced);
    response.producer_id = identity.producer_id;
    response.producer_epoch = identity.epoch;
    call->answer(response);
  };
  broker.transactions().end(request.transactional_id, {request.producer_id, request.producer_epoch},
                            request.committed, call->version() >= kFirstVersionThatBumps,
                            std::move(answer));
}

}  // namespace kappa::kafka
