#include "engine/engine.h"
#include "engine/recompute.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

#include "engine/testing/engine_test_base.h"
#include "log/records.h"
#include "log/transaction_marker.h"

namespace kappa::engine {
namespace {

// With producers that write in transactions.
class TransactionalEngineTest : public EngineTest {
 protected:
  // The same as part of a producer's transaction: one batch; then how it ends.
  void produce_open(const std::string& topic, int64_t producer_id, int64_t first, int64_t count) {
    log::BatchBuilder builder;
    std::vector<std::string> values;
    for (int64_t i = 0; i < count; i++)
      values.push_back(fmt::format("{{\"id\": {}, \"g\": {}}}", first + i, i % 10));
    for (const std::string& value : values) builder.add({.timestamp_ms = 1, .value = value});
    append_open(topic, producer_id, std::move(builder));
  }
  void append_open(const std::string& topic, int64_t producer_id, log::BatchBuilder builder) {
    const int32_t count = builder.record_count();
    int32_t& sequence = sequences_[producer_id];
    auto batch = std::move(builder).build({.producer_id = producer_id,
                                           .producer_epoch = 0,
                                           .base_sequence = sequence,
                                           .is_transactional = true});
    sequence += count;
    auto partition = log_->partition(log_->find_topic(topic)->id, 0);
    (*partition)->append(std::move(*batch), log::Acks::kLeader, [](log::AppendAnswer answer) {
      KAPPA_CHECK_OK(answer.status);
    });
  }
  void end(const std::string& topic, int64_t producer_id, log::TransactionOutcome outcome) {
    auto partition = log_->partition(log_->find_topic(topic)->id, 0);
    std::string marker = log::make_marker(
        {.producer_id = producer_id, .producer_epoch = 0, .outcome = outcome, .timestamp_ms = 1});
    (*partition)->append_internal(std::move(marker), log::Acks::kLeader, [](log::AppendAnswer a) {
      KAPPA_CHECK_OK(a.status);
    });
  }
  void commit(const std::string& topic, int64_t producer_id) {
    end(topic, producer_id, log::TransactionOutcome::kCommit);
  }
  void abort(const std::string& topic, int64_t producer_id) {
    end(topic, producer_id, log::TransactionOutcome::kAbort);
  }

  std::map<int64_t, int32_t> sequences_;  // by producer
};

TEST_F(EngineTest, AViewFollowsItsSourceAndSurvivesARestart) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  produce("s", 0, 2500);
  run("FLUSH");
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM v"), Rows{"10 2500"});
  EXPECT_EQ(run("VERIFY v"), Rows{"v s/0@2500 10 0 NULL batch query"});
  reopen();
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM v"), Rows{"10 2500"});
  produce("s", 2500, 500);
  run("FLUSH");
  EXPECT_EQ(run("SELECT sum(n) FROM v"), Rows{"3000"});
}

TEST_F(EngineTest, AViewWithFailingRowsIsVerifiedByAFreshReplay) {
  run("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR)");
  run("CREATE MATERIALIZED VIEW v AS SELECT a, b::INTEGER AS n FROM t");
  run("CREATE MATERIALIZED VIEW w AS SELECT a % 2 AS p, sum(b::INTEGER) AS s FROM t GROUP BY 1");
  run("INSERT INTO t VALUES (1, '10'), (2, 'x'), (3, 'y'), (4, '40')");
  run("UPDATE t SET b = '20' WHERE a = 2");
  run("FLUSH");
  EXPECT_EQ(run("SELECT * FROM w ORDER BY p"), (Rows{"0 60", "1 10"}));
  EXPECT_EQ(run("SELECT count(*) FROM \"v$errors\""), Rows{"1"});
  Rows rows = run("VERIFY");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].starts_with("v t/0@5 3 0 NULL fresh replay, because the batch query fails:"))
      << rows[0];
  EXPECT_TRUE(rows[1].starts_with("w t/0@5 2 0 NULL fresh replay")) << rows[1];
}

TEST(DifferenceTest, CountsWhatOneSideHasAndTheOtherHasNot) {
  auto run_of = [](std::vector<std::pair<std::string, int64_t>> entries) {
    flow::RunBuilder builder;
    for (const auto& [bytes, weight] : entries) builder.add(bytes, {}, weight);
    return builder.build();
  };
  flow::TraceSnapshot a = {run_of({{"a", 1}, {"b", 2}}), run_of({{"b", 1}, {"d", 1}})};
  flow::TraceSnapshot b = {run_of({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}})};
  TraceDifference difference = difference_of(a, b);
  EXPECT_EQ(difference.count, 3);
  EXPECT_EQ(difference.first, "b");
  EXPECT_FALSE(difference.first_is_missing_in_a);
  EXPECT_TRUE(difference_of(b, a).first_is_missing_in_a);
  EXPECT_EQ(difference_of(a, a).count, 0);
}

