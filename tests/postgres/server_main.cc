// A PostgreSQL server over a DuckDB instance in memory, for the tests of this folder: prints
// "ready sql=127.0.0.1:PORT" and serves until its standard input ends.
// Usage: postgres_test_server [SQL-FILE run at the start]

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/check.h"
#include "base/logging.h"
#include "net/server.h"
#include "postgres/duckdb_session.h"
#include "serve/postgres/server.h"

int main(int argc, char** argv) {
  KAPPA_CHECK_OK(kappa::init_logging("info"));
  kappa::testing::TestDatabase database;
  if (argc > 1) {
    std::ifstream file(argv[1]);
    database.run(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  auto server = kappa::serve::postgres::Server::create(
      kappa::env::posix_env(), [&] { return database.connect(); },
      {.make_catalog = [&] { return database.make_catalog(); }});
  auto net = kappa::net::Server::start(2);
  auto port = net->listen("127.0.0.1", 0, [&](std::shared_ptr<kappa::net::Connection> connection) {
    return server->accept(std::move(connection));
  });
  KAPPA_CHECK_OK(port.status());
  std::cout << "ready sql=127.0.0.1:" << *port << std::endl;
  while (std::cin.get() != EOF) {
  }
  server->stop();
  net->stop();
}
