// Every API with random messages, whole and damaged: whatever a client sends, the broker stays up
// and serves the next one.

#include <random>

#include "kafka/protocol/messages/all_fields.h"
#include "kafka/testing/broker_test_base.h"
#include "kafka/testing/random_message.h"

namespace kappa::kafka {
namespace {

BrokerOptions no_creation() {
  BrokerOptions options;
  options.auto_create_topics = false;
  options.request_bytes_max = 1 << 20;
  return options;
}

class HostileTest : public BrokerTestBase {
 protected:
  HostileTest() : BrokerTestBase(no_creation()) { create_topic("t", 2); }

  template <typename Api>
  std::string random_frame(int16_t version) {
    RandomMessage random(random_(), version, Api::kInfo.flexible.contains(version));
    auto request = random.template make<typename Api::Request>();
    aim(request);
    TestClient sender(*broker_);
    return sender.frame<Api>(version, request);
  }

  // So that some requests come as far as the log.
  void aim(ProduceRequest& request) {
    for (auto& topic : request.topics) topic.name = "t";
  }
  void aim(FetchRequest& request) {
    for (auto& topic : request.topics) topic.name = "t";
    request.session_epoch = -1;
  }
  void aim(ListOffsetsRequest& request) {
    for (auto& topic : request.topics) topic.name = "t";
  }
  void aim(JoinGroupRequest& request) {
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10;
    if (random_() % 2 == 0) request.member_id = "";
    if (random_() % 2 == 0) request.group_instance_id = "i";
  }
  void aim(SyncGroupRequest& request) { request.group_id = "g"; }
  void aim(OffsetCommitRequest& request) {
    request.generation_id_or_member_epoch = -1;
    request.group_instance_id.reset();
    request.member_id = "";
    for (auto& topic : request.topics) topic.name = "t";
  }
  template <typename Request>
  void aim(Request&) {}

  std::string damaged(std::string bytes) {
    switch (random_() % 3) {
      case 0:
        return bytes;
      case 1:
        for (int i = 0; i < 3; ++i) bytes[random_() % bytes.size()] ^= char(1 << random_() % 8);
        return bytes;
      default:
        bytes.resize(4 + random_() % (bytes.size() - 4));
        store_big_endian(bytes.data(), static_cast<int32_t>(bytes.size() - 4));
        return bytes;
    }
  }

  template <typename Api>
  void attack() {
    for (int16_t v = Api::kInfo.versions.first; v <= Api::kInfo.versions.last; ++v) {
      for (int round = 0; round < 30; ++round) {
        TestClient client(*broker_);
        client.session().on_data(damaged(random_frame<Api>(v)));
      }
    }
  }
  template <typename... Apis>
  void attack_all(std::tuple<Apis...>*) {
    (attack<Apis>(), ...);
  }

  std::mt19937 random_{20261121};
};

TEST_F(HostileTest, SurvivesEveryMessageWholeAndDamaged) {
  attack_all(static_cast<AllApis*>(nullptr));
  auto answer = produce("t", batch({"still here"}));
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.base_offset, 0);
}

TEST_F(HostileTest, SurvivesBatchesDamagedAnywhere) {
  std::string good = batch({"some", "records", "in", "a", "batch"}, {.codec = Codec::kLz4});
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= static_cast<char>(1 + random_() % 255);
    auto answer = produce("t", bad);
    bool is_leader_epoch = i >= 12 && i < 16;  // outside the checksum and overwritten
    EXPECT_EQ(answer.error_code == error::kNone, is_leader_epoch) << "byte " << i;
  }
}

}  // namespace
}  // namespace kappa::kafka
