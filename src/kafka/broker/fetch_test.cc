// Fetch and ListOffsets: what is read, what is waited for, and what is refused.

#include <absl/synchronization/notification.h>

#include <limits>

#include "kafka/testing/broker_test_base.h"
#include "log/records.h"

namespace kappa::kafka {
namespace {

class FetchTest : public BrokerTestBase {
 protected:
  // Offsets of the records in the answer's batches.
  static std::vector<int64_t> offsets(const FetchResponse::Topic::Partition& answer) {
    std::vector<int64_t> offsets;
    log::RecordReader reader;
    auto add = [&](const log::Record& record) { offsets.push_back(record.offset); };
    EXPECT_TRUE(reader.for_each(answer.records->data, Offset(0), add).ok());
    return offsets;
  }
  ListOffsetsResponse::Topic::Partition list(int64_t timestamp, int16_t version = 11,
                                             int32_t epoch = -1) {
    ListOffsetsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.index = 0, .current_leader_epoch = epoch, .timestamp = timestamp});
    return client_->call<ListOffsetsApi>(version, request).topics.at(0).partitions.at(0);
  }
};

TEST_F(FetchTest, ReadsInEveryVersion) {
  auto id = create_topic("t");
  produce("t", batch({"a", "b"}));
  for (int16_t version = 4; version <= 18; ++version) {
    auto request = fetch_request("t", 0);
    request.topics[0].topic_id = id;
    auto response = client_->call<FetchApi>(version, request);
    EXPECT_EQ(response.session_id, 0);
    const auto& answer = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(answer.error_code, error::kNone) << version;
    EXPECT_EQ(answer.high_watermark, 2);
    EXPECT_EQ(answer.last_stable_offset, 2);
    EXPECT_EQ(offsets(answer), (std::vector<int64_t>{0, 1}));
    EXPECT_FALSE(answer.aborted_transactions.has_value()) << "only for read_committed";
  }
}

TEST_F(FetchTest, GivesEmptyRecordsAtTheEndNeverNull) {
  create_topic("t");
  auto answer = fetch("t", 0);
  EXPECT_EQ(answer.error_code, error::kNone);
  ASSERT_TRUE(answer.records.has_value());
  EXPECT_EQ(answer.records->data, "");
  auto refused = fetch("unknown", 0);
  EXPECT_EQ(refused.error_code, error::kUnknownTopicOrPartition);
  EXPECT_TRUE(refused.records.has_value());
}

