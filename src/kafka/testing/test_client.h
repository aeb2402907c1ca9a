#pragma once
// A client without sockets: speaks to a KafkaSession directly, with the same codec. For tests.

#include <absl/synchronization/mutex.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "kafka/broker/broker.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/frame.h"
#include "kafka/testing/request_frame.h"

namespace kappa::kafka {

// Keeps what the session sends, as frames, and shows what it did to the connection. Thread-safe.
class TestConnection : public net::Connection {
 public:
  void send(std::string bytes) override {
    absl::MutexLock lock(&mutex_);
    std::string_view input = bytes;
    while (!input.empty()) {
      auto frame = reader_.next(input);
      ASSERT_TRUE(frame.ok());
      if (frame->has_value()) frames_.push_back(std::move(**frame));
    }
  }
  void send_parts(net::Parts parts) override {
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& part : parts) {
        if (std::holds_alternative<env::FileRange>(part)) range_bytes_ += net::size_bytes(part);
      }
    }
    net::Connection::send_parts(std::move(parts));
  }
  void close() override {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }
  void pause_reading() override {
    absl::MutexLock lock(&mutex_);
    is_paused_ = true;
  }
  void resume_reading() override {
    absl::MutexLock lock(&mutex_);
    is_paused_ = false;
  }
  size_t unsent_bytes() const override {
    absl::MutexLock lock(&mutex_);
    return unsent_bytes_;
  }
  std::string peer() const override { return "10.0.0.1:5000"; }
  std::string local_host() const override { return "broker.test"; }
  int local_port() const override { return 9092; }

  void set_unsent_bytes(size_t bytes) {
    absl::MutexLock lock(&mutex_);
    unsent_bytes_ = bytes;
  }
  // What was sent from files.
  size_t range_bytes() const {
    absl::MutexLock lock(&mutex_);
    return range_bytes_;
  }
  bool is_closed() const {
    absl::MutexLock lock(&mutex_);
    return is_closed_;
  }
  bool is_paused() const {
    absl::MutexLock lock(&mutex_);
    return is_paused_;
  }
  size_t frame_count() const {
    absl::MutexLock lock(&mutex_);
    return frames_.size();
  }
  // The next answer, without its size; empty when none comes for a long time.
  std::string wait_for_frame() {
    absl::MutexLock lock(&mutex_);
    auto is_there = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !frames_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_there), absl::Seconds(20))) return {};
    std::string frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  mutable absl::Mutex mutex_;
  FrameReader reader_ ABSL_GUARDED_BY(mutex_){size_t{1} << 30};
  std::deque<std::string> frames_ ABSL_GUARDED_BY(mutex_);
  size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t range_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_paused_ ABSL_GUARDED_BY(mutex_) = false;
};

class TestClient {
 public:
  explicit TestClient(Broker& broker)
      : connection_(std::make_shared<TestConnection>()),
        session_(broker.session_factory()(connection_)) {}
  ~TestClient() {
    if (session_) session_->on_close();
  }

  TestConnection& connection() { return *connection_; }
  net::Session& session() { return *session_; }
  void disconnect() {
    session_->on_close();
    session_.reset();
  }

  // The request as a frame with its size; correlation ids count up from 1.
  template <typename Api>
  std::string frame(int16_t version, const typename Api::Request& request) {
    return request_frame<Api>(version, ++last_correlation_id_, "test", request);
  }
  template <typename Api>
  void send(int16_t version, const typename Api::Request& request) {
    session_->on_data(frame<Api>(version, request));
  }
  // The next answer; its bytes stay valid as long as the client.
  template <typename Api>
  typename Api::Response receive(int16_t version) {
    frames_.push_back(connection_->wait_for_frame());
    Reader reader(frames_.back());
    EXPECT_EQ(reader.i32(), ++last_received_id_) << "answers come in the order of the requests";
    if (has_tagged_header<Api>(version)) {
      EXPECT_EQ(reader.uvarint(), 0u);
    }
    typename Api::Response response;
    EXPECT_TRUE(reader.ok() && decode(reader.view(reader.remaining()), version, response))
        << Api::kInfo.api_name;
    return response;
  }
  template <typename Api>
  typename Api::Response call(int16_t version, const typename Api::Request& request) {
    send<Api>(version, request);
    return receive<Api>(version);
  }

 private:
  std::shared_ptr<TestConnection> connection_;
  std::unique_ptr<net::Session> session_;
  int32_t last_correlation_id_ = 0;
  int32_t last_received_id_ = 0;
  std::deque<std::string> frames_;
};

}  // namespace kappa::kafka
