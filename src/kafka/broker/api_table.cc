#include "kafka/broker/api_table.h"

#include <array>

#include "kafka/broker/handlers.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

template <typename Api>
bool serve(Broker& broker, std::shared_ptr<Call> call) {
  typename Api::Request request;
  // Bytes after the message are passed over, as Kafka does: librdkafka 2.0 sends one too many with
  // ListGroups.
  if (!decode_front(call->body(), call->version(), request)) return false;
  if constexpr (requires { handle(broker, *call, request); }) {
    call->answer(handle(broker, *call, request));
  } else {
    handle(broker, std::move(call), std::move(request));
  }
  return true;
}

template <typename Api>
constexpr ApiEntry entry(int16_t advertised_first = Api::kInfo.versions.first) {
  return {&Api::Request::kInfo, advertised_first, &serve<Api>};
}

// Produce is told from version 0 on though 0 to 2 are refused: older librdkafka concludes from
// version 0 that compression is understood, and would silently switch it off (KAFKA-18659).
// clang-format off: one a line, to merge easily
constexpr std::array kApis = {
    entry<ProduceApi>(0),
    entry<FetchApi>(),
    entry<ListOffsetsApi>(),
    entry<MetadataApi>(),
    entry<OffsetCommitApi>(),
    entry<OffsetFetchApi>(),
    entry<FindCoordinatorApi>(),
    entry<JoinGroupApi>(),
    entry<HeartbeatApi>(),
    entry<LeaveGroupApi>(),
    entry<SyncGroupApi>(),
    entry<DescribeGroupsApi>(),
    entry<ListGroupsApi>(),
    entry<ApiVersionsApi>(),
    entry<CreateTopicsApi>(),
    entry<DeleteTopicsApi>(),
    entry<InitProducerIdApi>(),
    entry<DescribeConfigsApi>(),
    entry<DeleteGroupsApi>(),
    entry<OffsetDeleteApi>(),
    entry<DescribeClusterApi>(),
    entry<ConsumerGroupHeartbeatApi>(),
    entry<ConsumerGroupDescribeApi>(),
    entry<AlterConfigsApi>(),
    entry<IncrementalAlterConfigsApi>(),
    entry<CreatePartitionsApi>(),
    entry<OffsetForLeaderEpochApi>(),
    entry<DescribeLogDirsApi>(),
    entry<ElectLeadersApi>(),
    entry<AlterPartitionReassignmentsApi>(),
    entry<ListPartitionReassignmentsApi>(),
    entry<DescribeTopicPartitionsApi>(),
    entry<ListConfigResourcesApi>(),
    entry<UpdateFeaturesApi>(),
    entry<DescribeAclsApi>(),
    entry<CreateAclsApi>(),
    entry<DeleteAclsApi>(),
    entry<DescribeClientQuotasApi>(),
    entry<AlterClientQuotasApi>(),
    entry<DescribeUserScramCredentialsApi>(),
    entry<AlterUserScramCredentialsApi>(),
    entry<DeleteRecordsApi>(),
    entry<AddPartitionsToTxnApi>(),
    entry<AddOffsetsToTxnApi>(),
    entry<EndTxnApi>(),
    entry<WriteTxnMarkersApi>(),
    entry<TxnOffsetCommitApi>(),
    entry<DescribeProducersApi>(),
    entry<DescribeTransactionsApi>(),
    entry<ListTransactionsApi>(),
};
// clang-format on

const ApiEntry* find_api(int16_t key) {
  for (const auto& api : kApis) {
    if (api.info->api_key == key) return &api;
  }
  return nullptr;
}

}  // namespace

std::span<const ApiEntry> api_table() { return kApis; }

bool dispatch(Broker& broker, std::shared_ptr<Call> call) {
  if (!call->read_header()) return call->refuse("the request's header is short"), false;
  const ApiEntry* api = find_api(call->header().api_key);
  bool is_supported = api != nullptr && api->info->versions.contains(call->version());
  if (!is_supported && call->header().api_key == ApiVersionsApi::kInfo.api_key) {
    // A client newer than we are learns the versions in the one form that all understand.
    call->answer_as(api_versions(error::kUnsupportedVersion, 0), 0);
    return true;
  }
  if (!is_supported) return call->refuse("api or version not supported"), false;
  if (api->info->flexible.contains(call->version()) && !call->skip_header_tags()) {
    return call->refuse("the request's header is malformed"), false;
  }
  if (!api->serve(broker, call)) return call->refuse("the request is malformed"), false;
  return true;
}

}  // namespace kappa::kafka