TEST_F(FetchTest, GivesTheWholeBatchForAnOffsetInsideIt) {
  create_topic("t");
  produce("t", batch({"a", "b", "c"}));
  produce("t", batch({"d"}));
  EXPECT_EQ(offsets(fetch("t", 1)), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(offsets(fetch("t", 3)), (std::vector<int64_t>{3}));
}

TEST_F(FetchTest, GivesTheFirstBatchWhateverItsSizeAndLaterOnesWhileTheyFit) {
  create_topic("t");
  std::string large(5000, 'x');
  for (int i = 0; i < 3; ++i) produce("t", batch({large}));
  EXPECT_EQ(offsets(fetch("t", 0, 1)), (std::vector<int64_t>{0}));
  EXPECT_EQ(offsets(fetch("t", 0, 12'000)), (std::vector<int64_t>{0, 1}));
}

TEST_F(FetchTest, SpendsItsBytesInTheOrderOfTheRequest) {
  auto id = create_topic("t", 2);
  std::string large(5000, 'x');
  for (int32_t index : {0, 1}) {
    for (int i = 0; i < 3; ++i) {
      absl::Notification done;
      partition(id, index)->append(batch({large}), log::Acks::kAll,
                                   [&](log::AppendAnswer) { done.Notify(); });
      done.WaitForNotification();
    }
  }
  FetchRequest request = fetch_request("t", 0);
  request.topics[0].partitions.insert(request.topics[0].partitions.begin(),
                                      {.index = 1, .fetch_offset = 0, .max_bytes = 1 << 20});
  request.max_bytes = 12'000;
  auto response = client_->call<FetchApi>(11, request);
  const auto& answers = response.topics.at(0).partitions;
  EXPECT_EQ(answers.at(0).index, 1);
  EXPECT_EQ(offsets(answers.at(0)).size(), 2u);
  EXPECT_EQ(offsets(answers.at(1)).size(), 0u) << "its first batch does not fit any more";
  EXPECT_EQ(answers.at(1).high_watermark, 3);
  request.max_bytes = 17'000;
  response = client_->call<FetchApi>(11, request);
  EXPECT_EQ(offsets(response.topics.at(0).partitions.at(0)).size(), 3u);
}

TEST_F(FetchTest, TellsAtOnceThatAnOffsetIsOutOfRange) {
  create_topic("t");
  produce("t", batch({"a"}));
  for (int64_t offset : {int64_t{-1}, int64_t{2}, std::numeric_limits<int64_t>::max()}) {
    auto request = fetch_request("t", offset);
    request.max_wait_ms = 60'000;
    auto answer = client_->call<FetchApi>(11, request).topics.at(0).partitions.at(0);
    EXPECT_EQ(answer.error_code, error::kOffsetOutOfRange);
    EXPECT_EQ(answer.high_watermark, 1);
    EXPECT_EQ(answer.log_start_offset, 0);
  }
}

TEST_F(FetchTest, WaitsUntilThereIsEnough) {
  create_topic("t");
  auto request = fetch_request("t", 0);
  request.max_wait_ms = 60'000;
  request.min_bytes = 150;
  client_->send<FetchApi>(11, request);
  TestClient other(*broker_);
  other.call<ProduceApi>(9, produce_request("t", batch({std::string(50, 'x')})));
  EXPECT_EQ(client_->connection().frame_count(), 0u);
  other.call<ProduceApi>(9, produce_request("t", batch({std::string(50, 'x')})));
  auto answer = client_->receive<FetchApi>(11).topics.at(0).partitions.at(0);
  EXPECT_EQ(offsets(answer), (std::vector<int64_t>{0, 1}));
}

TEST_F(FetchTest, WaitsNoLongerThanAsked) {
  create_topic("t");
  auto request = fetch_request("t", 0);
  request.max_wait_ms = 5;
  auto answer = client_->call<FetchApi>(11, request).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.records->data, "");
}

TEST_F(FetchTest, StopsWaitingWhenTheTopicIsDeleted) {
  auto id = create_topic("t");
  auto request = fetch_request("t", 0);
  request.max_wait_ms = 60'000;
  client_->send<FetchApi>(11, request);
  ASSERT_TRUE(log_->delete_topic(id).ok());
  auto answer = client_->receive<FetchApi>(11).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.error_code, error::kUnknownTopicOrPartition);
}

TEST_F(FetchTest, AnswersARequestForNothingAtOnce) {
  FetchRequest request;
  request.max_wait_ms = 60'000;
  request.min_bytes = 1;
  EXPECT_TRUE(client_->call<FetchApi>(11, request).topics.empty());
}

TEST_F(FetchTest, ComparesLeaderEpochs) {
  create_topic("t");
  auto error_for = [&](int32_t epoch) {
    auto request = fetch_request("t", 0);
    request.topics[0].partitions[0].current_leader_epoch = epoch;
    return client_->call<FetchApi>(11, request).topics.at(0).partitions.at(0).error_code;
  };
  EXPECT_EQ(error_for(-1), error::kNone);
  EXPECT_EQ(error_for(0), error::kNone);
  EXPECT_EQ(error_for(1), error::kUnknownLeaderEpoch);
}

TEST_F(FetchTest, RefusesUnknownIds) {
  auto request = fetch_request("", 0);
  request.topics[0].topic_id = TopicId{{9}};
  auto answer = client_->call<FetchApi>(13, request).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.error_code, error::kUnknownTopicId);
}

TEST_F(FetchTest, ListsNoAbortedTransactionsForReadCommitted) {
  create_topic("t");
  auto request = fetch_request("t", 0);
  request.isolation_level = 1;
  auto answer = client_->call<FetchApi>(11, request).topics.at(0).partitions.at(0);
  ASSERT_TRUE(answer.aborted_transactions.has_value());
  EXPECT_TRUE(answer.aborted_transactions->empty());
}

TEST_F(FetchTest, GivesNoZstdToClientsThatDoNotKnowIt) {
  create_topic("t");
  produce("t", batch({"a"}, {.codec = Codec::kZstd}));
  auto old = client_->call<FetchApi>(9, fetch_request("t", 0));
  EXPECT_EQ(old.topics.at(0).partitions.at(0).error_code, error::kUnsupportedCompressionType);
  auto knowing = client_->call<FetchApi>(10, fetch_request("t", 0));
  EXPECT_EQ(knowing.topics.at(0).partitions.at(0).error_code, error::kNone);
}

TEST_F(FetchTest, ListsTheEndsOfAPartition) {
  create_topic("t");
  produce("t", batch({"a", "b", "c"}));
  EXPECT_EQ(list(-1).offset, 3);
  EXPECT_EQ(list(-1).timestamp, -1);
  EXPECT_EQ(list(-1).leader_epoch, 0);
  EXPECT_EQ(list(-2).offset, 0);
  EXPECT_EQ(list(-4).offset, 0);
  EXPECT_EQ(list(-5).offset, -1) << "nothing is tiered";
  EXPECT_EQ(list(-6).offset, -1);
}

TEST_F(FetchTest, ListsSpecialTimestampsOnlyInVersionsThatKnowThem) {
  create_topic("t");
  EXPECT_EQ(list(-3, 6).error_code, error::kUnsupportedVersion);
  EXPECT_EQ(list(-4, 7).error_code, error::kUnsupportedVersion);
  EXPECT_EQ(list(-5, 8).error_code, error::kUnsupportedVersion);
  EXPECT_EQ(list(-6, 10).error_code, error::kUnsupportedVersion);
  EXPECT_EQ(list(-7, 11).error_code, error::kUnsupportedVersion);
  EXPECT_EQ(list(-3, 7).error_code, error::kNone);
}

TEST_F(FetchTest, FindsTimestampsToTheRecordInCompressedBatches) {
  create_topic("t");
  produce("t", batch({"a", "b", "c"}, {.codec = Codec::kGzip}, 1000));  // 1000, 1001, 1002
  produce("t", batch({"d", "e"}, {.codec = Codec::kLz4}, 2000));        // 2000, 2001
  EXPECT_EQ(list(0).offset, 0);
  EXPECT_EQ(list(1001).offset, 1);
  EXPECT_EQ(list(1001).timestamp, 1001);
  EXPECT_EQ(list(1003).offset, 3);
  EXPECT_EQ(list(1003).timestamp, 2000);
  EXPECT_EQ(list(2001).offset, 4);
  auto none = list(2002);
  EXPECT_EQ(none.error_code, error::kNone) << "no such record is no error";
  EXPECT_EQ(none.offset, -1);
  EXPECT_EQ(none.timestamp, -1);
  EXPECT_EQ(list(-3).offset, 4);
  EXPECT_EQ(list(-3).timestamp, 2001);
}

TEST_F(FetchTest, RefusesToListWhatIsNotThere) {
  EXPECT_EQ(list(-1).error_code, error::kUnknownTopicOrPartition);
  create_topic("t");
  EXPECT_EQ(list(-1, 11, 1).error_code, error::kUnknownLeaderEpoch);
  EXPECT_EQ(list(-3).offset, -1) << "the largest timestamp of an empty partition";
}

class ManyAnswersTest : public BrokerTestBase {
 protected:
  ManyAnswersTest() : BrokerTestBase({.answers_bytes_max = 1 << 20}) {}
};

TEST_F(ManyAnswersTest, FetchesBringLessWhileClientsDoNotTakeTheirAnswers) {
  create_topic("t");
  for (int i = 0; i < 20; i++) produce("t", batch({std::string(20'000, 'x')}));
  EXPECT_EQ(broker_->fetch_bytes_max(), (1u << 20) / 8);
  {
    TestClient slow(*broker_);
    slow.connection().set_unsent_bytes(2 << 20);
    slow.call<FetchApi>(12, fetch_request("t", 0));
    EXPECT_EQ(broker_->fetch_bytes_max(), 64u << 10);
    EXPECT_LT(fetch("t", 0).records->data.size(), 64u << 10);
    slow.connection().set_unsent_bytes(0);
    slow.session().on_sent();
    EXPECT_EQ(broker_->fetch_bytes_max(), (1u << 20) / 8);
    slow.connection().set_unsent_bytes(2 << 20);
    slow.call<FetchApi>(12, fetch_request("t", 0));
    slow.session().on_close();
  }
  EXPECT_EQ(broker_->fetch_bytes_max(), (1u << 20) / 8) << "a client that left holds nothing";
}

}  // namespace
}  // namespace kappa::kafka
