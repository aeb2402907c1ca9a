// A C program's view of the server: libpq with prepared statements, binary results, pipeline mode,
// single-row mode, COPY, notices and cancel. Usage: postgres_libpq_test HOST PORT

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>

#include "base/bytes.h"

namespace kappa::testing {
namespace {

std::string conninfo;

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using Result = std::unique_ptr<PGresult, Closer>;

class LibpqTest : public ::testing::Test {
 protected:
  void SetUp() override {
    connection_.reset(PQconnectdb(conninfo.c_str()));
    ASSERT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
    exec("DROP TABLE IF EXISTS libpq_scratch");
    exec("CREATE TABLE libpq_scratch(id BIGINT PRIMARY KEY, name VARCHAR)");
  }
  void TearDown() override { exec("DROP TABLE libpq_scratch"); }

  Result exec(const char* sql) {
    Result result(PQexec(connection_.get(), sql));
    const auto status = PQresultStatus(result.get());
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        << sql << ": " << PQerrorMessage(connection_.get());
    return result;
  }

  Connection connection_;
};

TEST_F(LibpqTest, PreparedStatementWithBinaryParametersAndResults) {
  PGconn* connection = connection_.get();
  const Oid type = 20;
  Result prepared(PQprepare(connection, "plus", "SELECT $1 + 1 AS n", 1, &type));
  ASSERT_EQ(PQresultStatus(prepared.get()), PGRES_COMMAND_OK) << PQerrorMessage(connection);
  Result described(PQdescribePrepared(connection, "plus"));
  EXPECT_EQ(PQparamtype(described.get(), 0), 20u);
  EXPECT_STREQ(PQfname(described.get(), 0), "n");
  std::string bytes;
  Writer(bytes).i64(41);
  const char* value = bytes.data();
  const int length = 8, format = 1;
  Result result(PQexecPrepared(connection, "plus", 1, &value, &length, &format, 1));
  ASSERT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK) << PQerrorMessage(connection);
  EXPECT_EQ(PQfformat(result.get(), 0), 1);
  const std::string_view got(PQgetvalue(result.get(), 0, 0),
                             static_cast<size_t>(PQgetlength(result.get(), 0, 0)));
  ASSERT_EQ(PQftype(result.get(), 0), 20u);
  EXPECT_EQ(load_big_endian<int64_t>(got.data()), 42);
}

TEST_F(LibpqTest, Pipeline) {
  PGconn* connection = connection_.get();
  ASSERT_EQ(PQenterPipelineMode(connection), 1);
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    const char* value = text.c_str();
    PQsendQueryParams(connection, "INSERT INTO libpq_scratch VALUES ($1::BIGINT, 'x')", 1, nullptr,
                      &value, nullptr, nullptr, 0);
  }
  PQpipelineSync(connection);
  int done = 0;
  while (true) {
    Result result(PQgetResult(connection));
    if (result == nullptr) continue;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    ASSERT_EQ(PQresultStatus(result.get()), PGRES_COMMAND_OK) << PQerrorMessage(connection);
    EXPECT_STREQ(PQcmdTuples(result.get()), "1");
    ++done;
  }
  EXPECT_EQ(done, 100);
  ASSERT_EQ(PQexitPipelineMode(connection), 1);
  EXPECT_STREQ(PQgetvalue(exec("SELECT count(*) FROM libpq_scratch").get(), 0, 0), "100");
}

TEST_F(LibpqTest, SingleRowMode) {
  PGconn* connection = connection_.get();
  ASSERT_EQ(PQsendQuery(connection, "SELECT i FROM range(20000) t(i)"), 1);
  ASSERT_EQ(PQsetSingleRowMode(connection), 1);
  int64_t rows = 0;
  while (true) {
    Result result(PQgetResult(connection));
    if (result == nullptr) break;
    if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) {
      EXPECT_EQ(std::stoll(PQgetvalue(result.get(), 0, 0)), rows);
      ++rows;
    }
  }
  EXPECT_EQ(rows, 20000);
}

