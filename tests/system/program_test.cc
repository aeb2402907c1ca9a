// The program as its users meet it: starting, stopping, refusing, and the commands beside `serve`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "system/server_process.h"

namespace kappa::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

std::unique_ptr<ServerProcess> start(const ServerArguments& arguments) {
  auto server = ServerProcess::start(arguments);
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? std::move(*server) : nullptr;
}

Finished kappa(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program_path());
  return run_program(arguments);
}

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = start({.data_directory = directory_.path()});
    ASSERT_NE(server_, nullptr);
  }

  Finished sql(const std::string& text, const std::string& format = "table") {
    return kappa({"sql", "--url", server_->sql_url(), "--format", format, "-c", text});
  }
  Finished topic(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "topic");
    arguments.insert(arguments.end(), {"--bootstrap", server_->kafka()});
    return kappa(arguments);
  }

  TemporaryDirectory directory_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ProgramTest, SaysOnOneLineWhereItCanBeReached) {
  EXPECT_THAT(
      server_->ready_line(),
      MatchesRegex("ready kafka=127\\.0\\.0\\.1:[0-9]+ sql=127\\.0\\.0\\.1:[0-9]+ data=.+"));
}

TEST_F(ProgramTest, WritesAndPrintsRecords) {
  ASSERT_EQ(topic({"create", "clicks"}).exit_code, 0);
  auto shell = [&](const std::string& command) {
    return run_program({"/bin/sh", "-c",
                        "KAPPA_BOOTSTRAP=" + server_->kafka() +
                            "; export KAPPA_BOOTSTRAP; kappa() { " + program_path() +
                            " \"$@\"; }; " + command});
  };
  Finished written =
      shell("printf 'a:1\\nb:\\nc:3\\n' | kappa produce clicks -K : -Z -H from=test");
  EXPECT_EQ(written.exit_code, 0) << written.errors;
  EXPECT_THAT(written.errors, HasSubstr("3 records written to clicks"));
  EXPECT_EQ(shell("kappa consume clicks -o :end -f '%o %k=%v %V %h{%k:%v}\\n'").output,
            "0 a=1 1 from:test\n1 b= -1 from:test\n2 c=3 1 from:test\n");
  EXPECT_EQ(shell("kappa consume clicks -o -2:end -f '%k '").output, "b c ");
  EXPECT_EQ(shell("kappa consume clicks -n 1").output, "1\n");
  EXPECT_EQ(shell("kappa consume clicks -o @-1h:end -f '%o '").output, "0 1 2 ");
  EXPECT_THAT(shell("kappa consume clicks -o +2:end -J").output,
              HasSubstr("\"key\": \"c\", \"value\": \"3\""));
  EXPECT_EQ(shell("kappa consume none").exit_code, 3);
  EXPECT_EQ(shell("kappa consume clicks -o yesterday").exit_code, 2);
  Finished keyless = shell("printf 'a:1\\nb\\n' | kappa produce clicks -K :");
  EXPECT_EQ(keyless.exit_code, 2);
  EXPECT_THAT(keyless.errors, HasSubstr("line 2 has no key"));
}

TEST_F(ProgramTest, StopsCleanlyAndKeepsWhatItPromised) {
  for (int signal : {SIGTERM, SIGINT}) {
    ASSERT_EQ(sql("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)").exit_code, 0);
    ASSERT_EQ(sql("INSERT INTO t VALUES (" + std::to_string(signal) + ")").exit_code, 0);
    EXPECT_EQ(server_->stop(signal), 0);
    server_ = start({.data_directory = directory_.path()});
    ASSERT_NE(server_, nullptr);
  }
  EXPECT_EQ(sql("SELECT count(*) AS n FROM t", "csv").output, "n\n2\n");
}

