// AddOffsetsToTxn: the older flow's first step towards a group's offsets.

#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {

void handle(Broker& broker, std::shared_ptr<Call> call, AddOffsetsToTxnRequest request) {
  constexpr int16_t kFirstVersionWithFenced = 2;
  auto answer = [call](int16_t error) {
    AddOffsetsToTxnResponse response;
    response.error_code = fenced_as(error, call->version() >= kFirstVersionWithFenced);
    call->answer(response);
  };
  if (request.group_id.empty()) return answer(error::kInvalidGroupId);
  broker.transactions().add_group(request.transactional_id,
                                  {request.producer_id, request.producer_epoch}, request.group_id,
                                  std::move(answer));
}

}  // namespace kappa::kafka
