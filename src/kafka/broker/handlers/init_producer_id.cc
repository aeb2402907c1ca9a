// InitProducerId: a fresh id for an idempotent producer. A producer that lost its way (KIP-360)
// gets a fresh one too, as it has no transactional id that would have to stay the same.

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

InitProducerIdResponse refused(int16_t code) {
  InitProducerIdResponse response;
  response.error_code = code;
  response.producer_epoch = -1;
  return response;
}

}  // namespace

InitProducerIdResponse handle(Broker& broker, const Call&, const InitProducerIdRequest& request) {
  if (request.transactional_id) {
    LOG_WARN("transactions are not supported yet: transactional_id={:?}",
             request.transactional_id->substr(0, 64));
    return refused(error::kTransactionalIdAuthorizationFailed);
  }
  if ((request.producer_id < 0) != (request.producer_epoch < 0)) {
    return refused(error::kInvalidRequest);
  }
  auto id = broker.log().allocate_producer_id();
  if (!id.ok()) {
    LOG_ERROR("no producer id: error={}", message_of(id.status()));
    return refused(error_of(id.status()));
  }
  InitProducerIdResponse response;
  response.producer_id = *id;
  response.producer_epoch = 0;
  return response;
}

}  // namespace kappa::kafka
