#pragma once
// A broker over a real log in a directory of its own, and the few words that its tests are
// written in.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "env/env.h"
#include "kafka/broker/broker.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/all.h"
#include "kafka/testing/test_client.h"
#include "log/batch_builder.h"
#include "net/server.h"

namespace kappa::kafka {

class BrokerTestBase : public testing::Test {
 protected:
  explicit BrokerTestBase(BrokerOptions options = {}) {
    std::string directory = testing::TempDir() + "kafka-XXXXXX";
    options.log.directory = mkdtemp(directory.data());
    auto log = log::Log::open(env::posix_env(), options.log);
    KAPPA_CHECK_OK(log.status());
    log_ = *std::move(log);
    options.groups.initial_rebalance_delay_ms = 0;
    auto broker = Broker::open(env::posix_env(), *log_, server_->timers(), options);
    KAPPA_CHECK_OK(broker.status());
    broker_ = *std::move(broker);
    client_ = std::make_unique<TestClient>(*broker_);
  }
  ~BrokerTestBase() override {
    client_.reset();
    server_->stop();
    KAPPA_CHECK_OK(log_->close());
    std::string directory = broker_->options().log.directory;
    broker_.reset();
    log_.reset();
    std::filesystem::remove_all(directory);
  }

  TopicId create_topic(std::string_view name, int32_t partition_count = 1,
                       log::TopicSettings settings = {}) {
    auto made = log_->create_topic(name, partition_count, std::move(settings));
    KAPPA_CHECK_OK(made.status());
    return made->id;
  }
  std::shared_ptr<log::Partition> partition(const TopicId& id, int32_t index = 0) {
    auto found = log_->partition(id, index);
    KAPPA_CHECK_OK(found.status());
    return *found;
  }

  // A batch of one record per value, with timestamps that count up from `timestamp`.
  static std::string batch(const std::vector<std::string>& values,
                           const log::BatchOptions& options = {}, int64_t timestamp = 1000,
                           std::optional<std::string_view> key = std::nullopt) {
    log::BatchBuilder builder;
    for (const auto& value : values) {
      builder.add({.timestamp_ms = timestamp++, .key = key, .value = value});
    }
    auto built = std::move(builder).build(options);
    KAPPA_CHECK_OK(built.status());
    return *std::move(built);
  }

  static ProduceRequest produce_request(std::string_view topic, std::string_view records,
                                        int16_t acks = -1) {
    ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 30'000;
    auto& wanted = request.topics.emplace_back();
    wanted.name = topic;
    wanted.partitions.push_back({.index = 0, .records = Bytes{records}});
    return request;
  }
  ProduceResponse::Topic::Partition produce(std::string_view topic, std::string_view records,
                                            int16_t version = 9) {
    auto response = client_->call<ProduceApi>(version, produce_request(topic, records));
    return response.topics.at(0).partitions.at(0);
  }

  static FetchRequest fetch_request(std::string_view topic, int64_t offset,
                                    int32_t bytes_max = 1 << 20) {
    FetchRequest request;
    request.min_bytes = 1;
    auto& wanted = request.topics.emplace_back();
    wanted.name = topic;
    wanted.partitions.push_back({.index = 0, .fetch_offset = offset, .max_bytes = bytes_max});
    return request;
  }
  FetchResponse::Topic::Partition fetch(std::string_view topic, int64_t offset,
                                        int32_t bytes_max = 1 << 20) {
    auto response = client_->call<FetchApi>(11, fetch_request(topic, offset, bytes_max));
    return response.topics.at(0).partitions.at(0);
  }

  std::unique_ptr<net::Server> server_ = net::Server::start(1);  // its timers
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<TestClient> client_;
};

}  // namespace kappa::kafka