TEST_F(ProgramTest, RefusesASecondServerOnTheSameDirectory) {
  Finished second = kappa({"serve", "--data", directory_.path(), "--kafka-listen", "127.0.0.1:0",
                           "--sql-listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 4) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr(directory_.path()));
  EXPECT_EQ(second.output, "");
  EXPECT_EQ(sql("SELECT 1 AS still_there", "csv").output, "still_there\n1\n");
}

TEST_F(ProgramTest, RefusesAPortThatIsTaken) {
  TemporaryDirectory other;
  Finished second = kappa({"serve", "--data", other.path(), "--kafka-listen", server_->kafka(),
                           "--sql-listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr(server_->kafka().substr(server_->kafka().find(':') + 1)));
}

TEST_F(ProgramTest, SqlPrintsRowsInThreeFormats) {
  std::string query = "SELECT 1 AS n, 'a,b' AS t, true AS b, NULL AS nothing";
  EXPECT_EQ(sql(query, "csv").output, "n,t,b,nothing\n1,\"a,b\",t,\n");
  EXPECT_EQ(sql(query, "json").output,
            "[{\"n\": 1, \"t\": \"a,b\", \"b\": true, \"nothing\": null}]\n");
  EXPECT_EQ(sql(query).output,
            " n | t   | b | nothing\n---+-----+---+---------\n 1 | a,b | t |\n(1 row)\n");
}

TEST_F(ProgramTest, SqlRunsFilesStatementByStatement) {
  std::string path = directory_.path() + ".sql";
  std::ofstream(path) << "CREATE TABLE f (id INTEGER PRIMARY KEY, v VARCHAR); -- a table; really\n"
                         "INSERT INTO f VALUES (1, 'x;y');\nSELECT v FROM f;";
  Finished run = kappa({"sql", "--url", server_->sql_url(), "--format", "csv", "-f", path});
  std::remove(path.c_str());
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.output, "v\nx;y\n");
}

TEST_F(ProgramTest, SqlShowsWhereAnErrorIs) {
  Finished failed = sql("SELECT 1,\n  nothing FROM nowhere");
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(failed.output, "");
  EXPECT_THAT(failed.errors, AllOf(HasSubstr("42P01"), HasSubstr("LINE 2:"), HasSubstr("^")));
}

TEST_F(ProgramTest, TopicsAreAlteredGrownAndTrimmed) {
  ASSERT_EQ(topic({"create", "clicks", "--config", "retention.ms=1000000000000"}).exit_code, 0);
  EXPECT_EQ(topic({"alter", "clicks", "--config", "segment.bytes=5000"}).exit_code, 0);
  EXPECT_THAT(topic({"describe", "clicks", "--format", "csv"}).output,
              AllOf(HasSubstr("retention.ms,1000000000000\n"), HasSubstr("segment.bytes,5000\n")));
  EXPECT_EQ(topic({"alter", "clicks", "--reset", "retention.ms"}).exit_code, 0);
  EXPECT_THAT(topic({"describe", "clicks", "--format", "csv"}).output,
              AllOf(HasSubstr("retention.ms,-1\n"), HasSubstr("segment.bytes,5000\n")));
  EXPECT_EQ(topic({"alter", "clicks"}).exit_code, 2);
  EXPECT_EQ(topic({"alter", "clicks", "--config", "no.such=1"}).exit_code, 2);
  EXPECT_EQ(topic({"alter", "none", "--reset", "retention.ms"}).exit_code, 3);

  EXPECT_EQ(topic({"add-partitions", "clicks", "--partitions", "3"}).exit_code, 0);
  EXPECT_EQ(topic({"add-partitions", "clicks", "--partitions", "2"}).exit_code, 2);
  ASSERT_EQ(sql("CREATE TABLE t (id INTEGER PRIMARY KEY)").exit_code, 0);
  Finished refused = topic({"add-partitions", "t", "--partitions", "2"});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.errors, HasSubstr("it holds table"));

  ASSERT_EQ(run_program({"/bin/sh", "-c",
                         "printf '1\\n2\\n3\\n' | " + program_path() +
                             " produce clicks -p 1 --bootstrap " + server_->kafka()})
                .exit_code,
            0);
  EXPECT_EQ(
      topic({"trim", "clicks", "--before", "2", "--partition", "1", "--format", "csv"}).output,
      "partition,first_offset\n1,2\n");
  EXPECT_EQ(topic({"trim", "clicks", "--before", "end", "--format", "csv"}).output,
            "partition,first_offset\n0,0\n1,3\n2,0\n");
  EXPECT_EQ(topic({"trim", "clicks", "--before", "4", "--partition", "1"}).exit_code, 2);
  EXPECT_EQ(topic({"trim", "clicks", "--before", "soon"}).exit_code, 2);
}

TEST_F(ProgramTest, GroupsAreASqlRelation) {
  ASSERT_EQ(topic({"create", "clicks"}).exit_code, 0);
  auto shell = [&](const std::string& command) {
    return run_program({"/bin/sh", "-c", command + " --bootstrap " + server_->kafka()});
  };
  ASSERT_EQ(shell("printf '1\\n2\\n3\\n' | " + program_path() + " produce clicks").exit_code, 0);
  ASSERT_EQ(shell(program_path() + " consume clicks -g readers -n 2").output, "1\n2\n");
  EXPECT_EQ(sql("SELECT name, topic, partition, committed, high_watermark, lag_records, "
                "lag_seconds < 60 AS is_recent FROM kappa.groups",
                "csv")
                .output,
            "name,topic,partition,committed,high_watermark,lag_records,is_recent\n"
            "readers,clicks,0,2,3,1,t\n");
}

TEST_F(ProgramTest, TopicsAreMadeListedDescribedAndDeleted) {
  EXPECT_EQ(topic({"create", "clicks", "--partitions", "3", "--config", "durability=os"}).exit_code,
            0);
  EXPECT_EQ(topic({"create", "clicks"}).exit_code, 4);
  EXPECT_EQ(topic({"list", "--format", "csv"}).output, "topic,partitions\nclicks,3\n");
  EXPECT_THAT(topic({"list", "--internal"}).output, HasSubstr("__kappa_catalog"));
  Finished described = topic({"describe", "clicks", "--format", "csv"});
  EXPECT_THAT(described.output, AllOf(HasSubstr("2,0,0\n"), HasSubstr("durability,os\n")));
  EXPECT_EQ(topic({"delete", "clicks"}).exit_code, 0);
  EXPECT_EQ(topic({"describe", "clicks"}).exit_code, 3);
  EXPECT_EQ(topic({"delete", "clicks"}).exit_code, 3);
  EXPECT_EQ(topic({"create", "bad", "--config", "no.such.setting=1"}).exit_code, 2);
}

TEST_F(ProgramTest, VerifyTellsViewByView) {
  ASSERT_EQ(sql("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)").exit_code,
            0);
  ASSERT_EQ(sql("CREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM t").exit_code, 0);
  Finished verified = kappa({"verify", "--url", server_->sql_url()});
  EXPECT_EQ(verified.exit_code, 0) << verified.errors;
  EXPECT_THAT(verified.output,
              AllOf(HasSubstr("n: equal, 1 rows"), HasSubstr("1 of 1 views equal")));
  EXPECT_EQ(kappa({"verify", "--url", server_->sql_url(), "nothing"}).exit_code, 1);
}

TEST(CommandLine, HelpIsThereForEveryCommand) {
  EXPECT_THAT(kappa({"--help"}).output, AllOf(HasSubstr("serve"), HasSubstr("First steps")));
  for (const char* command : {"serve", "sql", "topic", "group", "produce", "consume", "verify"}) {
    Finished help = kappa({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.output, HasSubstr(command));
  }
}

TEST(CommandLine, MistakesAreUsageErrors) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {}, {"serv"}, {"serve", "--dta", "x"}, {"topic"}, {"sql", "--format", "xml"}}) {
    EXPECT_EQ(kappa(wrong).exit_code, 2);
  }
}

