// Bytes of a client, in cuts chosen by the input, into a session over DuckDB: whatever they are,
// the session must neither crash nor hang. The first byte chooses the cut; a start-up comes first
// unless it is even.

#include <cstddef>
#include <cstdint>

#include "postgres/duckdb_session.h"
#include "postgres/memory_connection.h"
#include "serve/postgres/server.h"

namespace kappa::testing {
namespace {

// Refuses statements before DuckDB runs them: the wire is what is tested, not what SQL can do.
class Idle : public engine::Session {
 public:
  explicit Idle(std::unique_ptr<engine::Session> engine) : engine_(std::move(engine)) {}
  StatusOr<std::vector<engine::ParsedStatementPtr>> parse(std::string_view text) override {
    constexpr size_t kTextBytesMax = 200;
    if (text.size() > kTextBytesMax || text.find("range") != std::string_view::npos) {
      return unimplemented("not in the fuzzer");
    }
    return engine_->parse(text);
  }
  StatusOr<std::unique_ptr<engine::PreparedStatement>> prepare(engine::ParsedStatementPtr statement,
                                                               data::Types types) override {
    return engine_->prepare(std::move(statement), std::move(types));
  }
  Status execute(const engine::PreparedStatement& statement,
                 const std::vector<duckdb::Value>& values, engine::ResultSink& sink) override {
    return engine_->execute(statement, values, sink);
  }
  StatusOr<std::unique_ptr<engine::CopyWriter>> copy_in(
      const engine::PreparedStatement& statement) override {
    return engine_->copy_in(statement);
  }
  engine::TransactionState transaction_state() const override {
    return engine_->transaction_state();
  }
  void cancel() override { engine_->cancel(); }

 private:
  std::unique_ptr<engine::Session> engine_;
};

}  // namespace
}  // namespace kappa::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kappa;
  using namespace kappa::testing;
  static TestDatabase* database = [] {
    auto* made = new TestDatabase();
    made->run("CREATE TABLE kappadb.main.t(a INTEGER, b VARCHAR, c VARCHAR[])");
    return made;
  }();
  static auto* server =
      serve::postgres::Server::create(
          env::posix_env(), [] { return std::make_unique<Idle>(database->connect()); }, {})
          .release();
  if (size == 0) return 0;
  auto connection = std::make_shared<MemoryConnection>();
  auto session = server->accept(connection);
  const bool is_started = data[0] % 2 == 1;
  if (is_started) {
    session->on_data(startup_message());
    connection->wait_for('Z');
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t step = data[0] / 2 + 1;
  for (size_t i = 0; i < bytes.size(); i += step) session->on_data(bytes.substr(i, step));
  session->on_close();
  session.reset();
  if (is_started) connection->wait_closed();
  return 0;
}
