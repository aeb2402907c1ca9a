#pragma once
// The handlers, one file each in handlers/. Most answer at once and return their response; those
// that answer later keep the call. They run on the connection's thread.

#include <memory>

#include "kafka/broker/broker.h"
#include "kafka/broker/call.h"
#include "kafka/groups/member.h"
#include "kafka/protocol/messages/all.h"

namespace kappa::kafka {

ApiVersionsResponse handle(Broker& broker, const Call& call, const ApiVersionsRequest& request);
MetadataResponse handle(Broker& broker, const Call& call, const MetadataRequest& request);
ListOffsetsResponse handle(Broker& broker, const Call& call, const ListOffsetsRequest& request);
FindCoordinatorResponse handle(Broker& broker, const Call& call,
                               const FindCoordinatorRequest& request);
CreateTopicsResponse handle(Broker& broker, const Call& call, const CreateTopicsRequest& request);
DeleteTopicsResponse handle(Broker& broker, const Call& call, const DeleteTopicsRequest& request);
InitProducerIdResponse handle(Broker& broker, const Call& call,
                              const InitProducerIdRequest& request);
DescribeConfigsResponse handle(Broker& broker, const Call& call,
                               const DescribeConfigsRequest& request);
DescribeClusterResponse handle(Broker& broker, const Call& call,
                               const DescribeClusterRequest& request);
HeartbeatResponse handle(Broker& broker, const Call& call, const HeartbeatRequest& request);
ConsumerGroupDescribeResponse handle(Broker& broker, const Call& call,
                                     const ConsumerGroupDescribeRequest& request);
LeaveGroupResponse handle(Broker& broker, const Call& call, LeaveGroupRequest& request);
ListGroupsResponse handle(Broker& broker, const Call& call, const ListGroupsRequest& request);
OffsetFetchResponse handle(Broker& broker, const Call& call, const OffsetFetchRequest& request);

void handle(Broker& broker, std::shared_ptr<Call> call, ProduceRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, FetchRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, JoinGroupRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, SyncGroupRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, ConsumerGroupHeartbeatRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetCommitRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetDeleteRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DeleteGroupsRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DescribeGroupsRequest request);

// Who asks to be a member of a group.
JoiningClient joining_client(const Call& call);
// The list of what is served, as ApiVersions tells it.
ApiVersionsResponse api_versions(int16_t error_code);

}  // namespace kappa::kafka