TEST_F(EngineTest, DamageInOneTopicStopsOnlyWhatReadsIt) {
  run(kSource);
  run("CREATE SOURCE other (id BIGINT, g BIGINT) WITH (topic = 'other')");
  run("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW over_v AS SELECT sum(n) AS n FROM v");
  run("CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n FROM other");
  run("INSERT INTO t VALUES (1), (2)");
  produce("s", 0, 3000);
  produce("other", 0, 500);
  close();
  // A checkpoint that has what the damaged records contributed would do instead of them.
  std::filesystem::remove_all(directory_ + "/state");
  {
    std::fstream file(directory_ + "/partitions/s-0/00000000000000000000.log",
                      std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(file.is_open());
    file.seekp(static_cast<std::streamoff>(
        std::filesystem::file_size(directory_ + "/partitions/s-0/00000000000000000000.log") / 2));
    file.put('!');
  }
  open();
  EXPECT_EQ(run("SELECT * FROM v"), Rows{"ERROR XX001"});
  EXPECT_NE(message_.find("v has stopped: view v: hole in the history"), std::string::npos)
      << message_;
  EXPECT_EQ(run("SELECT * FROM over_v"), Rows{"ERROR XX001"});
  EXPECT_EQ(run("SELECT n FROM w"), Rows{"500"});
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"2"});
  EXPECT_EQ(run("VERIFY w"), Rows{"w other/0@500 1 0 NULL batch query"});
  produce("s", 3000, 10);
  produce("other", 500, 10);
  EXPECT_EQ(run("FLUSH; SELECT n FROM w"), Rows{"510"}) << "nobody waits for what has stopped";
  EXPECT_EQ(run("CREATE MATERIALIZED VIEW again AS SELECT count(*) FROM s"), Rows{"ERROR XX001"});
  EXPECT_EQ(run("CREATE MATERIALIZED VIEW over_w AS SELECT n + 1 AS n FROM w"), Rows{});
  EXPECT_EQ(run("SELECT n FROM over_w"), Rows{"511"});
  EXPECT_EQ(run("DROP MATERIALIZED VIEW v CASCADE"), Rows{});
  EXPECT_EQ(run("SELECT n FROM over_w"), Rows{"511"});
}

TEST_F(EngineTest, AReplaceTakesDependantsAlong) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT sum(n) AS total FROM v");
  produce("s", 0, 1000);
  run("FLUSH");
  EXPECT_EQ(run("SELECT * FROM w"), Rows{"1000"});
  run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s WHERE g < 5 GROUP "
      "BY g");
  EXPECT_EQ(run("SELECT * FROM w"), Rows{"500"});
  EXPECT_EQ(run("SELECT name, version FROM kappa.views ORDER BY name"), (Rows{"v 2", "w 1"}));
  produce("s", 1000, 1000);
  run("FLUSH");
  EXPECT_EQ(run("SELECT * FROM w"), Rows{"1000"});
  reopen();
  EXPECT_EQ(run("SELECT * FROM w"), Rows{"1000"});
  EXPECT_EQ(run("SELECT name, version FROM kappa.views ORDER BY name"), (Rows{"v 2", "w 1"}));
}

TEST_F(EngineTest, AReplaceThatBreaksADependantFailsWithItsName) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT sum(n) AS total FROM v");
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT g FROM s"), Rows{"ERROR 2BP01"});
  EXPECT_NE(message_.find("\"w\""), std::string::npos) << message_;
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT total AS n FROM w"),
            Rows{"ERROR 42P17"});
  EXPECT_EQ(run("DROP MATERIALIZED VIEW v"), Rows{"ERROR 2BP01"});
  EXPECT_EQ(run("DROP SOURCE s CASCADE"), Rows{});
  EXPECT_EQ(notices_.size(), 2u);
  EXPECT_EQ(run("SELECT * FROM w"), Rows{"ERROR 42P01"});
}

TEST_F(EngineTest, AReplayThatAStopCutsOffStartsAgain) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  produce("s", 0, 400'000);
  run("FLUSH");
  run("SET background_ddl = true");
  run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT count(*) * 2 AS n FROM s");
  reopen();  // whenever this comes, version 1 or 2 serves, and version 2 is reached in the end
  while (run("SELECT version FROM kappa.views") != Rows{"2"}) std::this_thread::yield();
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"800000"});
  EXPECT_EQ(run("VERIFY"), Rows{"v s/0@400000 1 0 NULL batch query"});
}

