// Settings of the server that change while it runs: defaults of topics, and what groups have.

#include "log/server_settings.h"

#include <gtest/gtest.h>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/log.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

const SettingsOwner kCluster{SettingsScope::kCluster, ""};
const SettingsOwner kBroker{SettingsScope::kBroker, "1"};
const SettingsOwner kGroup{SettingsScope::kGroup, "g"};

class ServerSettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    spdlog::set_level(spdlog::level::off);
    open();
    id_ = log_->create_topic("t", 1, {})->id;
    own_id_ = log_->create_topic("__own", 1, {})->id;
  }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  void open() {
    log_.reset();
    auto log = Log::open(env_, {.directory = "/data"});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = std::move(*log);
  }
  // An empty value takes the setting away.
  Status set(const SettingsOwner& owner, const std::string& name, const std::string& value,
             ChangeMode mode = ChangeMode::kApply) {
    auto change = [&](TopicSettings& settings) {
      settings[name] = value;
      if (value.empty()) settings.erase(name);
      return OkStatus();
    };
    return log_->change_server_settings(owner, change, mode);
  }
  bool takes(const TopicId& id, size_t size) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = env_.wall_ms(), .key = "k", .value = std::string(size, 'x')});
    std::optional<AppendAnswer> answer;
    (*log_->partition(id, 0))
        ->append(std::move(builder).build().value(), Acks::kAll,
                 [&](AppendAnswer a) { answer = std::move(a); });
    if (!answer.has_value()) env_.run_workers();
    return answer->status.ok();
  }

  env::SimulatedEnv env_{1};
  std::unique_ptr<Log> log_;
  TopicId id_, own_id_;
};

TEST_F(ServerSettingsTest,
       a_changed_default_holds_for_topics_that_set_nothing_until_it_is_taken_back) {
  const TopicId special = log_->create_topic("special", 1, {{"max.message.bytes", "5000"}})->id;
  ASSERT_TRUE(set(kCluster, "message.max.bytes", "1000").ok());
  EXPECT_FALSE(takes(id_, 2000));
  EXPECT_TRUE(takes(special, 2000)) << "it has a value of its own";
  EXPECT_TRUE(takes(own_id_, 2000)) << "it is the server's own";
  EXPECT_FALSE(takes(log_->create_topic("later", 1, {})->id, 2000));
  ASSERT_TRUE(set(kBroker, "message.max.bytes", "3000").ok());
  EXPECT_TRUE(takes(id_, 2000)) << "the broker's comes before the cluster's";
  env_.restart(Loss::kUnsynced);
  open();
  EXPECT_TRUE(takes(id_, 2000));
  EXPECT_FALSE(takes(id_, 4000));
  EXPECT_TRUE(takes(own_id_, 4000));
  ASSERT_TRUE(set(kBroker, "message.max.bytes", "").ok());
  EXPECT_FALSE(takes(id_, 2000));
  ASSERT_TRUE(set(kCluster, "message.max.bytes", "").ok());
  EXPECT_TRUE(takes(id_, 4000));
  EXPECT_TRUE(log_->settings_owners().empty());
}

TEST_F(ServerSettingsTest, a_default_that_does_not_fit_is_refused_and_changes_nothing) {
  auto code = [](const Status& status) { return status.code(); };
  EXPECT_EQ(code(set(kCluster, "log.retention.ms", "soon")), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(set(kCluster, "retention.ms", "1")), StatusCode::kInvalidArgument)
      << "it is called log.retention.ms";
  EXPECT_EQ(code(set(kCluster, "log.durability", "os")), StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(set(kCluster, "log.cleanup.policy", "compact")), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(log_->create_topic("lag", 1, {{"min.compaction.lag.ms", "100"}}).ok());
  const Status refused = set(kCluster, "log.cleaner.max.compaction.lag.ms", "50");
  EXPECT_EQ(code(refused), StatusCode::kInvalidArgument);
  EXPECT_NE(message_of(refused).find("topic lag"), std::string::npos) << refused;
  EXPECT_TRUE(log_->settings_owners().empty());
  EXPECT_TRUE(set(kCluster, "message.max.bytes", "10", ChangeMode::kCheckOnly).ok());
  EXPECT_TRUE(takes(id_, 2000));
}

TEST_F(ServerSettingsTest, what_groups_have_is_kept_for_their_coordinator) {
  ASSERT_TRUE(set(kGroup, "anything", "x").ok());
  env_.restart(Loss::kUnsynced);
  open();
  EXPECT_EQ(log_->server_settings(kGroup), (TopicSettings{{"anything", "x"}}));
  EXPECT_EQ(log_->settings_owners(), std::vector{kGroup});
  EXPECT_TRUE(log_->server_settings(kCluster).empty());
}

TEST_F(ServerSettingsTest, a_change_is_there_or_not_wherever_it_stops) {
  for (uint64_t call = 1; call < 20; ++call) {
    ASSERT_TRUE(set(kCluster, "log.retention.ms", "").ok());
    env_.fail_call(call, Failure::kPowerOff);
    const bool is_done = set(kCluster, "log.retention.ms", "5000").ok();
    env_.restart(Loss::kTorn);
    open();
    const TopicSettings settings = log_->server_settings(kCluster);
    if (is_done) {
      EXPECT_EQ(settings.at("log.retention.ms"), "5000");
    }
    if (!settings.empty()) {
      EXPECT_EQ(settings, (TopicSettings{{"log.retention.ms", "5000"}}));
    }
  }
}

TEST_F(ServerSettingsTest, a_damaged_file_of_settings_is_an_error_of_the_start) {
  ASSERT_TRUE(set(kGroup, "anything", "x").ok());
  log_.reset();
  env_.damage_byte("/data/settings", 10);
  EXPECT_EQ(Log::open(env_, {.directory = "/data"}).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kappa::log
