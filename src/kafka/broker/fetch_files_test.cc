// Fetched records that leave from their files: the same answers, over sockets too, whatever
// happens to the files meanwhile.

#include <absl/synchronization/notification.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

constexpr size_t kLarge = 100'000;

class FetchFilesTest : public BrokerTestBase {
 protected:
  // The batch as it is in the log, at the offset.
  static std::string at_offset(std::string batch, int64_t offset) {
    log::set_base_offset(batch, Offset(offset), 0);
    return batch;
  }
  static std::string large_batch(char letter) {
    return at_offset(batch({std::string(kLarge, letter)}), 0);
  }
  static std::string small_batch() { return at_offset(batch({"small"}), 0); }
};

TEST_F(FetchFilesTest, OnlyWhatIsLargeLeavesFromTheFile) {
  create_topic("t");
  produce("t", small_batch());
  produce("t", large_batch('a'));
  EXPECT_EQ(fetch("t", 0, 1000).records->data, small_batch());
  EXPECT_EQ(client_->connection().range_bytes(), 0u);
  const std::string large = at_offset(large_batch('a'), 1);
  EXPECT_TRUE(fetch("t", 1).records->data == large);
  EXPECT_EQ(client_->connection().range_bytes(), large.size());
}

TEST_F(FetchFilesTest, EveryVersionBringsTheSameRecords) {
  auto id = create_topic("t");
  produce("t", large_batch('a'));
  for (int16_t version = 4; version <= 18; ++version) {
    auto request = fetch_request("t", 0);
    request.topics[0].topic_id = id;
    auto response = client_->call<FetchApi>(version, request);
    const auto& answer = response.topics.at(0).partitions.at(0);
    EXPECT_TRUE(answer.records->data == large_batch('a')) << version;
    EXPECT_EQ(answer.high_watermark, 1);
  }
}

TEST_F(FetchFilesTest, OneAnswerMayHoldBytesAndPartsOfSeveralFiles) {
  auto id = create_topic("t", 4);
  auto append = [&](int32_t index, std::string bytes) {
    absl::Notification done;
    partition(id, index)->append(std::move(bytes), log::Acks::kAll,
                                 [&](log::AppendAnswer) { done.Notify(); });
    done.WaitForNotification();
  };
  append(0, large_batch('a'));
  append(1, small_batch());
  append(3, large_batch('d'));
  for (int16_t version : {11, 16}) {
    auto request = fetch_request("t", 0);
    request.topics[0].topic_id = id;
    request.topics[0].partitions.clear();
    for (int32_t index : {0, 1, 2, 3}) {
      request.topics[0].partitions.push_back({.index = index, .max_bytes = 1 << 20});
    }
    auto response = client_->call<FetchApi>(version, request);
    const auto& answers = response.topics.at(0).partitions;
    EXPECT_TRUE(answers.at(0).records->data == large_batch('a'));
    EXPECT_EQ(answers.at(1).records->data, small_batch());
    EXPECT_EQ(answers.at(2).records->data, "");
    EXPECT_TRUE(answers.at(3).records->data == large_batch('d'));
  }
}

TEST_F(FetchFilesTest, AFetchSessionTellsNewsThatIsInFiles) {
  auto id = create_topic("t");
  auto request = fetch_request("t", 0);
  request.topics[0].topic_id = id;
  request.session_epoch = 0;
  auto opened = client_->call<FetchApi>(13, request);
  produce("t", large_batch('a'));
  request.session_id = opened.session_id;
  request.session_epoch = 1;
  auto next = client_->call<FetchApi>(13, request);
  ASSERT_EQ(next.topics.size(), 1u);
  EXPECT_TRUE(next.topics[0].partitions.at(0).records->data == large_batch('a'));
}

TEST_F(FetchFilesTest, WaitsUntilThereIsEnoughInTheFile) {
  create_topic("t");
  auto request = fetch_request("t", 0);
  request.max_wait_ms = 60'000;
  request.min_bytes = static_cast<int32_t>(kLarge + 1000);
  client_->send<FetchApi>(11, request);
  TestClient other(*broker_);
  other.call<ProduceApi>(9, produce_request("t", large_batch('a')));
  EXPECT_EQ(client_->connection().frame_count(), 0u);
  other.call<ProduceApi>(9, produce_request("t", large_batch('b')));
  auto answer = client_->receive<FetchApi>(11).topics.at(0).partitions.at(0);
  EXPECT_TRUE(answer.records->data == large_batch('a') + at_offset(large_batch('b'), 1));
}

