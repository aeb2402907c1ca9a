// What surrounds the messages: frames, headers, versions, order, limits.

#include "kafka/broker/session.h"

#include "kafka/broker/api_table.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

using namespace std::string_literals;

BrokerOptions small_limits() {
  BrokerOptions options;
  options.request_bytes_max = 1 << 20;
  options.connection_bytes_max = 64 << 10;
  return options;
}

class SessionTest : public BrokerTestBase {
 protected:
  SessionTest() : BrokerTestBase(small_limits()) {}
};

std::string raw_request(int16_t key, int16_t version, std::string_view rest) {
  std::string frame;
  Writer writer(frame);
  writer.i32(static_cast<int32_t>(8 + rest.size()));
  writer.i16(key);
  writer.i16(version);
  writer.i32(1);
  writer.raw(rest);
  return frame;
}

TEST_F(SessionTest, AnswersARequestHoweverItsBytesAreCut) {
  std::string bytes = client_->frame<ApiVersionsApi>(0, {});
  bytes += client_->frame<ApiVersionsApi>(0, {});
  for (char byte : bytes) client_->session().on_data(std::string_view(&byte, 1));
  EXPECT_EQ(client_->receive<ApiVersionsApi>(0).error_code, error::kNone);
  EXPECT_EQ(client_->receive<ApiVersionsApi>(0).error_code, error::kNone);
}

TEST_F(SessionTest, AnswersAnUnknownApiVersionsVersionInVersion0) {
  client_->session().on_data(raw_request(18, 99, "\0\4test what only the future knows"s));
  std::string frame = client_->connection().wait_for_frame();
  Reader reader(frame);
  EXPECT_EQ(reader.i32(), 1);
  ApiVersionsResponse response;
  ASSERT_TRUE(decode(reader.view(reader.remaining()), 0, response));
  EXPECT_EQ(response.error_code, error::kUnsupportedVersion);
  EXPECT_EQ(response.api_keys.size(), api_table().size());
  EXPECT_FALSE(client_->connection().is_closed());
}

TEST_F(SessionTest, ClosesTheConnectionForUnknownApisAndVersions) {
  for (auto bytes : {raw_request(71, 0, "\0\4test\0"s), raw_request(0, 2, "\0\4test"s),
                     raw_request(3, 14, "\0\4test\0"s), raw_request(-1, 0, "\0\4test"s)}) {
    TestClient client(*broker_);
    client.session().on_data(bytes);
    EXPECT_TRUE(client.connection().is_closed());
    EXPECT_EQ(client.connection().frame_count(), 0u);
  }
}

TEST_F(SessionTest, ClosesTheConnectionForMalformedRequestsAndHarmsNoOther) {
  for (auto bytes : {
           "\xff\xff\xff\xff"s,                // negative size
           "\x7f\xff\xff\xff"s,                // a frame of 2 GB
           "\0\x10\0\1"s,                      // one byte above the limit
           "\0\0\0\2\0\3"s,                    // a header cut short
           raw_request(3, 1, "\0\x7fxx"s),     // a client id beyond the frame
           raw_request(3, 1, "\xff\xfe"s),     // a client id of -2 bytes
           raw_request(3, 9, "\0\0\5"s),       // tags that are not there
           raw_request(3, 1, "\0\0\0\0\0\1"s)  // a topic that is not there
       }) {
    TestClient client(*broker_);
    client.session().on_data(bytes);
    EXPECT_TRUE(client.connection().is_closed()) << testing::PrintToString(bytes);
    client.session().on_data(client.frame<ApiVersionsApi>(0, {}));
    EXPECT_EQ(client.connection().frame_count(), 0u);
  }
  EXPECT_EQ(client_->call<ApiVersionsApi>(0, {}).error_code, error::kNone);
}

TEST_F(SessionTest, PassesBytesAfterTheMessageOver) {
  client_->session().on_data(raw_request(3, 1, "\0\0\xff\xff\xff\xff trailing"s));
  EXPECT_EQ(client_->connection().frame_count(), 1u);
  EXPECT_FALSE(client_->connection().is_closed());
}

TEST_F(SessionTest, SkipsUnknownTagsInTheHeaderAndTakesANullClientId) {
  client_->session().on_data(raw_request(3, 9, "\xff\xff\1\x63\2ab\1\1\0\0\0"s));
  EXPECT_EQ(client_->connection().frame_count(), 1u);
  EXPECT_FALSE(client_->connection().is_closed());
}

TEST_F(SessionTest, AnswersInRequestOrderThoughTheFirstWaits) {
  create_topic("t");
  auto fetch = fetch_request("t", 0);
  fetch.max_wait_ms = 60'000;
  fetch.max_bytes = 1 << 10;
  client_->send<FetchApi>(11, fetch);
  client_->send<MetadataApi>(1, {});
  client_->send<ApiVersionsApi>(0, {});
  EXPECT_EQ(client_->connection().frame_count(), 0u) << "all wait for the fetch";
  TestClient other(*broker_);
  other.call<ProduceApi>(9, produce_request("t", batch({"x"})));
  EXPECT_GT(client_->receive<FetchApi>(11).topics[0].partitions[0].records->data.size(), 0u);
  client_->receive<MetadataApi>(1);
  client_->receive<ApiVersionsApi>(0);
}

TEST_F(SessionTest, StopsReadingWhenTooMuchIsUnderWayAndGoesOnAfterwards) {
  create_topic("t");
  auto fetch = fetch_request("t", 0);
  fetch.max_wait_ms = 60'000;
  fetch.max_bytes = 64 << 10;  // may become as much as the connection may hold
  client_->send<FetchApi>(11, fetch);
  EXPECT_FALSE(client_->connection().is_paused());
  client_->send<ApiVersionsApi>(0, {});
  EXPECT_TRUE(client_->connection().is_paused());
  TestClient other(*broker_);
  other.call<ProduceApi>(9, produce_request("t", batch({"x"})));
  client_->receive<FetchApi>(11);
  client_->connection().set_unsent_bytes(64 << 10);
  client_->session().on_sent();
  EXPECT_TRUE(client_->connection().is_paused()) << "the answer has not left yet";
  client_->connection().set_unsent_bytes(0);
  client_->session().on_sent();
  EXPECT_FALSE(client_->connection().is_paused());
  client_->receive<ApiVersionsApi>(0);
}

TEST_F(SessionTest, TakesARequestLargerThanTheConnectionMayHold) {
  create_topic("t");
  std::string large(200 << 10, 'x');
  auto response = client_->call<ProduceApi>(9, produce_request("t", batch({large})));
  EXPECT_EQ(response.topics[0].partitions[0].error_code, error::kNone);
}

TEST_F(SessionTest, ForgetsWaitingFetchesWhenTheClientGoes) {
  auto id = create_topic("t");
  auto fetch = fetch_request("t", 0);
  fetch.max_wait_ms = 60'000;
  client_->send<FetchApi>(11, fetch);
  client_->disconnect();
  EXPECT_EQ(client_->connection().frame_count(), 0u);
  EXPECT_EQ(partition(id).use_count(), 2) << "the log's and this one";
}

}  // namespace
}  // namespace kappa::kafka