TEST_F(EngineTest, ACancelledCreateLeavesNothing) {
  run(kSource);
  produce("s", 0, 400'000);
  run("FLUSH");
  TextSink sink;
  // From the moment that the replay is known.
  std::thread canceller([&] {
    auto other = engine_->connect();
    TextSink seen;
    while (seen.lines.empty())
      KAPPA_CHECK_OK(run_in(*other, "SELECT state FROM kappa.replays", seen));
    session_->cancel();
  });
  Status status =
      run_in(*session_, "CREATE MATERIALIZED VIEW v AS SELECT DISTINCT id FROM s", sink);
  canceller.join();
  // A cancel that comes after the switch finds the view made.
  Rows expected = status.ok() ? Rows{"400000"} : Rows{"ERROR 42P01"};
  if (!status.ok()) {
    EXPECT_EQ(sql::error_of(status).sqlstate, "57014");
  }
  EXPECT_EQ(run("SELECT count(*) FROM v"), expected);
  reopen();
  EXPECT_EQ(run("SELECT count(*) FROM kappa.replays"), Rows{"0"});
  EXPECT_EQ(run("SELECT count(*) FROM v"), expected);
}

TEST_F(EngineTest, AStatementIsWholeOrNotThere) {
  run("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)");
  EXPECT_EQ(run("INSERT INTO t VALUES (1, 1), (2, NULL)"), Rows{"ERROR 23502"});
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"0"});
  run("BEGIN");
  run("INSERT INTO t VALUES (1, 1)");
  run("INSERT INTO t VALUES (2, 2)");
  run("ROLLBACK");
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"0"});
  run("BEGIN");
  run("INSERT INTO t VALUES (1, 1)");
  run("INSERT INTO t VALUES (2, 2)");
  run("COMMIT");
  EXPECT_EQ(run("SELECT * FROM t ORDER BY id"), (Rows{"1 1", "2 2"}));
  EXPECT_EQ(run("UPDATE t SET id = id + 10, n = n * 5 WHERE id = 2 RETURNING id, n"),
            Rows{"12 10"});
  EXPECT_EQ(run("DELETE FROM t WHERE id = 1 RETURNING *"), Rows{"1 1"});
  reopen();
  EXPECT_EQ(run("SELECT * FROM t"), Rows{"12 10"});
}

TEST_F(EngineTest, ATransactionReadsOneSnapshot) {
  run("CREATE TABLE t (id BIGINT PRIMARY KEY)");
  run("INSERT INTO t VALUES (1)");
  auto other = engine_->connect();
  run("BEGIN");
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"1"});
  TextSink sink;
  ASSERT_TRUE(run_in(*other, "INSERT INTO t VALUES (2); FLUSH", sink).ok());
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"1"});
  EXPECT_EQ(run("SELECT no_such_column FROM t"), Rows{"ERROR 42703"});
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"ERROR 25P02"});
  run("ROLLBACK");
  EXPECT_EQ(run("SELECT count(*) FROM t"), Rows{"2"});
}

TEST_F(EngineTest, TwoSourcesOnOneTopicStandTogether) {
  run(kSource);
  produce("s", 0, 1000);
  run("FLUSH");
  run("CREATE SOURCE s2 (id BIGINT) WITH (topic = 's')");
  run("CREATE TABLE k (id BIGINT PRIMARY KEY, g BIGINT) WITH (topic = 's')");
  EXPECT_EQ(run("SELECT (SELECT count(*) FROM s), (SELECT count(*) FROM s2), count(*) FROM k"),
            Rows{"1000 1000 1000"});
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s2 JOIN k USING (id)");
  produce("s", 1000, 1000);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"2000"});
  reopen();
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"2000"});
}

// A replay ends at any moment, also while the next replace of the same view is being planned.
TEST_F(EngineTest, ReplacesOneBehindTheOtherLoseNoDependant) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT sum(n) AS total FROM v");
  produce("s", 0, 20000);  // a replay takes longer than to plan one
  run("SET background_ddl = on");
  const std::string replace =
      "CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g";
  for (int i = 0; i < 50; i++)
    while (run(replace) == Rows{"ERROR 55006"}) continue;
  while (run("SELECT count(*) FROM kappa.replays WHERE state = 'running'") != Rows{"0"}) continue;
  EXPECT_EQ(run("SELECT name, version FROM kappa.views ORDER BY name"), (Rows{"v 51", "w 1"}));
  reopen();
  EXPECT_EQ(run("SELECT name, version FROM kappa.views ORDER BY name"), (Rows{"v 51", "w 1"}));
}

