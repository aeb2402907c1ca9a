// The wire protocol message by message, over a real DuckDB session and a connection in memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "postgres/duckdb_session.h"
#include "postgres/memory_connection.h"
#include "serve/postgres/client.h"
#include "serve/postgres/server.h"

namespace kappa::testing {
namespace {

using serve::postgres::Server;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class WireTest : public ::testing::Test {
 protected:
  struct Peer {
    std::shared_ptr<MemoryConnection> connection;
    std::unique_ptr<net::Session> session;

    Peer() = default;
    Peer(Peer&&) = default;
    Peer& operator=(Peer&&) = default;
    ~Peer() { leave(); }
    void leave() {
      if (session != nullptr) session->on_close();
      session.reset();
    }
    void say(std::string_view bytes) { session->on_data(bytes); }
    // What the server says up to the ReadyForQuery that answers it.
    std::string ask(std::string_view bytes) {
      say(bytes);
      return connection->wait_for('Z');
    }
  };

  Peer dial() {
    Peer peer;
    peer.connection = std::make_shared<MemoryConnection>();
    peer.session = server_->accept(peer.connection);
    return peer;
  }
  Peer connect() {
    Peer peer = dial();
    greeting_ = peer.ask(startup_message());
    return peer;
  }
  // Fields of the first error in the bytes, "C42P01 …".
  static std::string error_in(std::string_view bytes) {
    for (const auto& message : messages_in(bytes)) {
      if (message.type != 'E' && message.type != 'N') continue;
      std::string text = message.body;
      std::replace(text.begin(), text.end(), '\0', '|');
      return "|" + text;
    }
    return "";
  }
  static std::string rows_in(std::string_view bytes) {
    std::string text;
    for (const auto& message : messages_in(bytes)) {
      if (message.type != 'D') continue;
      Reader reader(message.body);
      const int columns = reader.i16();
      for (int i = 0; i < columns; ++i) {
        const int32_t size = reader.i32();
        text += size < 0 ? "NULL" : std::string(reader.view(static_cast<size_t>(size)));
        text += i + 1 == columns ? ";" : ",";
      }
    }
    return text;
  }

  TestDatabase database_;
  serve::postgres::ServerOptions options_{.clients_max = 4, .make_catalog = [this] {
                                            ++catalogs_made_;
                                            return database_.make_catalog();
                                          }};
  int catalogs_made_ = 0;
  std::unique_ptr<Server> server_ = Server::create(
      env::posix_env(), [this] { return database_.connect(); }, options_);
  std::string greeting_;
};

TEST_F(WireTest, GreetsAndAnswersAQuery) {
  Peer peer = connect();
  EXPECT_THAT(types_in(greeting_), MatchesRegex("RS+KZ"));
  std::string answer = peer.ask(query_message("SELECT 1 AS a, NULL AS b, 'x' AS c"));
  EXPECT_EQ(types_in(answer), "TDCZ");
  EXPECT_EQ(rows_in(answer), "1,NULL,x;");
  EXPECT_THAT(answer, HasSubstr("SELECT 1"));
}

TEST_F(WireTest, AnyCutOfTheBytesGivesTheSameAnswer) {
  const std::string bytes = startup_message() + query_message("SELECT 42") +
                            parse_message("", "SELECT $1::INTEGER + 1") +
                            bind_message("", "", {"5"}) + describe_message('P', "") +
                            execute_message("") + sync_message();
  Peer peer = dial();
  for (char byte : bytes) peer.say(std::string_view(&byte, 1));
  std::string answer = peer.connection->wait_for('Z', 3);
  EXPECT_THAT(types_in(answer), MatchesRegex("RS+KZTDCZ12TDCZ"));
  EXPECT_EQ(rows_in(answer), "42;6;");
}

TEST_F(WireTest, RefusesEncryptionAndGoesOn) {
  Peer peer = dial();
  peer.say(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
  EXPECT_EQ(peer.connection->wait_for('?', 0), "N");
  peer.say(std::string("\0\0\0\x08\x04\xd2\x16\x30", 8));
  EXPECT_EQ(peer.connection->wait_for('?', 0), "N");
  EXPECT_THAT(types_in(peer.ask(startup_message())), MatchesRegex("RS+KZ"));
}

TEST_F(WireTest, NegotiatesTheMinorVersion) {
  Peer peer = dial();
  EXPECT_THAT(types_in(peer.ask(startup_message(2, std::string("_pq_.x\0"
                                                               "1\0",
                                                               9)))),
              MatchesRegex("vRS+KZ"));
  Peer old = dial();
  old.say(std::string("\0\0\0\x09\0\x02\0\0\0", 9));
  EXPECT_THAT(error_in(old.connection->wait_closed()), HasSubstr("|C0A000|"));
}

TEST_F(WireTest, SeveralStatementsInOneQueryStopAtTheFirstError) {
  Peer peer = connect();
  std::string answer = peer.ask(query_message("SELECT 1; SELECT 2; SELECT nothing; SELECT 3"));
  EXPECT_EQ(types_in(answer), "TDCTDCEZ");
  EXPECT_THAT(error_in(answer), HasSubstr("|C42703|"));
  EXPECT_EQ(types_in(peer.ask(query_message(" ; -- nothing\n"))), "IZ");
}

TEST_F(WireTest, AnErrorCarriesItsPosition) {
  Peer peer = connect();
  EXPECT_THAT(error_in(peer.ask(query_message("SELECT 'grün', nothing"))), HasSubstr("|P16|"));
  EXPECT_THAT(error_in(peer.ask(query_message("SHOW server_version; SELECT nothing"))),
              HasSubstr("|P29|"));
}

TEST_F(WireTest, AfterAnErrorEverythingIsSkippedUpToSync) {
  Peer peer = connect();
  std::string answer = peer.ask(parse_message("", "SELECT nothing") + bind_message("", "") +
                                execute_message("") + sync_message());
  EXPECT_EQ(types_in(answer), "EZ");
  EXPECT_EQ(types_in(peer.ask(query_message("SELECT 1"))), "TDCZ");
}

TEST_F(WireTest, PipelinesAnswerInOrder) {
  Peer peer = connect();
  std::string bytes = parse_message("add", "SELECT $1::INTEGER + $2::INTEGER");
  for (int i = 0; i < 50; ++i) {
    bytes += bind_message("", "add", {std::to_string(i), "1"}) + execute_message("");
  }
  std::string answer = peer.ask(bytes + sync_message());
  std::string expected;
  for (int i = 1; i <= 50; ++i) expected += std::to_string(i) + ";";
  EXPECT_EQ(rows_in(answer), expected);
}

TEST_F(WireTest, DescribesAStatement) {
  Peer peer = connect();
  std::string answer =
      peer.ask(parse_message("s", "SELECT $1::BIGINT AS n, 1.5::DECIMAL(9,2) AS p") +
               describe_message('S', "s") + sync_message());
  ASSERT_EQ(types_in(answer), "1tTZ");
  auto messages = messages_in(answer);
  EXPECT_EQ(messages[1].body, std::string("\0\1\0\0\0\x14", 6));
  Reader reader(messages[2].body);
  EXPECT_EQ(reader.i16(), 2);
  reader.skip(2 + 6);
  EXPECT_EQ(reader.u32(), 20u);
  EXPECT_EQ(reader.i16(), 8);
  EXPECT_EQ(reader.i32(), -1);
  reader.skip(2 + 2 + 6);
  EXPECT_EQ(reader.u32(), 1700u);
  EXPECT_EQ(reader.i16(), -1);
  EXPECT_EQ(reader.i32(), (9 << 16 | 2) + 4);
}

TEST_F(WireTest, DeclaredParameterTypesCount) {
  Peer peer = connect();
  std::string answer =
      peer.ask(parse_message("", "SELECT $1 + 1", {20}) + bind_message("", "", {"41"}) +
               describe_message('P', "") + execute_message("") + sync_message());
  EXPECT_EQ(types_in(answer), "12TDCZ");
  EXPECT_EQ(rows_in(answer), "42;");
}

TEST_F(WireTest, RefusesWrongParameters) {
  Peer peer = connect();
  const std::string parse = parse_message("", "SELECT $1::INTEGER");
  EXPECT_THAT(error_in(peer.ask(parse + bind_message("", "", {}) + sync_message())),
              HasSubstr("|C08P01|"));
  EXPECT_THAT(error_in(peer.ask(parse + bind_message("", "", {"abc"}) + sync_message())),
              HasSubstr("|C22P02|"));
  EXPECT_THAT(error_in(peer.ask(bind_message("", "gone") + sync_message())), HasSubstr("|C26000|"));
  EXPECT_THAT(error_in(peer.ask(execute_message("gone") + sync_message())), HasSubstr("|C34000|"));
  EXPECT_THAT(error_in(peer.ask(parse_message("", "SELECT 1; SELECT 2") + sync_message())),
              HasSubstr("|C42601|"));
  EXPECT_THAT(error_in(peer.ask(query_message("SELECT $1::INTEGER"))), HasSubstr("|C42P02|"));
}

TEST_F(WireTest, NamedStatementsAndPortals) {
  Peer peer = connect();
  EXPECT_EQ(types_in(peer.ask(parse_message("s", "SELECT 1") + sync_message())), "1Z");
  EXPECT_THAT(error_in(peer.ask(parse_message("s", "SELECT 2") + sync_message())),
              HasSubstr("|C42P05|"));
  EXPECT_EQ(types_in(peer.ask(close_message('S', "s") + close_message('S', "s") + sync_message())),
            "33Z");
  EXPECT_EQ(types_in(peer.ask(parse_message("", "") + bind_message("", "") +
                              describe_message('P', "") + execute_message("") + sync_message())),
            "12nIZ");
}

// Portals with a row limit live as long as their transaction.
class PortalTest : public WireTest {
 protected:
  void SetUp() override {
    peer_ = connect();
    peer_.ask(query_message("BEGIN"));
    const std::string open =
        parse_message("", "SELECT i FROM range(5) t(i)") + bind_message("p", "");
    EXPECT_EQ(types_in(peer_.ask(open + execute_message("p", 2) + sync_message())), "12DDsZ");
  }
  Peer peer_;
};

TEST_F(PortalTest, GoesOnWhereItStopped) {
  std::string answer = peer_.ask(execute_message("p", 2) + sync_message());
  EXPECT_EQ(rows_in(answer), "2;3;");
  answer = peer_.ask(execute_message("p", 2) + sync_message());
  EXPECT_EQ(types_in(answer), "DCZ");
  EXPECT_THAT(answer, HasSubstr("SELECT 1"));
  EXPECT_EQ(types_in(peer_.ask(execute_message("p") + sync_message())), "CZ");
}

TEST_F(PortalTest, SurvivesAnotherStatement) {
  EXPECT_EQ(rows_in(peer_.ask(query_message("SELECT 'between'"))), "between;");
  EXPECT_EQ(types_in(peer_.ask(execute_message("p", 1) + sync_message())), "DsZ");
  EXPECT_EQ(rows_in(peer_.ask(execute_message("p") + sync_message())), "3;4;");
}

TEST_F(PortalTest, MayBeClosed) {
  EXPECT_EQ(
      types_in(peer_.ask(describe_message('P', "p") + close_message('P', "p") + sync_message())),
      "T3Z");
  EXPECT_THAT(error_in(peer_.ask(execute_message("p") + sync_message())), HasSubstr("|C34000|"));
}

TEST_F(PortalTest, EndsWithTheConnection) {
  peer_.leave();
  peer_.connection->wait_closed();
}

TEST_F(WireTest, OutsideATransactionAPortalEndsAtSync) {
  Peer peer = connect();
  EXPECT_EQ(
      types_in(peer.ask(parse_message("", "SELECT i FROM range(5) t(i)") + bind_message("p", "") +
                        execute_message("p", 2) + execute_message("p", 2) + sync_message())),
      "12DDsDDsZ");
  EXPECT_THAT(error_in(peer.ask(execute_message("p") + sync_message())), HasSubstr("|C34000|"));
}

TEST_F(WireTest, ReportsTheTransaction) {
  Peer peer = connect();
  EXPECT_TRUE(peer.ask(query_message("BEGIN")).ends_with("T"));
  EXPECT_TRUE(peer.ask(query_message("SELECT nothing")).ends_with("E"));
  EXPECT_THAT(error_in(peer.ask(query_message("SELECT 1"))), HasSubstr("|C25P02|"));
  EXPECT_TRUE(peer.ask(query_message("ROLLBACK")).ends_with("I"));
}

TEST_F(WireTest, CopyInTakesAnyCut) {
  database_.run("CREATE TABLE kappadb.main.t(a INTEGER, b VARCHAR)");
  const std::string data = "1\tone\\ttab\n2\t\\N\r\n3\tlast";
  for (size_t cut = 1; cut < data.size(); ++cut) {
    Peer peer = connect();
    peer.say(query_message("COPY t FROM STDIN"));
    EXPECT_EQ(types_in(peer.connection->wait_for('G')), "G");
    EXPECT_EQ(types_in(peer.ask(message('d', data.substr(0, cut)) + message('d', data.substr(cut)) +
                                message('c', ""))),
              "CZ");
    EXPECT_EQ(rows_in(peer.ask(query_message("SELECT * FROM t ORDER BY a; DELETE FROM t"))),
              "1,one\ttab;2,NULL;3,last;");
  }
}

TEST_F(WireTest, CopyInThatFailsIsDrained) {
  database_.run("CREATE TABLE kappadb.main.t(a INTEGER)");
  Peer peer = connect();
  std::string answer = peer.ask(query_message("COPY t FROM STDIN") + message('d', "1\nx\n") +
                                message('d', "2\n") + message('c', ""));
  EXPECT_EQ(types_in(answer), "GEZ");
  EXPECT_THAT(error_in(answer), HasSubstr("|WCOPY, line 2, column a|"));
  EXPECT_EQ(rows_in(peer.ask(query_message("SELECT count(*) FROM t"))), "0;");
  answer = peer.ask(query_message("COPY t FROM STDIN") + message('f', std::string("no\0", 3)));
  EXPECT_THAT(error_in(answer), HasSubstr("|C57014|MCOPY from stdin failed: no|"));
}

TEST_F(WireTest, CopyThroughTheExtendedProtocol) {
  database_.run("CREATE TABLE kappadb.main.t(a INTEGER)");
  Peer peer = connect();
  EXPECT_EQ(types_in(peer.ask(parse_message("", "COPY t FROM STDIN") + bind_message("", "") +
                              describe_message('P', "") + execute_message("") +
                              message('d', "7\n") + message('c', "") + sync_message())),
            "12nGCZ");
  EXPECT_EQ(types_in(peer.ask(parse_message("", "COPY t TO STDOUT") + bind_message("", "") +
                              execute_message("") + sync_message())),
            "12HdcCZ");
}

TEST_F(WireTest, TooManyClients) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (size_t i = 0; i < options_.clients_max; ++i) {
    peers.push_back(std::make_unique<Peer>(connect()));
  }
  Peer last = dial();
  last.say(startup_message());
  EXPECT_THAT(error_in(last.connection->wait_closed()), HasSubstr("|C53300|"));
}

TEST_F(WireTest, CancelEndsTheRunningStatementOnly) {
  Peer peer = connect();
  const auto messages = messages_in(greeting_);
  std::string key;
  for (const auto& message : messages) {
    if (message.type == 'K') key = message.body;
  }
  // Rows come out before the cancellation, so it hits the statement while it runs.
  peer.say(query_message("SELECT i FROM range(1000000000000) t(i)"));
  peer.connection->wait_for('T');
  std::string wrong = key;
  wrong[7] = static_cast<char>(wrong[7] ^ 1);
  dial().say(std::string("\0\0\0\x10\x04\xd2\x16\x2e", 8) + wrong);
  dial().say(std::string("\0\0\0\x10\x04\xd2\x16\x2e", 8) + key);
  EXPECT_THAT(error_in(peer.connection->wait_for('Z')), HasSubstr("|C57014|"));
  EXPECT_EQ(rows_in(peer.ask(query_message("SELECT 1"))), "1;");
}

TEST_F(WireTest, AClientThatDoesNotReadStopsTheStatement) {
  Peer peer = connect();
  peer.connection->stop_draining();
  peer.say(query_message("SELECT repeat('x', 1000) FROM range(10000000)"));
  // The statement would be 10 GB; it stands still near the limit until the client goes.
  peer.connection->wait_for('?', 0);
  peer.leave();
  peer.connection->wait_closed();
  EXPECT_LT(peer.connection->received_bytes(), size_t{64} << 20);
}

TEST_F(WireTest, MalformedInputEndsTheConnectionWithAReason) {
  for (const std::string& bytes :
       {std::string("?\0\0\0\x04", 5), std::string("Q\x7f\xff\xff\xff", 5),
        std::string("Q\0\0\0\0", 5), std::string("S\x00\x00\xff\xff", 5)}) {
    Peer peer = connect();
    peer.say(query_message("SELECT 1") + bytes);
    std::string answer = peer.connection->wait_closed();
    EXPECT_EQ(types_in(answer), "TDCZE");
    EXPECT_THAT(error_in(answer), HasSubstr("|C08P01|"));
  }
}

TEST_F(WireTest, StoppingTheServerSaysGoodbye) {
  Peer peer = connect();
  server_->stop();
  EXPECT_THAT(error_in(peer.connection->wait_closed()), HasSubstr("|C57P01|"));
  Peer late = dial();
  late.say(startup_message());
  EXPECT_THAT(error_in(late.connection->wait_closed()), HasSubstr("|C57P03|"));
}

TEST_F(WireTest, TheCatalogIsMadeWhenItIsAsked) {
  Peer peer = connect();
  EXPECT_EQ(rows_in(peer.ask(query_message("SELECT current_database(), 1"))), "kappa,1;");
  EXPECT_EQ(catalogs_made_, 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(rows_in(peer.ask(query_message("SELECT typname FROM pg_type WHERE oid = 20"))),
              "int8;");
  }
  EXPECT_EQ(catalogs_made_, 1);
}

TEST_F(WireTest, TellsOfChangedSettings) {
  Peer peer = connect();
  EXPECT_EQ(types_in(peer.ask(query_message("SET application_name = 'me'"))), "SCZ");
  EXPECT_EQ(rows_in(peer.ask(query_message("SHOW application_name"))), "me;");
  EXPECT_THAT(error_in(peer.ask(query_message("SET client_encoding TO LATIN1"))),
              HasSubstr("|C22023|"));
}

}  // namespace
}  // namespace kappa::testing