TEST(CommandLine, TheConfigurationIsCheckedBeforeAnythingStarts) {
  TemporaryDirectory directory;
  std::string file = directory.path() + "/kappa.toml";
  std::ofstream(file) << "[sql]\nlissten = '127.0.0.1:0'\n";
  Finished refused = kappa({"serve", "--config", file});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("did you mean sql.listen?"));
  EXPECT_EQ(kappa({"serve", "--config", file + ".none"}).exit_code, 3);
  Finished open = kappa({"serve", "--data", directory.path(), "--sql-listen", "0.0.0.0:0"});
  EXPECT_EQ(open.exit_code, 5);
  EXPECT_THAT(open.errors, HasSubstr("authentication"));
}

TEST(CommandLine, TheEnvironmentStandsBetweenFlagAndFile) {
  TemporaryDirectory directory;
  setenv("KAPPA_WORKERS", "many", 1);
  Finished refused = kappa({"serve", "--data", directory.path()});
  Finished helped = kappa({"serve", "--data", directory.path(), "--workers", "0"});
  unsetenv("KAPPA_WORKERS");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("many"));
  EXPECT_THAT(helped.errors, HasSubstr("got 0"));
}

TEST(CommandLine, WithoutAServerTheClientsSaySo) {
  Finished failed = kappa({"sql", "--url", "postgresql://127.0.0.1:1/kappa", "-c", "SELECT 1"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("kappa serve"));
}

}  // namespace
}  // namespace kappa::system_test