TEST_F(EngineTest, PositionsInErrorsCountFromTheStartOfTheWholeText) {
  TextSink sink;
  ASSERT_TRUE(run_in(*session_, "CREATE TABLE t (id BIGINT PRIMARY KEY, n INT)", sink).ok());
  for (const std::string statement :
       {"SELECT bad FROM t", "SELECT n,\n 'ü', bad FROM t", "SELECT n FROM bad",
        "SELECT bad(n) FROM t", "INSERT INTO t VALUES (1, bad)",
        "INSERT INTO t SELECT n, bad FROM t", "UPDATE t SET n = bad", "DELETE FROM t WHERE bad = 1",
        "CREATE SOURCE bad.s (id INT)", "CREATE MATERIALIZED VIEW v AS SELECT 'ü', bad FROM t"}) {
    for (const std::string before :
         {"", "  ", "SELECT 1;", "SELECT 'é;ü' ;\n  ", "FLUSH; SELECT 1;\n"}) {
      const std::string text = before + statement;
      const std::string_view lead = std::string_view(text).substr(0, text.find("bad"));
      const auto characters =
          std::ranges::count_if(lead, [](char c) { return (c & 0xc0) != 0x80; });
      EXPECT_EQ(sql::error_of(run_in(*session_, text, sink)).position, characters + 1) << text;
    }
  }
}

// Rows are cast many at a time; the error names the one all the same.
TEST_F(EngineTest, AnErrorInCopyNamesTheLineAndTheColumn) {
  TextSink sink;
  ASSERT_TRUE(
      run_in(*session_, "CREATE TABLE t (id BIGINT PRIMARY KEY, n INT NOT NULL)", sink).ok());
  auto where = [&](int64_t bad_row, const std::string* value) -> std::string {
    auto statements = session_->parse("COPY t FROM STDIN");
    auto prepared = session_->prepare(statements->front(), {});
    auto writer = session_->copy_in(**prepared);
    const std::string good = "1";
    for (int64_t row = 1; row <= 5000; row++) {
      std::string id = std::to_string(row);
      Status status = (*writer)->row({&id, row == bad_row ? value : &good}, 2 * row);
      if (!status.ok()) return sql::error_of(status).where;
    }
    return sql::error_of((*writer)->finish(sink).status()).where;
  };
  const std::string word = "three";
  EXPECT_EQ(where(3, &word), "COPY, line 6, column n: \"three\"");
  EXPECT_EQ(where(2048, &word), "COPY, line 4096, column n: \"three\"");
  EXPECT_EQ(where(5000, &word), "COPY, line 10000, column n: \"three\"");
  EXPECT_EQ(where(2500, nullptr), "COPY, line 5000");
  ASSERT_TRUE(run_in(*session_, "SELECT count(*) FROM t", sink).ok());
  EXPECT_EQ(sink.lines.front(), "0");
}