TEST_F(LibpqTest, CopyInAndOut) {
  PGconn* connection = connection_.get();
  Result begin(PQexec(connection, "COPY libpq_scratch FROM STDIN"));
  ASSERT_EQ(PQresultStatus(begin.get()), PGRES_COPY_IN);
  const std::string data = "1\tone\n2\t\\N\n";
  for (char byte : data) ASSERT_EQ(PQputCopyData(connection, &byte, 1), 1);
  ASSERT_EQ(PQputCopyEnd(connection, nullptr), 1);
  Result end(PQgetResult(connection));
  EXPECT_STREQ(PQcmdStatus(end.get()), "COPY 2");
  while (Result rest = Result(PQgetResult(connection))) {
  }
  Result out(PQexec(connection, "COPY libpq_scratch TO STDOUT (FORMAT csv)"));
  ASSERT_EQ(PQresultStatus(out.get()), PGRES_COPY_OUT);
  std::string text;
  char* line = nullptr;
  while (PQgetCopyData(connection, &line, 0) > 0) {
    text += line;
    PQfreemem(line);
  }
  EXPECT_EQ(text, "1,one\n2,\n");
  while (Result rest = Result(PQgetResult(connection))) {
  }
}

TEST_F(LibpqTest, CopyThatTheClientGivesUp) {
  PGconn* connection = connection_.get();
  Result begin(PQexec(connection, "COPY libpq_scratch FROM STDIN"));
  ASSERT_EQ(PQputCopyData(connection, "1\tone\n", 6), 1);
  ASSERT_EQ(PQputCopyEnd(connection, "changed my mind"), 1);
  Result end(PQgetResult(connection));
  EXPECT_STREQ(PQresultErrorField(end.get(), PG_DIAG_SQLSTATE), "57014");
  while (Result rest = Result(PQgetResult(connection))) {
  }
  EXPECT_STREQ(PQgetvalue(exec("SELECT count(*) FROM libpq_scratch").get(), 0, 0), "0");
}

TEST_F(LibpqTest, ErrorFields) {
  Result result(PQexec(connection_.get(), "SELECT missing FROM libpq_scratch"));
  EXPECT_EQ(PQresultStatus(result.get()), PGRES_FATAL_ERROR);
  EXPECT_STREQ(PQresultErrorField(result.get(), PG_DIAG_SEVERITY), "ERROR");
  EXPECT_STREQ(PQresultErrorField(result.get(), PG_DIAG_SQLSTATE), "42703");
  EXPECT_STREQ(PQresultErrorField(result.get(), PG_DIAG_STATEMENT_POSITION), "8");
}

TEST_F(LibpqTest, Cancel) {
  PGconn* connection = connection_.get();
  ASSERT_EQ(PQsendQuery(connection, "SELECT i FROM range(1000000000000) t(i)"), 1);
  ASSERT_EQ(PQsetSingleRowMode(connection), 1);
  Result first(PQgetResult(connection));
  ASSERT_EQ(PQresultStatus(first.get()), PGRES_SINGLE_TUPLE);
  PGcancel* cancel = PQgetCancel(connection);
  char message[256];
  EXPECT_EQ(PQcancel(cancel, message, sizeof message), 1) << message;
  PQfreeCancel(cancel);
  std::string sqlstate;
  while (Result result = Result(PQgetResult(connection))) {
    const char* field = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    if (field != nullptr) sqlstate = field;
  }
  EXPECT_EQ(sqlstate, "57014");
}

}  // namespace
}  // namespace kappa::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 3) return 2;
  kappa::testing::conninfo = std::string("host=") + argv[1] + " port=" + argv[2] +
                             " user=tester dbname=kappa sslmode=prefer";
  return RUN_ALL_TESTS();
}
