// Where history begins (semantics.md): views over topics that have lost records, checkpoints, and
// what happens without them.

#include <fstream>

#include "engine/checkpoint_store.h"
#include "engine/testing/engine_test_base.h"

namespace kappa::engine {
namespace {

class HistoryTest : public EngineTest {
 protected:
  // A checkpoint is due when something waits to be deleted: a trim is answered when it is there.
  void trim_all(const std::string& topic) {
    ASSERT_TRUE(trim(topic, partition(topic)->high_watermark().value).ok());
  }
  void damage_checkpoint() {
    std::fstream file(state_directory() + "/checkpoint");
    ASSERT_TRUE(file.good());
    file.seekp(20);
    file.put('\x7e');
  }
};

TEST_F(HistoryTest, AViewBeginsWhereRetentionLeftItsTopic) {
  run(kSource);
  run("CREATE MATERIALIZED VIEW old AS SELECT count(*) AS n FROM s");
  produce("s", 0, 3000);
  run("FLUSH");
  ASSERT_TRUE(trim("s", 1500).ok());
  EXPECT_EQ(run("SELECT n FROM old"), Rows{"3000"}) << "what deleted records contributed is kept";
  EXPECT_EQ(run("SELECT count(*) FROM s"), Rows{"1500"});
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, min(id) AS first FROM s");
  ASSERT_FALSE(notices_.empty());
  EXPECT_EQ(notices_[0], "records of topic \"s\" are gone: partition 0 begins at 1500");
  EXPECT_EQ(run("SELECT n, first FROM v"), Rows{"1500 1500"});
  produce("s", 3000, 10);
  run("FLUSH");
  EXPECT_EQ(run("SELECT (SELECT n FROM old), (SELECT n FROM v)"), Rows{"3010 1510"});
}

TEST_F(HistoryTest, AViewWhoseHistoryIsGoneIsReplacedOnlyWhenThatIsMeant) {
  run(kSource);
  produce("s", 0, 3000);
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  ASSERT_TRUE(trim("s", 1000).ok());
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT count(*) + 1 AS n FROM s"),
            Rows{"ERROR 55000"});
  EXPECT_EQ(message_,
            "cannot replace \"v\" from the log: records of topic \"s\" are gone: partition 0 "
            "begins at 1000");
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"3000"}) << "the one that was there goes on";
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v WITH (start = 'log start') AS "
                "SELECT count(*) + 1 AS n FROM s"),
            Rows{});
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"2001"});
  EXPECT_EQ(run("CREATE MATERIALIZED VIEW w WITH (begin = 'x') AS SELECT 1 AS n FROM s"),
            Rows{"ERROR 22023"});
}

TEST_F(HistoryTest, AViewKeepsWhatDeletedRecordsContributedOverRestartsAndKills) {
  run(kSource);
  run("CREATE TABLE t (g BIGINT PRIMARY KEY, name VARCHAR)");
  run("INSERT INTO t SELECT i, 'n' || i FROM range(10) r(i)");
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n, max(id) AS hi FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT name, n FROM v JOIN t USING (g)");
  produce("s", 0, 3000);
  run("FLUSH");
  trim_all("s");
  const Rows before = run("SELECT * FROM w ORDER BY ALL");
  EXPECT_EQ(before.size(), 10u);
  kill();
  EXPECT_EQ(run("SELECT * FROM w ORDER BY ALL"), before);
  produce("s", 3000, 10);
  run("FLUSH");
  EXPECT_EQ(run("SELECT sum(n), max(hi) FROM v"), Rows{"3010 3009"});
  reopen();
  EXPECT_EQ(run("SELECT sum(n), max(hi) FROM v"), Rows{"3010 3009"});
  kill();
  EXPECT_EQ(run("SELECT sum(n), max(hi) FROM v"), Rows{"3010 3009"});
  EXPECT_EQ(run("SELECT sum(n) FROM w"), Rows{"3010"});
}