// A client that speaks over a socket and reads when it likes.
class SocketClient {
 public:
  explicit SocketClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~SocketClient() { ::close(socket_); }

  void send(const std::string& bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Exactly so many, fewer when the server closed.
  std::string read(size_t count) {
    std::string bytes(count, '\0');
    size_t done = 0;
    for (ssize_t n; done < count; done += static_cast<size_t>(n)) {
      n = ::recv(socket_, bytes.data() + done, count - done, 0);
      if (n <= 0) break;
    }
    bytes.resize(done);
    return bytes;
  }
  // The records of the next answer; "closed" when it does not come whole.
  std::string records() {
    std::string size = read(4);
    if (size.size() < 4) return "closed";
    std::string frame = read(load_big_endian<uint32_t>(size.data()));
    FetchResponse response;
    if (!decode(std::string_view(frame).substr(std::min<size_t>(4, frame.size())), 11, response))
      return "closed";
    return std::string(response.topics.at(0).partitions.at(0).records->data);
  }

 private:
  int socket_;
};

class FetchOverSocketsTest : public FetchFilesTest {
 protected:
  static constexpr int kBatches = 40;
  static constexpr int kFetches = 8;

  FetchOverSocketsTest() {
    auto port = server_->listen("127.0.0.1", 0, broker_->session_factory());
    EXPECT_TRUE(port.ok());
    port_ = *port;
    id_ = create_topic("t", 1, {{"file.delete.delay.ms", "0"}});
    for (int i = 0; i < kBatches; ++i) {
      const std::string bytes = batch({std::string(500'000, static_cast<char>('A' + i))});
      produce("t", bytes);
      records_ += at_offset(bytes, i);
    }
  }
  std::string fetch_frame() {
    return client_->frame<FetchApi>(11, fetch_request("t", 0, 50 << 20));
  }
  // Asks for everything, often, and waits until the first bytes are there: more than the kernel
  // keeps for a client that does not read.
  std::unique_ptr<SocketClient> begin_to_fetch() {
    auto client = std::make_unique<SocketClient>(port_);
    for (int i = 0; i < kFetches; ++i) client->send(fetch_frame());
    EXPECT_EQ(client->read(4).size(), 4u);
    return client;
  }

  int port_ = 0;
  TopicId id_;
  std::string records_;
};

TEST_F(FetchOverSocketsTest, AnswersAreReadWholeAtAnyPace) {
  SocketClient client(port_);
  for (int i = 0; i < kFetches; ++i) client.send(fetch_frame());
  for (int i = 0; i < kFetches; ++i) EXPECT_TRUE(client.records() == records_) << i;
}

TEST_F(FetchOverSocketsTest, ASlowReaderHoldsNoMemoryAndOthersAreServed) {
  std::vector<std::unique_ptr<SocketClient>> slow;
  for (int i = 0; i < 10; ++i) slow.push_back(begin_to_fetch());
  for (int i = 0; i < 3; ++i) {
    SocketClient other(port_);
    other.send(fetch_frame());
    EXPECT_TRUE(other.records() == records_);
  }
  EXPECT_LT(broker_->held_answers()->load(), 100'000) << "of 10 x 8 x 20 MB that they asked for";
}

TEST_F(FetchOverSocketsTest, WhatWasFetchedIsSentWhenItsTopicIsDeletedMeanwhile) {
  SocketClient client(port_);
  client.send(fetch_frame());
  std::string size = client.read(4);
  ASSERT_TRUE(log_->delete_topic(id_).ok());
  std::string frame = client.read(load_big_endian<uint32_t>(size.data()));
  EXPECT_TRUE(frame.ends_with(records_));
}

TEST_F(FetchOverSocketsTest, AFileThatWasCutMeanwhileClosesTheConnectionThatWantsIt) {
  auto client = begin_to_fetch();
  const std::string path =
      fmt::format("{}/partitions/t-0/{:020}.log", broker_->options().log.directory, 0);
  ASSERT_TRUE(std::filesystem::exists(path));
  std::filesystem::resize_file(path, 1'000'000);
  size_t bytes = client->read(records_.size() * kFetches).size();
  EXPECT_LT(bytes, records_.size() * kFetches) << "closed";
  SocketClient other(port_);
  other.send(client_->frame<FetchApi>(11, fetch_request("t", 0, 1000)));
  EXPECT_TRUE(other.records() == records_.substr(0, records_.size() / kBatches))
      << "others can read what is there";
}

}  // namespace
}  // namespace kappa::kafka