TEST_F(EngineTest, AKeyedTableIsTheSameBeforeAndAfterACompaction) {
  auto topic = log_->create_topic("k", 1,
                                  {{"cleanup.policy", "compact"},
                                   {"segment.bytes", "20000"},
                                   {"min.cleanable.dirty.ratio", "0"},
                                   {"delete.retention.ms", "0"},
                                   {"file.delete.delay.ms", "0"}});
  ASSERT_TRUE(topic.ok());
  run("CREATE TABLE k (id BIGINT PRIMARY KEY, n BIGINT) WITH (topic = 'k')");
  run("CREATE MATERIALIZED VIEW before AS SELECT count(*) AS c, sum(n) AS s FROM k");
  for (int round = 0; round < 30; round++)
    run(fmt::format("INSERT INTO k SELECT i, {} FROM range(200) r(i)", round));
  run("DELETE FROM k WHERE id % 10 = 0");
  // The housekeeper's thread works beside us; each round gives it another segment.
  auto partition = log_->partition(topic->id, 0).value();
  const int64_t written = partition->log_end().value;
  for (int round = 0; round < 2000 && partition->size_bytes() > 100'000; round++)
    run(fmt::format("INSERT INTO k VALUES (1, {})", round));
  EXPECT_LE(partition->size_bytes(), 100'000) << "nothing was compacted";
  run("INSERT INTO k VALUES (1, 29); FLUSH");
  EXPECT_GT(partition->log_end().value, written);
  const Rows expected = {fmt::format("180 {}", 180 * 29)};
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM k"), expected);
  EXPECT_EQ(run("SELECT c, s FROM before"), expected);
  reopen();
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM k"), expected) << "read again, over the gaps";
  EXPECT_EQ(run("SELECT c, s FROM before"), expected);
  run("CREATE MATERIALIZED VIEW after AS SELECT count(*) AS c, sum(n) AS s FROM k");
  EXPECT_EQ(run("SELECT c, s FROM after"), expected);
}

TEST_F(EngineTest, AStreamOfACompactedTopicIsRefused) {
  run("CREATE TABLE k (id BIGINT PRIMARY KEY, n BIGINT)");
  EXPECT_EQ(run("CREATE SOURCE s (id BIGINT) WITH (topic = 'k')"), Rows{"ERROR 0A000"});
  EXPECT_EQ(message_, "topic \"k\" is compacted: only its newest record of each key is kept");
}

TEST_F(TransactionalEngineTest, AViewShowsNothingOfAnOpenOrAbortedTransaction) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(id) AS s FROM s");
  produce("s", 0, 1000);
  produce_open("s", 1, 1000, 1000);
  produce("s", 2000, 1000);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"1000"}) << "what is behind the open one waits with it";
  EXPECT_EQ(run("SELECT count(*), max(id) FROM s"), Rows{"1000 999"});
  EXPECT_EQ(run("VERIFY v"), Rows{"v s/0@1000 1 0 NULL batch query"});
  EXPECT_EQ(run("SELECT topic, partition, producer_id, first_offset FROM kappa.transactions"),
            Rows{"s 0 1 1000"});
  commit("s", 1);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"3000"});
  EXPECT_EQ(run("SELECT count(*) FROM kappa.transactions"), Rows{"0"});

  // Many aborted and committed ones through each other, over several pieces of the log.
  int64_t n = 3000, sum = 2999 * 3000 / 2;
  for (int64_t round = 0; round < 60; round++) {
    const int64_t first = 10'000 + round * 1000;
    produce_open("s", 1, first, 300);
    produce_open("s", 2, first + 300, 300);
    produce("s", first + 600, 100);
    round % 3 == 0 ? commit("s", 2) : abort("s", 2);
    produce_open("s", 2, first + 700, 50);
    abort("s", 1);
    abort("s", 2);
    n += 100;
    sum += 100 * (first + 600) + 99 * 100 / 2;
    if (round % 3 == 0) {
      n += 300;
      sum += 300 * (first + 300) + 299 * 300 / 2;
    }
    if (round % 7 == 0) run("FLUSH");
  }
  run("FLUSH");
  const Rows expected = {fmt::format("{} {}", n, sum)};
  EXPECT_EQ(run("SELECT n, s FROM v"), expected) << "live";
  run("CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n, sum(id) AS s FROM s");
  EXPECT_EQ(run("SELECT n, s FROM w"), expected) << "replayed";
  EXPECT_EQ(run("SELECT count(*), sum(id) FROM s"), expected) << "read";
  reopen();
  EXPECT_EQ(run("SELECT n, s FROM v"), expected) << "restored";
  Rows verified = run("VERIFY v");
  ASSERT_EQ(verified.size(), 1u);
  EXPECT_NE(verified[0].find(" 1 0 NULL batch query"), std::string::npos) << verified[0];
}

TEST_F(TransactionalEngineTest, AKeyedTableShowsNothingOfAnAbortedTransaction) {
  ASSERT_TRUE(log_->create_topic("k", 1, {}).ok());
  run("CREATE TABLE k (id BIGINT PRIMARY KEY, n BIGINT) WITH (topic = 'k')");
  run("INSERT INTO k VALUES (1, 10)");
  auto partition = log_->partition(log_->find_topic("k")->id, 0).value();
  auto batches = partition->read(Offset(0), 1 << 20);
  std::string key;
  log::RecordReader reader;
  KAPPA_CHECK_OK(reader.for_each(batches->bytes, Offset(0),
                                 [&](const log::Record& record) { key = *record.key; }));
  auto upsert = [&](int n) {
    std::string value = fmt::format("{{\"id\": 1, \"n\": {}}}", n);
    log::BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .key = key, .value = value});
    append_open("k", 1, std::move(builder));
  };
  upsert(20);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM k"), Rows{"10"});
  abort("k", 1);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM k"), Rows{"10"});
  upsert(30);
  commit("k", 1);
  run("FLUSH");
  EXPECT_EQ(run("SELECT n FROM k"), Rows{"30"});
  reopen();
  EXPECT_EQ(run("SELECT n FROM k"), Rows{"30"});
}

}  // namespace
}  // namespace kappa::engine