TEST_F(HistoryTest, WithoutItsCheckpointAViewThatCannotBeMadeAgainSaysSoAndOthersGoOn) {
  run(kSource);
  run("CREATE SOURCE whole (id BIGINT, g BIGINT) WITH (topic = 'whole')");
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  run("CREATE MATERIALIZED VIEW reader AS SELECT n + 1 AS n FROM v");
  run("CREATE MATERIALIZED VIEW other AS SELECT count(*) AS n FROM whole");
  produce("s", 0, 3000);
  produce("whole", 0, 100);
  run("FLUSH");
  ASSERT_TRUE(trim("s", 1000).ok());
  close();
  damage_checkpoint();
  open();
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"ERROR 55000"});
  EXPECT_EQ(message_,
            "v has stopped: records of topic \"s\" are gone: partition 0 begins at 1000, and no "
            "checkpoint has what they contributed");
  EXPECT_EQ(run("SELECT n FROM reader"), Rows{"ERROR 55000"});
  EXPECT_EQ(run("SELECT n FROM other"), Rows{"100"});
  reopen();
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"ERROR 55000"}) << "and it stays so";
  EXPECT_EQ(run("SELECT n FROM other"), Rows{"100"});
  run("CREATE OR REPLACE MATERIALIZED VIEW v WITH (start = 'log start') AS "
      "SELECT count(*) AS n FROM s");
  EXPECT_EQ(run("SELECT n FROM reader"), Rows{"2001"});
  reopen();
  EXPECT_EQ(run("SELECT n FROM reader"), Rows{"2001"});
}

TEST_F(HistoryTest, ADamagedCheckpointIsReplacedByAReplayWhereTheHistoryIsWhole) {
  run(kSource);
  produce("s", 0, 3000);
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  close();
  damage_checkpoint();
  open();
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM v"), Rows{"10 3000"});
}

TEST_F(HistoryTest, AViewThatTheCheckpointHasNotIsReplayedToItsFrontier) {
  run(kSource);
  run("CREATE TABLE t (g BIGINT PRIMARY KEY, name VARCHAR)");
  run("INSERT INTO t SELECT i, 'n' || i FROM range(10) r(i)");
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  produce("s", 0, 3000);
  run("FLUSH");
  reopen();  // a stop writes a checkpoint
  run("CREATE MATERIALIZED VIEW late AS SELECT s.g, t.name, v.n FROM s JOIN t USING (g) "
      "JOIN v ON v.g = s.g WHERE s.id < 100");
  run("CREATE MATERIALIZED VIEW later AS SELECT count(*) AS n, sum(n) AS s FROM late");
  run("CREATE SOURCE fresh (id BIGINT, g BIGINT) WITH (topic = 'fresh')");
  run("CREATE MATERIALIZED VIEW latest AS SELECT count(*) AS n FROM fresh JOIN s USING (id)");
  produce("fresh", 0, 50);
  produce("s", 3000, 1000);
  run("UPDATE t SET name = 'other' WHERE g = 3");
  run("FLUSH");
  const Rows before =
      run("SELECT (SELECT n FROM later), (SELECT s FROM later), (SELECT n FROM latest)");
  EXPECT_EQ(before, Rows{"100 40000 50"});
  kill();
  EXPECT_EQ(run("SELECT (SELECT n FROM later), (SELECT s FROM later), (SELECT n FROM latest)"),
            before);
  EXPECT_EQ(run("SELECT count(*) FROM late WHERE name = 'other'"), Rows{"10"});
  for (const std::string& line : run("VERIFY")) EXPECT_NE(line.find(" 0 NULL "), std::string::npos);
}

TEST_F(HistoryTest, AnotherNumberOfWorkersReplaysOrSaysWhyItCannot) {
  run(kSource);
  run("CREATE SOURCE whole (id BIGINT, g BIGINT) WITH (topic = 'whole')");
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT g, count(*) AS n FROM whole GROUP BY g");
  produce("s", 0, 3000);
  produce("whole", 0, 3000);
  run("FLUSH");
  ASSERT_TRUE(trim("s", 1000).ok());
  worker_count_ = 3;
  reopen();
  EXPECT_EQ(run("SELECT sum(n) FROM w"), Rows{"3000"});
  EXPECT_EQ(run("SELECT sum(n) FROM v"), Rows{"ERROR 55000"});
}

