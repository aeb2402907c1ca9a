// Transactions over the wire, in every version that is served: the flow of old clients, and
// KIP-890's.

#include "kafka/broker/transactional_ids.h"
#include "kafka/testing/broker_test_base.h"
#include "log/transaction_marker.h"

namespace kappa::kafka {
namespace {

class TransactionsTest : public BrokerTestBase {
 protected:
  InitProducerIdResponse init(int16_t version = 5, std::string_view id = "tx") {
    InitProducerIdRequest request{.transactional_id = id, .transaction_timeout_ms = 60'000};
    auto response = client_->call<InitProducerIdApi>(version, request);
    next_sequence_ = 0;
    return response;
  }
  int16_t add_partition(const InitProducerIdResponse& producer, int16_t version,
                        std::string_view topic = "t", int32_t index = 0) {
    AddPartitionsToTxnRequest request{.transactional_id = "tx",
                                      .producer_id = producer.producer_id,
                                      .producer_epoch = producer.producer_epoch};
    auto& wanted = request.topics.emplace_back();
    wanted.name = topic;
    wanted.partitions = {index};
    auto response = client_->call<AddPartitionsToTxnApi>(version, request);
    return response.topics.at(0).partitions.at(0).error_code;
  }
  int16_t add_offsets(const InitProducerIdResponse& producer, int16_t version) {
    AddOffsetsToTxnRequest request{.transactional_id = "tx",
                                   .producer_id = producer.producer_id,
                                   .producer_epoch = producer.producer_epoch,
                                   .group_id = "g"};
    return client_->call<AddOffsetsToTxnApi>(version, request).error_code;
  }
  int16_t commit_offset(const InitProducerIdResponse& producer, int64_t offset, int16_t version) {
    TxnOffsetCommitRequest request{.transactional_id = "tx",
                                   .group_id = "g",
                                   .producer_id = producer.producer_id,
                                   .producer_epoch = producer.producer_epoch};
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.index = 0, .committed_offset = offset});
    auto response = client_->call<TxnOffsetCommitApi>(version, request);
    return response.topics.at(0).partitions.at(0).error_code;
  }
  int16_t send(const InitProducerIdResponse& producer, const std::string& value, int16_t version,
               bool is_transactional = true) {
    std::string records = batch({value}, {.producer_id = producer.producer_id,
                                          .producer_epoch = producer.producer_epoch,
                                          .base_sequence = next_sequence_,
                                          .is_transactional = is_transactional});
    auto request = produce_request("t", records);
    request.topics[0].topic_id = topic_id_;
    request.transactional_id = "tx";
    auto response = client_->call<ProduceApi>(version, request);
    int16_t error = response.topics.at(0).partitions.at(0).error_code;
    next_sequence_ += error == error::kNone;
    return error;
  }
  EndTxnResponse end(const InitProducerIdResponse& producer, bool is_commit, int16_t version) {
    EndTxnRequest request{.transactional_id = "tx",
                          .producer_id = producer.producer_id,
                          .producer_epoch = producer.producer_epoch,
                          .committed = is_commit};
    return client_->call<EndTxnApi>(version, request);
  }
  // As a producer of the newer flow goes on.
  InitProducerIdResponse next(const EndTxnResponse& ended) {
    next_sequence_ = 0;
    return {.error_code = ended.error_code,
            .producer_id = ended.producer_id,
            .producer_epoch = ended.producer_epoch};
  }

  FetchResponse::Topic::Partition fetch_committed(int64_t offset = 0) {
    auto request = fetch_request("t", offset);
    request.isolation_level = 1;
    return client_->call<FetchApi>(11, request).topics.at(0).partitions.at(0);
  }
  int64_t end_offset(int8_t isolation_level) {
    ListOffsetsRequest request{.replica_id = -1, .isolation_level = isolation_level};
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.index = 0, .timestamp = -1});
    return client_->call<ListOffsetsApi>(7, request).topics.at(0).partitions.at(0).offset;
  }
  OffsetFetchResponse::Group::Topic::Partition fetch_offset(bool is_stable_wanted) {
    OffsetFetchRequest request{.require_stable = is_stable_wanted};
    auto& group = request.groups.emplace_back();
    group.group_id = "g";
    auto& topic = group.topics.emplace().emplace_back();
    topic.name = "t";
    topic.partition_indexes = {0};
    auto response = client_->call<OffsetFetchApi>(8, request);
    return response.groups.at(0).topics.at(0).partitions.at(0);
  }
  std::string state_of(std::string_view id) {
    DescribeTransactionsRequest request{.transactional_ids = {id}};
    auto described = client_->call<DescribeTransactionsApi>(0, request).transaction_states.at(0);
    return described.error_code == error::kNone ? described.transaction_state
                                                : fmt::format("error {}", described.error_code);
  }

  TopicId topic_id_ = create_topic("t");
  int32_t next_sequence_ = 0;
};

