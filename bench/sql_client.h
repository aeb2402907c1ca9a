#pragma once
// A PostgreSQL connection that ends the program when something fails: for benchmarks.

#include <fmt/format.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <string>

namespace kappa::bench {

class SqlClient {
 public:
  explicit SqlClient(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) fail("connect");
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
  }
  SqlClient(const SqlClient&) = delete;
  ~SqlClient() { PQfinish(connection_); }

  // The first value of the result; empty when there is none or it is NULL.
  std::string run(const std::string& sql) {
    PGresult* result = PQexec(connection_, sql.c_str());
    auto status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail(sql);
    std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& doing) {
    fmt::print(stderr, "{}: {}\n", doing, PQerrorMessage(connection_));
    std::exit(1);
  }

  PGconn* connection_;
};

}  // namespace kappa::bench