TEST_F(HistoryTest, AReplaceIsAllowedWhereNothingWasLostSinceTheViewWasMade) {
  run(kSource);
  produce("s", 0, 3000);
  ASSERT_TRUE(trim("s", 1000).ok());
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT count(*) + 1 AS n FROM s"),
            Rows{});
  reopen();
  EXPECT_EQ(run("SELECT n FROM v"), Rows{"2001"});
  ASSERT_TRUE(trim("s", 1001).ok());
  EXPECT_EQ(run("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT count(*) + 1 AS n FROM s"),
            Rows{"ERROR 55000"});
}

TEST_F(HistoryTest, VerifyBeginsWithTheCheckpointWhereTheRecordsAreGone) {
  run(kSource);
  run("CREATE TABLE t (g BIGINT PRIMARY KEY, name VARCHAR)");
  run("INSERT INTO t SELECT i, 'n' || i FROM range(10) r(i)");
  run("CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n FROM s GROUP BY g");
  run("CREATE MATERIALIZED VIEW w AS SELECT name, id FROM s JOIN t USING (g) JOIN v USING (g) "
      "WHERE n > 0");
  produce("s", 0, 1000);
  run("FLUSH");
  ASSERT_TRUE(trim("s", 1000).ok());
  produce("s", 1000, 500);
  run("UPDATE t SET name = 'other' WHERE g = 3; FLUSH");
  EXPECT_EQ(run("VERIFY v"),
            Rows{"v s/0@1500 10 0 NULL its checkpoint at s/0@1000 and the records since, because "
                 "the log begins at s/0@1000"});
  const Rows verified = run("VERIFY w");
  ASSERT_EQ(verified.size(), 1u);
  EXPECT_NE(verified[0].find(" 1500 0 NULL its checkpoint at"), std::string::npos) << verified[0];
  reopen();
  EXPECT_NE(run("VERIFY w")[0].find(" 1500 0 NULL its checkpoint at"), std::string::npos);
}

TEST_F(HistoryTest, RecordsMayGoAtOnceAndTheViewsHaveReadThem) {
  run(kSource);
  run("CREATE SOURCE other (id BIGINT, g BIGINT) WITH (topic = 'other')");
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  for (int round = 0; round < 20; ++round) {
    produce("s", round * 500, 500);
    trim_all("s");
  }
  EXPECT_EQ(run("FLUSH; SELECT n FROM v"), Rows{"10000"});
  produce("other", 0, 10);
  run("FLUSH");
  EXPECT_TRUE(partition("other")->trim(Offset(10)).ok()) << "nothing reads it";
}

TEST_F(HistoryTest, ADroppedViewHoldsNothing) {
  run(kSource);
  produce("s", 0, 3000);
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM s");
  run("DROP MATERIALIZED VIEW v");
  EXPECT_TRUE(partition("s")->trim(Offset(3000)).ok()) << "at once";
}

TEST_F(HistoryTest, AKeyedTableWhoseTopicLostRecordsKeepsItsRows) {
  ASSERT_TRUE(log_->create_topic("k", 1, {{"cleanup.policy", "delete"}}).ok());
  run("CREATE TABLE k (id BIGINT PRIMARY KEY, n BIGINT) WITH (topic = 'k')");
  run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS c, sum(n) AS s FROM k");
  run("INSERT INTO k SELECT i, i FROM range(100) r(i)");
  trim_all("k");
  kill();
  run("UPDATE k SET n = 0 WHERE id = 99");
  EXPECT_EQ(run("SELECT c, s FROM v"), Rows{"100 4851"});
  EXPECT_EQ(run("SELECT count(*), sum(n) FROM k"), Rows{"100 4851"});
}

}  // namespace
}  // namespace kappa::engine
