// DeleteGroups: each for itself; answered when the last deletion is durable.

#include <atomic>

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {
namespace {

struct PendingDeletion {
  std::shared_ptr<Call> call;
  DeleteGroupsResponse response;  // each result is written once
  std::atomic<size_t> pending;

  void done_with_one() {
    if (pending.fetch_sub(1) == 1) call->answer(response);
  }
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, DeleteGroupsRequest request) {
  auto deletion = std::make_shared<PendingDeletion>();
  deletion->call = std::move(call);
  deletion->pending = request.groups_names.size() + 1;
  for (auto id : request.groups_names) {
    deletion->response.results.push_back({.group_id = std::string(id)});
  }
  for (size_t i = 0; i < request.groups_names.size(); ++i) {
    broker.groups().delete_group(request.groups_names[i], [deletion, i](int16_t error) {
      deletion->response.results[i].error_code = error;
      deletion->done_with_one();
    });
  }
  deletion->done_with_one();
}

}  // namespace kappa::kafka
