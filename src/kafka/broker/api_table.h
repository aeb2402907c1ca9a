#pragma once
// The list of APIs that the broker serves, from which requests are dispatched and the ApiVersions
// answer is computed. A handler's versions are those of its definition in protocol/kafka/.

#include <memory>
#include <span>

#include "kafka/broker/broker.h"
#include "kafka/broker/call.h"

namespace kappa::kafka {

struct ApiEntry {
  const MessageInfo* info;
  int16_t advertised_first;  // the lowest version that ApiVersions tells; see api_table.cc
  // Decodes the body and serves it. False: the body is not a message of that version.
  bool (*serve)(Broker& broker, std::shared_ptr<Call> call);
};

std::span<const ApiEntry> api_table();

// Reads the header and starts the request. False when the connection was closed instead.
bool dispatch(Broker& broker, std::shared_ptr<Call> call);

}  // namespace kappa::kafka
