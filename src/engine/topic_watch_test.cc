// Topics that change under sources, tables and views.

#include "engine/topic_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/check.h"
#include "engine/engine.h"
#include "engine/group_relation.h"
#include "engine/testing/text_sink.h"
#include "log/batch_builder.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

using Rows = std::vector<std::string>;

class TopicWatchTest : public testing::Test {
 protected:
  TopicWatchTest() {
    std::string pattern = testing::TempDir() + "topic-watch-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    open();
  }
  ~TopicWatchTest() override {
    close();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    auto log = log::Log::open(env::posix_env(), {.directory = directory_});
    KAPPA_CHECK_OK(log.status());
    log_ = *std::move(log);
    auto engine = Engine::open(env::posix_env(), *log_,
                               {.worker_count = 2,
                                .group_places = [this] { return groups_; },
                                .transactional_ids = [this] { return ids_; }});
    KAPPA_CHECK_OK(engine.status());
    engine_ = *std::move(engine);
    session_ = engine_->connect();
  }
  void close() {
    session_.reset();
    engine_.reset();
    KAPPA_CHECK_OK(log_->close());
    log_.reset();
  }

  Rows run(const std::string& sql) {
    TextSink sink;
    auto statements = session_->parse(sql);
    KAPPA_CHECK_OK(statements.status());
    for (const auto& statement : *statements) {
      auto prepared = session_->prepare(statement, {});
      Status status = prepared.status();
      sink.lines.clear();
      if (status.ok()) status = session_->execute(**prepared, {}, sink);
      if (!status.ok()) return {"ERROR " + sql::error_of(status).sqlstate};
    }
    return sink.lines;
  }
  TopicId id(const std::string& topic) { return log_->find_topic(topic)->id; }
  Status grow(const std::string& topic, int32_t count) {
    return log_->add_partitions(id(topic), count, log::ChangeMode::kApply).status();
  }
  Status set(const std::string& topic, const std::string& name, const std::string& value) {
    auto change = [&](log::TopicSettings& settings) {
      settings[name] = value;
      return OkStatus();
    };
    return log_->change_settings(id(topic), change, log::ChangeMode::kApply).status();
  }
  void produce(const std::string& topic, int32_t partition, int64_t first, int64_t count = 1) {
    auto target = log_->partition(id(topic), partition).value();
    for (int64_t done = 0; done < count;) {
      log::BatchBuilder builder;
      for (int64_t i = 0; i < 1000 && done < count; i++, done++)
        builder.add({.timestamp_ms = 1000, .value = fmt::format("{{\"id\": {}}}", first + done)});
      target->append(std::move(builder).build().value(), log::Acks::kLeader,
                     [](log::AppendAnswer answer) { KAPPA_CHECK_OK(answer.status); });
    }
  }
  void make_source() {
    run("CREATE SOURCE s (id BIGINT) WITH (topic = 't') FORMAT PLAIN ENCODE JSON");
    run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(id) AS total FROM s");
  }

  std::string directory_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  std::vector<GroupPlace> groups_;
  std::map<int64_t, std::string> ids_;  // by producer
};

TEST_F(TopicWatchTest, ViewsGoOnWithTheNewPartitions) {
  make_source();
  produce("t", 0, 1);
  EXPECT_EQ(run("FLUSH; SELECT * FROM v"), Rows{"1 1"});
  ASSERT_TRUE(grow("t", 3).ok());
  produce("t", 2, 10);
  EXPECT_EQ(run("FLUSH; SELECT * FROM v"), Rows{"2 11"});
  EXPECT_EQ(run("SELECT id FROM s ORDER BY id"), (Rows{"1", "10"}));
  EXPECT_EQ(run("SELECT frontier FROM kappa.views"), Rows{"t/0@1 t/1@0 t/2@1"});
  close();
  open();
  produce("t", 1, 100);
  EXPECT_EQ(run("FLUSH; SELECT * FROM v"), Rows{"3 111"});
  EXPECT_EQ(run("VERIFY").size(), 1u);
}

TEST_F(TopicWatchTest, AFlushCoversAPartitionThatIsBrandNew) {
  make_source();
  for (int32_t count = 2; count < 30; ++count) {
    ASSERT_TRUE(grow("t", count).ok());
    produce("t", count - 1, 1);
    EXPECT_EQ(run("FLUSH; SELECT n FROM v"), Rows{std::to_string(count - 1)});
  }
}

