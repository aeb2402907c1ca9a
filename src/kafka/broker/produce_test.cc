// Produce and InitProducerId: what is accepted, what is refused, and with which error.

#include <limits>

#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

class ProduceTest : public BrokerTestBase {
 protected:
  int16_t produce_error(std::string_view topic, std::string_view records, int16_t version = 9) {
    return produce(topic, records, version).error_code;
  }
  int64_t new_producer() { return client_->call<InitProducerIdApi>(4, {}).producer_id; }
  // A batch of `count` records of an idempotent producer.
  static std::string idempotent(int64_t id, int16_t epoch, int32_t sequence, int count = 1) {
    return batch(std::vector<std::string>(static_cast<size_t>(count), "v"),
                 {.producer_id = id, .producer_epoch = epoch, .base_sequence = sequence});
  }
};

TEST_F(ProduceTest, AppendsAndTellsTheOffset) {
  auto id = create_topic("t");
  for (int16_t version = 3; version <= 12; ++version) {
    auto answer = produce("t", batch({"a", "b"}), version);
    EXPECT_EQ(answer.error_code, error::kNone);
    EXPECT_EQ(answer.base_offset, 2 * (version - 3));
    EXPECT_EQ(answer.log_append_time_ms, -1);
  }
  std::string records = batch({"a"});
  auto by_id = produce_request("", records);
  by_id.topics[0].topic_id = id;
  auto answer = client_->call<ProduceApi>(13, by_id).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.base_offset, 20);
  EXPECT_EQ(partition(id)->high_watermark(), Offset(21));
}

TEST_F(ProduceTest, AnswersEachPartitionByItself) {
  create_topic("t", 2);
  std::string good = batch({"x"}), bad = "not a batch";
  ProduceRequest request = produce_request("t", good);
  request.topics[0].partitions.push_back({.index = 1, .records = Bytes{bad}});
  request.topics[0].partitions.push_back({.index = 2, .records = Bytes{good}});
  auto& unknown = request.topics.emplace_back();
  unknown.name = "unknown";
  unknown.partitions.push_back({.index = 0, .records = Bytes{good}});
  auto response = client_->call<ProduceApi>(9, request);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error_code, error::kNone);
  EXPECT_EQ(response.topics.at(0).partitions.at(1).error_code, error::kCorruptMessage);
  EXPECT_EQ(response.topics.at(0).partitions.at(2).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(response.topics.at(1).partitions.at(0).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(response.topics.at(1).partitions.at(0).base_offset, -1);
}

TEST_F(ProduceTest, RefusesUnknownIds) {
  std::string records = batch({"x"});
  auto request = produce_request("", records);
  request.topics[0].topic_id = TopicId{{1, 2, 3}};
  auto response = client_->call<ProduceApi>(13, request);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error_code, error::kUnknownTopicId);
}

TEST_F(ProduceTest, KnowsThreeKindsOfAcks) {
  create_topic("t");
  std::string one = batch({"x"});
  auto acks = [&](int16_t value) {
    auto response = client_->call<ProduceApi>(9, produce_request("t", one, value));
    return response.topics.at(0).partitions.at(0).error_code;
  };
  EXPECT_EQ(acks(-1), error::kNone);
  EXPECT_EQ(acks(1), error::kNone);
  EXPECT_EQ(acks(2), error::kInvalidRequiredAcks);
  EXPECT_EQ(acks(-2), error::kInvalidRequiredAcks);
}

TEST_F(ProduceTest, WithoutAcksThereIsNoAnswerAndAnErrorCloses) {
  auto id = create_topic("t");
  TestClient silent(*broker_);
  silent.send<ProduceApi>(9, produce_request("t", batch({"x"}), 0));
  EXPECT_EQ(silent.connection().frame_count(), 0u);
  EXPECT_FALSE(silent.connection().is_closed());
  EXPECT_EQ(partition(id)->log_end(), Offset(1));
  silent.send<ProduceApi>(9, produce_request("t", "rubbish", 0));
  EXPECT_EQ(silent.connection().frame_count(), 0u);
  EXPECT_TRUE(silent.connection().is_closed());
}

TEST_F(ProduceTest, TakesExactlyOneBatchOfFormat2) {
  create_topic("t");
  std::string good = batch({"x"});
  EXPECT_EQ(produce_error("t", ""), error::kInvalidRecord);
  EXPECT_EQ(produce_error("t", good + good), error::kInvalidRecord);
  EXPECT_EQ(produce_error("t", good.substr(0, good.size() - 1)), error::kCorruptMessage);
  std::string old_format = good;
  old_format[16] = 1;
  EXPECT_EQ(produce_error("t", old_format), error::kInvalidRecord);
  std::string flipped = good;
  flipped.back() ^= 1;
  EXPECT_EQ(produce_error("t", flipped), error::kCorruptMessage);
  ProduceRequest null_records = produce_request("t", "");
  null_records.topics[0].partitions[0].records.reset();
  auto response = client_->call<ProduceApi>(9, null_records);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error_code, error::kInvalidRecord);
}

TEST_F(ProduceTest, RefusesControlBatchesAndTransactionsOfNobody) {
  create_topic("t");
  EXPECT_EQ(produce_error("t", batch({"x"}, {.is_control = true})), error::kInvalidRecord);
  auto transactional = batch(
      {"x"}, {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0, .is_transactional = true});
  EXPECT_EQ(produce_error("t", transactional), error::kInvalidTxnState);
  auto request = produce_request("t", transactional);
  request.transactional_id = "tx";
  auto response = client_->call<ProduceApi>(9, request);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error_code, error::kInvalidProducerIdMapping);
}

