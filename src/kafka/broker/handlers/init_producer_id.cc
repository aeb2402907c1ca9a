// InitProducerId: a fresh id for an idempotent producer; for a transactional one the id's own, with
// an epoch that fences whoever had it before. An idempotent producer that lost its way (KIP-360)
// gets a fresh id too, as it has no transactional id that would have to stay the same.

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithFenced = 4;

void answer_with(Call& call, const ProducerIdentity& identity) {
  InitProducerIdResponse response;
  response.error_code = fenced_as(identity.error, call.version() >= kFirstVersionWithFenced);
  response.producer_id = identity.producer_id;
  response.producer_epoch = identity.epoch;
  call.answer(response);
}

ProducerIdentity fresh_identity(const Broker& broker) {
  auto id = broker.log().allocate_producer_id();
  if (id.ok()) return {error::kNone, *id, 0};
  LOG_ERROR("no producer id: error={}", message_of(id.status()));
  return {.error = error_of(id.status())};
}

}  // namespace

int16_t fenced_as(int16_t error, bool knows_fenced) {
  return error == error::kProducerFenced && !knows_fenced ? error::kInvalidProducerEpoch : error;
}

void handle(Broker& broker, std::shared_ptr<Call> call, InitProducerIdRequest request) {
  if ((request.producer_id < 0) != (request.producer_epoch < 0)) {
    return answer_with(*call, {.error = error::kInvalidRequest});
  }
  if (!request.transactional_id) return answer_with(*call, fresh_identity(broker));
  broker.transactions().init(
      *request.transactional_id, request.transaction_timeout_ms,
      {request.producer_id, request.producer_epoch},
      [call](const ProducerIdentity& identity) { answer_with(*call, identity); });
}

}  // namespace kappa::kafka