// The topic grows while a replay reads it: the new version must not miss the new partition.
TEST_F(TopicWatchTest, AReplayTakesPartitionsThatCameMeanwhile) {
  make_source();
  produce("t", 0, 0, 300'000);
  run("FLUSH");
  auto other = engine_->connect();
  auto replace = std::thread([&] {
    TextSink sink;
    auto statements = other->parse(
        "CREATE OR REPLACE MATERIALIZED VIEW v AS "
        "SELECT count(*) AS n, sum(id * 2) AS total FROM s");
    auto prepared = other->prepare(statements->front(), {});
    KAPPA_CHECK_OK(other->execute(**prepared, {}, sink));
  });
  while (run("SELECT count(*) FROM kappa.replays") == Rows{"0"}) continue;
  for (int32_t count = 2; count <= 6; ++count) {
    ASSERT_TRUE(grow("t", count).ok());
    produce("t", count - 1, 0, 2000);
  }
  replace.join();
  EXPECT_EQ(run("FLUSH; SELECT n, version FROM v, kappa.views"), Rows{"310000 2"});
  auto verified = run("VERIFY");
  ASSERT_EQ(verified.size(), 1u);
  EXPECT_NE(verified[0].find(" 1 0 NULL batch query"), std::string::npos) << verified[0];
}

TEST_F(TopicWatchTest, ASecondSourceJoinsATopicThatGrows) {
  make_source();
  ASSERT_TRUE(grow("t", 2).ok());
  run("CREATE SOURCE s2 (id BIGINT) WITH (topic = 't') FORMAT PLAIN ENCODE JSON");
  run("CREATE MATERIALIZED VIEW v2 AS SELECT sum(id) AS total FROM s2");
  ASSERT_TRUE(grow("t", 3).ok());
  produce("t", 1, 5);
  produce("t", 2, 7);
  EXPECT_EQ(run("FLUSH; SELECT v.total, v2.total FROM v, v2"), Rows{"12 12"});
}

TEST_F(TopicWatchTest, KeyedRelationsAndTablesKeepTheirPartitions) {
  run("CREATE SOURCE k (id BIGINT PRIMARY KEY) WITH (topic = 'keyed', partitions = 2) "
      "FORMAT UPSERT ENCODE JSON");
  run("CREATE TABLE tab (id BIGINT)");
  Status refused = grow("keyed", 4);
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.message().find("\"k\""), absl::string_view::npos) << refused;
  EXPECT_EQ(grow("tab", 2).code(), StatusCode::kFailedPrecondition);
  run("DROP SOURCE k");
  EXPECT_TRUE(grow("keyed", 4).ok()) << "nothing reads it any more";
}

TEST_F(TopicWatchTest, ATopicUnderAStreamIsNotCompacted) {
  make_source();
  EXPECT_EQ(set("t", "cleanup.policy", "compact").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(set("t", "retention.ms", "1000").ok());
  run("DROP SOURCE s CASCADE");
  EXPECT_TRUE(set("t", "cleanup.policy", "compact").ok());
}

// Whichever comes first, the other is refused.
TEST_F(TopicWatchTest, AStreamThatIsBeingMadeAndACompactionDoNotMeet) {
  ASSERT_TRUE(log_->create_topic("t", 1, {}).ok());
  for (int round = 0; round < 50; ++round) {
    std::thread alter([this] {
      for (int i = 0; i < 3; ++i) set("t", "cleanup.policy", "compact");
    });
    run("CREATE SOURCE s (id BIGINT) WITH (topic = 't') FORMAT PLAIN ENCODE JSON");
    alter.join();
    const bool is_stream =
        run("SELECT count(*) FROM kappa.relations WHERE name = 's'") == Rows{"1"};
    const auto settings = log_->find_topic("t")->settings;
    const auto policy = settings.find("cleanup.policy");
    const bool is_compacted = policy != settings.end() && policy->second == "compact";
    EXPECT_NE(is_stream, is_compacted) << "round " << round;
    run("DROP SOURCE s");
    ASSERT_TRUE(set("t", "cleanup.policy", "delete").ok());
  }
}

TEST_F(TopicWatchTest, OpenTransactionsSayWhoseTheyAre) {
  make_source();
  log::BatchBuilder builder;
  builder.add({.timestamp_ms = 1000, .value = "{}"});
  auto batch = std::move(builder).build(
      {.producer_id = 7, .producer_epoch = 0, .base_sequence = 0, .is_transactional = true});
  (*log_->partition(id("t"), 0))
      ->append(std::move(*batch), log::Acks::kLeader,
               [](log::AppendAnswer answer) { KAPPA_CHECK_OK(answer.status); });
  const std::string query = "SELECT transactional_id, topic, producer_id FROM kappa.transactions";
  EXPECT_EQ(run(query), Rows{"NULL t 7"});
  ids_[7] = "payments";
  EXPECT_EQ(run(query), Rows{"payments t 7"});
}

TEST_F(TopicWatchTest, GroupsHaveALagInRecordsAndInSeconds) {
  make_source();
  produce("t", 0, 1, 3);
  run("FLUSH");  // below the high watermark when it returns
  groups_ = {{"a", "Stable", 2, "t", 0, 1},
             {"b", "Empty", 0, "t", 0, 3},
             {"c", "Empty", 0, "gone", 0, 5},
             {"d", "Empty", 0, "", 0, -1}};
  EXPECT_EQ(run("SELECT name, state, members, topic, partition, committed, high_watermark, "
                "lag_records FROM kappa.groups ORDER BY name"),
            (Rows{"a Stable 2 t 0 1 3 2", "b Empty 0 t 0 3 3 0", "c Empty 0 gone 0 5 NULL NULL",
                  "d Empty 0 NULL NULL NULL NULL NULL"}));
  EXPECT_EQ(run("SELECT lag_seconds > 1e9 FROM kappa.groups WHERE name = 'a'"), Rows{"true"});
  EXPECT_EQ(run("SELECT lag_seconds FROM kappa.groups WHERE name = 'b'"), Rows{"0.0"});
}

}  // namespace
}  // namespace kappa::engine
