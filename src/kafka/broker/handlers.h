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
AlterConfigsResponse handle(Broker& broker, const Call& call, const AlterConfigsRequest& request);
IncrementalAlterConfigsResponse handle(Broker& broker, const Call& call,
                                       const IncrementalAlterConfigsRequest& request);
CreatePartitionsResponse handle(Broker& broker, const Call& call,
                                const CreatePartitionsRequest& request);
OffsetForLeaderEpochResponse handle(Broker& broker, const Call& call,
                                    const OffsetForLeaderEpochRequest& request);
DescribeLogDirsResponse handle(Broker& broker, const Call& call,
                               const DescribeLogDirsRequest& request);
ElectLeadersResponse handle(Broker& broker, const Call& call, const ElectLeadersRequest& request);
AlterPartitionReassignmentsResponse handle(Broker& broker, const Call& call,
                                           const AlterPartitionReassignmentsRequest& request);
ListPartitionReassignmentsResponse handle(Broker& broker, const Call& call,
                                          const ListPartitionReassignmentsRequest& request);
DescribeTopicPartitionsResponse handle(Broker& broker, const Call& call,
                                       const DescribeTopicPartitionsRequest& request);
ListConfigResourcesResponse handle(Broker& broker, const Call& call,
                                   const ListConfigResourcesRequest& request);
UpdateFeaturesResponse handle(Broker& broker, const Call& call,
                              const UpdateFeaturesRequest& request);
DescribeAclsResponse handle(Broker& broker, const Call& call, const DescribeAclsRequest& request);
CreateAclsResponse handle(Broker& broker, const Call& call, const CreateAclsRequest& request);
DeleteAclsResponse handle(Broker& broker, const Call& call, const DeleteAclsRequest& request);
DescribeClientQuotasResponse handle(Broker& broker, const Call& call,
                                    const DescribeClientQuotasRequest& request);
AlterClientQuotasResponse handle(Broker& broker, const Call& call,
                                 const AlterClientQuotasRequest& request);
DescribeUserScramCredentialsResponse handle(Broker& broker, const Call& call,
                                            const DescribeUserScramCredentialsRequest& request);
AlterUserScramCredentialsResponse handle(Broker& broker, const Call& call,
                                         const AlterUserScramCredentialsRequest& request);
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
void handle(Broker& broker, std::shared_ptr<Call> call, ConsumerGroupHeartbeatRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetCommitRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, OffsetDeleteRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DeleteGroupsRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DescribeGroupsRequest request);
void handle(Broker& broker, std::shared_ptr<Call> call, DeleteRecordsRequest request);

// Who asks to be a member of a group.
JoiningClient joining_client(const Call& call);
// The list of what is served, as ApiVersions tells it.
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
