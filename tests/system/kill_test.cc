// kill -9 at random moments, while records come in and while views are replaced: nothing that was
// acknowledged is missing, nothing is there twice, and every view is what its query says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <random>
#include <thread>

#include "system/numbered_producer.h"
#include "system/server_process.h"

namespace kappa::system_test {
namespace {

constexpr int kKills = 8;

class KillTest : public testing::Test {
 protected:
  void start_server() {
    ServerArguments arguments{.data_directory = directory_.path()};
    if (server_ != nullptr) {  // clients know it by its old address
      arguments.kafka = server_->kafka();
      arguments.sql = server_->sql();
    }
    auto server = ServerProcess::start(arguments);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
  }

  Finished sql(const std::string& text) {
    return run_program(
        {program_path(), "sql", "--url", server_->sql_url(), "--format", "csv", "-c", text});
  }

  void expect_ok(const std::string& text) {
    Finished run = sql(text);
    ASSERT_EQ(run.exit_code, 0) << text << "\n" << run.errors;
  }

  void expect_verified() {
    Finished verified = run_program({program_path(), "verify", "--url", server_->sql_url()});
    EXPECT_EQ(verified.exit_code, 0) << verified.output << verified.errors;
  }

  void create_relations() {
    expect_ok(
        "CREATE SOURCE s (id BIGINT) WITH (topic = 's', partitions = 3) FORMAT PLAIN ENCODE JSON");
    expect_ok("CREATE TABLE names (g BIGINT PRIMARY KEY, name VARCHAR)");
    expect_ok("INSERT INTO names SELECT i, 'group ' || i FROM range(5) r(i)");
    expect_ok(
        "CREATE MATERIALIZED VIEW groups AS SELECT id % 7 AS g, count(*) AS n, sum(id) AS s, "
        "max(id) AS hi FROM s GROUP BY 1");
    expect_ok(
        "CREATE MATERIALIZED VIEW named AS SELECT coalesce(name, '?') AS name, n, hi FROM groups "
        "LEFT JOIN names USING (g)");
  }

  TemporaryDirectory directory_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(KillTest, NothingAcknowledgedIsMissingAndNothingIsThereTwice) {
  uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  ASSERT_NO_FATAL_FAILURE(start_server());
  ASSERT_NO_FATAL_FAILURE(create_relations());
  NumberedProducer producer(server_->kafka(), "s");
  for (int i = 0; i < kKills; ++i) {
    producer.wait_for_acknowledged(producer.acknowledged() + 500 + random() % 3000);
    // Every other time a replace is under way; it may or may not have come through.
    std::thread replace;
    if (i % 2 == 1) {
      replace = std::thread([&, i, url = server_->sql_url()] {
        run_program(
            {program_path(), "sql", "--url", url, "-c",
             "CREATE OR REPLACE MATERIALIZED VIEW groups AS SELECT id % 7 AS g, count(*) AS n, "
             "sum(id + " +
                 std::to_string(i) + ") AS s, max(id) AS hi FROM s GROUP BY 1"});
      });
      producer.wait_for_acknowledged(producer.acknowledged() + random() % 500);
    }
    server_->stop(SIGKILL);
    if (replace.joinable()) replace.join();
    ASSERT_NO_FATAL_FAILURE(start_server());
    ASSERT_EQ(producer.failure(), "");
    expect_verified();
  }
  int64_t sent = producer.finish();
  EXPECT_EQ(producer.failure(), "");
  EXPECT_EQ(producer.acknowledged(), sent);
  expect_ok("FLUSH");
  EXPECT_EQ(
      sql("SELECT count(*) AS n, count(DISTINCT id) AS ids, max(id) + 1 AS next FROM s").output,
      fmt::format("n,ids,next\n{0},{0},{0}\n", sent));
  EXPECT_EQ(sql("SELECT sum(n) AS n FROM groups").output, fmt::format("n\n{}\n", sent));
  expect_verified();
}

TEST_F(KillTest, ViewsKeepWhatRetentionHasRemoved) {
  uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  ASSERT_NO_FATAL_FAILURE(start_server());
  Finished made =
      run_program({program_path(), "topic", "create", "s", "--bootstrap", server_->kafka(),
                   "--partitions", "3", "--config", "segment.bytes=16384", "--config",
                   "retention.bytes=16384", "--config", "file.delete.delay.ms=0"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  ASSERT_NO_FATAL_FAILURE(create_relations());
  NumberedProducer producer(server_->kafka(), "s");
  for (int i = 0; i < kKills; ++i) {
    producer.wait_for_acknowledged(producer.acknowledged() + 500 + random() % 5000);
    server_->stop(SIGKILL);
    ASSERT_NO_FATAL_FAILURE(start_server());
    ASSERT_EQ(producer.failure(), "");
    expect_verified();
  }
  int64_t sent = producer.finish();
  expect_ok("FLUSH");
  EXPECT_EQ(sql("SELECT sum(n) AS n, sum(s) AS s, max(hi) + 1 AS next FROM groups").output,
            fmt::format("n,s,next\n{},{},{}\n", sent, sent * (sent - 1) / 2, sent));
  EXPECT_EQ(sql(fmt::format("SELECT count(*) < {} AS has_lost FROM s", sent)).output,
            "has_lost\nt\n")
      << "retention has removed nothing";
}

TEST_F(KillTest, AnInsertIsThereWholeOrNotAtAll) {
  ASSERT_NO_FATAL_FAILURE(start_server());
  ASSERT_NO_FATAL_FAILURE(expect_ok("CREATE TABLE t (id BIGINT PRIMARY KEY, batch BIGINT)"));
  for (int batch = 0; batch < 6; ++batch) {
    std::thread insert([&, batch, url = server_->sql_url()] {
      run_program(
          {program_path(), "sql", "--url", url, "-c",
           fmt::format("INSERT INTO t SELECT {0} * 20000 + i, {0} FROM range(20000) r(i)", batch)});
    });
    if (batch % 2 == 0) insert.join();  // answered: it must be there
    server_->stop(SIGKILL);
    if (insert.joinable()) insert.join();
    ASSERT_NO_FATAL_FAILURE(start_server());
    EXPECT_EQ(sql("SELECT count(*) AS torn FROM (SELECT batch FROM t GROUP BY batch HAVING "
                  "count(*) <> 20000)")
                  .output,
              "torn\n0\n");
    if (batch % 2 == 0) {
      EXPECT_EQ(sql(fmt::format("SELECT count(*) AS n FROM t WHERE batch = {}", batch)).output,
                "n\n20000\n");
    }
  }
}

}  // namespace
}  // namespace kappa::system_test