TEST_F(ProduceTest, TakesEveryCodecButZstdFromOldClients) {
  create_topic("t");
  for (auto codec : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    EXPECT_EQ(produce_error("t", batch({"x", "x", "x"}, {.codec = codec}), 7), error::kNone);
  }
  auto zstd = batch({"x"}, {.codec = Codec::kZstd});
  EXPECT_EQ(produce_error("t", zstd, 6), error::kUnsupportedCompressionType);
}

TEST_F(ProduceTest, RefusesWhatIsTooLarge) {
  create_topic("t", 1, {{"max.message.bytes", "1000"}});
  EXPECT_EQ(produce_error("t", batch({std::string(500, 'x')})), error::kNone);
  auto answer = produce("t", batch({std::string(1000, 'x')}));
  EXPECT_EQ(answer.error_code, error::kMessageTooLarge);
  EXPECT_TRUE(answer.error_message.has_value());
}

TEST_F(ProduceTest, TellsWhichRecordsOfACompactedTopicLackAKey) {
  create_topic("t", 1, {{"cleanup.policy", "compact"}});
  log::BatchBuilder builder;
  builder.add({.timestamp_ms = 1, .key = "k", .value = "v"});
  builder.add({.timestamp_ms = 1, .value = "v"});
  builder.add({.timestamp_ms = 1, .key = "k"});
  builder.add({.timestamp_ms = 1, .value = "v"});
  auto answer = produce("t", *std::move(builder).build());
  EXPECT_EQ(answer.error_code, error::kInvalidRecord);
  ASSERT_EQ(answer.record_errors.size(), 2u);
  EXPECT_EQ(answer.record_errors[0].batch_index, 1);
  EXPECT_EQ(answer.record_errors[1].batch_index, 3);
  EXPECT_EQ(produce_error("t", batch({"v"}, {}, 1, "k")), error::kNone);
}

TEST_F(ProduceTest, StampsRecordsWhereTheTopicSaysSo) {
  create_topic("t", 1, {{"message.timestamp.type", "LogAppendTime"}});
  auto answer = produce("t", batch({"x"}));
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_GT(answer.log_append_time_ms, 1'600'000'000'000);
}

TEST_F(ProduceTest, KeepsTheServersTopicsFromClients) {
  create_topic("__kappa_definitions");
  auto answer = produce("__kappa_definitions", batch({"x"}));
  EXPECT_EQ(answer.error_code, error::kInvalidTopic);
  EXPECT_EQ(answer.error_message, "the topic belongs to the server");
}

TEST_F(ProduceTest, GivesEveryProducerAnotherId) {
  auto first = client_->call<InitProducerIdApi>(0, {});
  auto second = client_->call<InitProducerIdApi>(5, {});
  EXPECT_EQ(first.error_code, error::kNone);
  EXPECT_EQ(first.producer_epoch, 0);
  EXPECT_GE(first.producer_id, 0);
  EXPECT_NE(first.producer_id, second.producer_id);
}

TEST_F(ProduceTest, RecoversAProducerWithAFreshId) {
  InitProducerIdRequest request{.producer_id = new_producer(), .producer_epoch = 0};
  auto response = client_->call<InitProducerIdApi>(3, request);
  EXPECT_EQ(response.error_code, error::kNone);
  EXPECT_NE(response.producer_id, request.producer_id);
  request.producer_epoch = -1;
  EXPECT_EQ(client_->call<InitProducerIdApi>(3, request).error_code, error::kInvalidRequest);
}

TEST_F(ProduceTest, AnswersARetryWithTheOriginalOffset) {
  create_topic("t");
  int64_t id = new_producer();
  produce("t", batch({"other"}));
  EXPECT_EQ(produce("t", idempotent(id, 0, 0, 3)).base_offset, 1);
  EXPECT_EQ(produce("t", idempotent(id, 0, 3)).base_offset, 4);
  auto retry = produce("t", idempotent(id, 0, 0, 3));
  EXPECT_EQ(retry.error_code, error::kNone);
  EXPECT_EQ(retry.base_offset, 1);
  EXPECT_EQ(produce("t", idempotent(id, 0, 4)).base_offset, 5) << "nothing was written twice";
}

TEST_F(ProduceTest, KeepsSequencesWithoutGaps) {
  create_topic("t");
  int64_t id = new_producer();
  for (int32_t sequence = 0; sequence < 7; ++sequence) {
    EXPECT_EQ(produce_error("t", idempotent(id, 0, sequence)), error::kNone);
  }
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 8)), error::kOutOfOrderSequenceNumber);
  int16_t long_ago = produce_error("t", idempotent(id, 0, 0));
  EXPECT_TRUE(long_ago == error::kDuplicateSequenceNumber ||
              long_ago == error::kOutOfOrderSequenceNumber)
      << "only the last five batches are remembered";
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 2)), error::kNone) << "the fifth from the end";
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 7)), error::kNone);
}

TEST_F(ProduceTest, WrapsSequencesAtTheirEnd) {
  create_topic("t");
  int64_t id = new_producer();
  int32_t last = std::numeric_limits<int32_t>::max();
  EXPECT_EQ(produce_error("t", idempotent(id, 0, last)), error::kNone) << "unknown: any sequence";
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 0)), error::kNone);
}

TEST_F(ProduceTest, StartsANewEpochAtSequence0AndRefusesTheOld) {
  create_topic("t");
  int64_t id = new_producer();
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 0)), error::kNone);
  EXPECT_EQ(produce_error("t", idempotent(id, 1, 1)), error::kOutOfOrderSequenceNumber);
  EXPECT_EQ(produce_error("t", idempotent(id, 1, 0)), error::kNone);
  EXPECT_EQ(produce_error("t", idempotent(id, 0, 1)), error::kInvalidProducerEpoch);
}

}  // namespace
}  // namespace kappa::kafka
