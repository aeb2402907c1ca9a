#pragma once
// The handlers, one file each in handlers/. Most answer at once and return their response; those
// that answer later keep the call. They run on the connection's thread.

#include <memory>

#include "kafka/broker/broker.h"
#include "kafka/broker/call.h"
#include "kafka/protocol/messages/all.h"

namespace kappa::kafka {

ApiVersionsResponse handle(Broker& broker, const Call& call, const ApiVersionsRequest& request);
MetadataResponse handle(Broker& broker, const Call& call, const MetadataRequest& request);
ListOffsetsResponse handle(Broker& broker, const Call& call, const ListOffsetsRequest& request);
FindCoordinatorResponse handle(Broker& broker, const Call& call,
                               const FindCoordinatorRequest& request);
CreateTopicsResponse handle(Broker& broker, const Call& call, const CreateTopicsRequest& request);
DeleteTopicsResponse handle(Broker& broker, const Call& call, const DeleteTopicsRequest& request);
DescribeConfigsResponse handle(Broker& broker, const Call& call,
                               const DescribeConfigsRequest& request);
DescribeClusterResponse handle(Broker& broker, const Call& call,
                               const DescribeClusterRequest& request);
HeartbeatResponse handle(Broker& broker, const Call& call, const HeartbeatRequest& request);
LeaveGroupResponse handle(Broker& broker, const Call& call, LeaveGroupRequest& request);
ListGroupsResponse handle(Broker& broker, const Call& call, const ListGroupsRequest& request);
OffsetFetchResponse handle(Broker& broker, const Call& call, const OffsetFetchRequest& request);
DescribeProducersResponse handle(Broker& broker, const Call& call,
                                 const DescribeProducersRequest& request);
DescribeTransactionsResponse handle(Broker& broker, const Call& call,
                                    const DescribeTransactionsRequest& request);
ListTransactionsResponse handle(Broker& broker, const Call& call,
                                const ListTransactionsRequest& request);

void handle(Broker& broker, std::shared_ptr<Call> call, ProduceRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, FetchRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, JoinGroupRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, SyncGroupRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetCommitRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetDeleteRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DeleteGroupsRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DescribeGroupsRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, InitProducerIdRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, AddPartitionsToTxnRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, AddOffsetsToTxnRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, EndTxnRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, TxnOffsetCommitRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, WriteTxnMarkersRequest request);

// The list of what is served, as ApiVersions tells it in that version.
ApiVersionsResponse api_versions(int16_t error_code, int16_t version);

// What older versions of an API call a fenced producer.
int16_t fenced_as(int16_t error, bool knows_fenced);

}  // namespace kappa::kafka