TEST_F(TransactionsTest, TheOlderFlowWorksInEveryVersion) {
  for (int16_t version = 0; version <= 4; ++version) {
    auto producer = init(version);
    ASSERT_EQ(producer.error_code, error::kNone);
    EXPECT_EQ(send(producer, "early", 9), error::kInvalidTxnState);
    EXPECT_EQ(add_partition(producer, std::min<int16_t>(version, 3)), error::kNone);
    EXPECT_EQ(send(producer, "value", 9), error::kNone);
    EXPECT_EQ(commit_offset(producer, version, version), error::kInvalidTxnState);
    EXPECT_EQ(add_offsets(producer, version), error::kNone);
    EXPECT_EQ(commit_offset(producer, version, version), error::kNone);
    EXPECT_EQ(fetch_offset(true).error_code, error::kUnstableOffsetCommit);
    EXPECT_EQ(fetch_offset(false).committed_offset, version - 1);
    EXPECT_EQ(end(producer, true, version).error_code, error::kNone);
    EXPECT_EQ(fetch_offset(true).committed_offset, version);
  }
  auto seen = fetch_committed();
  EXPECT_EQ(seen.last_stable_offset, 10) << "five records and five markers";
  EXPECT_TRUE(seen.aborted_transactions->empty());
}

TEST_F(TransactionsTest, TheNewerFlowAddsWhatIsWritten) {
  auto producer = init();
  EXPECT_EQ(send(producer, "a", 12), error::kNone);
  EXPECT_EQ(send(producer, "b", 13), error::kNone);
  EXPECT_EQ(commit_offset(producer, 5, 5), error::kNone);
  EXPECT_EQ(state_of("tx"), "Ongoing");
  auto ended = end(producer, true, 5);
  EXPECT_EQ(ended.error_code, error::kNone);
  EXPECT_EQ(ended.producer_epoch, producer.producer_epoch + 1);
  EXPECT_EQ(fetch_offset(true).committed_offset, 5);
  EXPECT_EQ(send(producer, "late", 12), error::kInvalidProducerEpoch);
  producer = next(ended);
  EXPECT_EQ(send(producer, "c", 11), error::kTransactionAbortable) << "it does not add";
  EXPECT_EQ(send(producer, "c", 12), error::kNone);
  EXPECT_EQ(end(producer, false, 5).error_code, error::kNone);
  EXPECT_EQ(state_of("tx"), "CompleteAbort");
}

TEST_F(TransactionsTest, ReadersOfCommittedRecordsStopAtAnOpenTransaction) {
  produce("t", batch({"plain"}));
  auto producer = init();
  send(producer, "open", 12);
  produce("t", batch({"behind"}));
  auto seen = fetch_committed();
  EXPECT_EQ(seen.high_watermark, 3);
  EXPECT_EQ(seen.last_stable_offset, 1);
  EXPECT_EQ(log::parse_whole_batch(seen.records->data)->size_bytes(), seen.records->data.size());
  EXPECT_TRUE(fetch_committed(2).records->data.empty());
  EXPECT_EQ(fetch_committed(2).error_code, error::kNone);
  EXPECT_EQ(end_offset(0), 3);
  EXPECT_EQ(end_offset(1), 1);
  auto everything = fetch("t", 0);
  EXPECT_FALSE(everything.aborted_transactions.has_value());
  end(producer, false, 5);
  seen = fetch_committed();
  EXPECT_EQ(seen.last_stable_offset, 4);
  ASSERT_EQ(seen.aborted_transactions->size(), 1u);
  EXPECT_EQ(seen.aborted_transactions->at(0).producer_id, producer.producer_id);
  EXPECT_EQ(seen.aborted_transactions->at(0).first_offset, 1);
  EXPECT_EQ(end_offset(1), 4);
}

TEST_F(TransactionsTest, AWaitingFetchWakesUpWhenTheTransactionEnds) {
  auto producer = init();
  send(producer, "a", 12);
  TestClient reader(*broker_);
  auto request = fetch_request("t", 0);
  request.isolation_level = 1;
  request.max_wait_ms = 30'000;
  reader.send<FetchApi>(11, request);
  end(producer, true, 5);
  auto seen = reader.receive<FetchApi>(11).topics.at(0).partitions.at(0);
  EXPECT_EQ(seen.last_stable_offset, 2);
  EXPECT_FALSE(seen.records->data.empty());
}

TEST_F(TransactionsTest, AFencedProducerIsToldSoAsItsVersionKnowsIt) {
  auto old = init();
  send(old, "a", 12);
  auto producer = init();
  EXPECT_EQ(producer.producer_epoch, old.producer_epoch + 1);
  EXPECT_EQ(add_partition(old, 1), error::kInvalidProducerEpoch);
  EXPECT_EQ(add_partition(old, 2), error::kProducerFenced);
  EXPECT_EQ(add_offsets(old, 1), error::kInvalidProducerEpoch);
  EXPECT_EQ(add_offsets(old, 4), error::kProducerFenced);
  EXPECT_EQ(end(old, true, 1).error_code, error::kInvalidProducerEpoch);
  EXPECT_EQ(end(old, true, 4).error_code, error::kProducerFenced);
  EXPECT_EQ(commit_offset(old, 1, 4), error::kInvalidProducerEpoch);
  EXPECT_EQ(send(old, "b", 12), error::kInvalidProducerEpoch);
  EXPECT_EQ(send(old, "b", 12, false), error::kInvalidProducerEpoch)
      << "the marker brought the new epoch to the partition";
}

TEST_F(TransactionsTest, ARecordOutsideTheOpenTransactionIsRefused) {
  auto producer = init();
  EXPECT_EQ(send(producer, "a", 12), error::kNone);
  EXPECT_EQ(send(producer, "b", 12, false), error::kInvalidTxnState);
}

TEST_F(TransactionsTest, PartitionsThatDoNotExistAreNotAdded) {
  auto producer = init();
  EXPECT_EQ(add_partition(producer, 3, "t", 7), error::kUnknownTopicOrPartition);
  EXPECT_EQ(add_partition(producer, 3, "none"), error::kUnknownTopicOrPartition);
  send(producer, "a", 12);
  EXPECT_EQ(add_partition(producer, 3, "__consumer_offsets"), error::kUnknownTopicOrPartition)
      << "not made yet";
  commit_offset(producer, 1, 5);
  EXPECT_EQ(add_partition(producer, 3, "__consumer_offsets"), error::kInvalidTopic);
  EXPECT_EQ(add_partition(producer, 3, "__transaction_state"), error::kInvalidTopic);
}

TEST_F(TransactionsTest, OperatorsSeeWhoIsAtWorkAndEndWhatHangs) {
  auto producer = init();
  send(producer, "a", 12);
  DescribeProducersRequest describe;
  auto& topic = describe.topics.emplace_back();
  topic.name = "t";
  topic.partition_indexes = {0, 1};
  auto described = client_->call<DescribeProducersApi>(0, describe).topics.at(0);
  const auto& active = described.partitions.at(0).active_producers;
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active[0].producer_id, producer.producer_id);
  EXPECT_EQ(active[0].last_sequence, 0);
  EXPECT_EQ(active[0].current_txn_start_offset, 0);
  EXPECT_EQ(described.partitions.at(1).error_code, error::kUnknownTopicOrPartition);

  ListTransactionsRequest list{.state_filters = {"Ongoing", "Odd"}};
  auto listed = client_->call<ListTransactionsApi>(1, list);
  EXPECT_EQ(listed.unknown_state_filters, std::vector<std::string>{"Odd"});
  ASSERT_EQ(listed.transaction_states.size(), 1u);
  EXPECT_EQ(listed.transaction_states[0].transactional_id, "tx");
  list = {.producer_id_filters = {producer.producer_id + 1}};
  EXPECT_TRUE(client_->call<ListTransactionsApi>(0, list).transaction_states.empty());
  auto count_of = [this](std::string_view pattern) {
    auto found = client_->call<ListTransactionsApi>(2, {.transactional_id_pattern = pattern});
    EXPECT_EQ(found.error_code, error::kNone);
    return found.transaction_states.size();
  };
  EXPECT_EQ(count_of("t[a-z]"), 1u);
  EXPECT_EQ(count_of("t"), 0u) << "the pattern must match the whole id";
  EXPECT_EQ(count_of(""), 1u);
  list = {.transactional_id_pattern = "t["};
  EXPECT_EQ(client_->call<ListTransactionsApi>(2, list).error_code,
            error::kInvalidRegularExpression);
  EXPECT_EQ(transactional_ids(*broker_),
            (std::map<int64_t, std::string>{{producer.producer_id, "tx"}}));
  list = {.duration_filter = 3'600'000};
  EXPECT_TRUE(client_->call<ListTransactionsApi>(1, list).transaction_states.empty());
  EXPECT_EQ(state_of("nobody"), "error 105");

  WriteTxnMarkersRequest markers;
  auto& marker = markers.markers.emplace_back();
  marker.producer_id = producer.producer_id;
  marker.producer_epoch = producer.producer_epoch;
  auto& place = marker.topics.emplace_back();
  place.name = "t";
  place.partition_indexes = {0, 1};
  auto written = client_->call<WriteTxnMarkersApi>(1, markers).markers.at(0).topics.at(0);
  EXPECT_EQ(written.partitions.at(0).error_code, error::kNone);
  EXPECT_EQ(written.partitions.at(1).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(fetch_committed().last_stable_offset, 2);
}

TEST_F(TransactionsTest, ApiVersionsTellsProducersWhichFlowThereIs) {
  ApiVersionsRequest request{"kafka-client", "1"};
  for (int16_t version : {3, 4}) {
    auto response = client_->call<ApiVersionsApi>(version, request);
    std::map<std::string_view, int16_t> levels;
    for (const auto& feature : response.finalized_features)
      levels[feature.name] = feature.max_version_level;
    EXPECT_EQ(levels.count("transaction.version"), 1u);
    EXPECT_EQ(levels["transaction.version"], 2);
    EXPECT_GE(response.finalized_features_epoch, 0);
    EXPECT_EQ(response.supported_features.empty(), version == 3) << "KAFKA-17011";
  }
}

}  // namespace
}  // namespace kappa::kafka
