#include "engine/engine.h"

#include <duckdb/main/connection.hpp>

#include "engine/core.h"
#include "engine/session_impl.h"
#include "sql/grammar.h"

namespace kappa::engine {
namespace {

class EngineImpl : public Engine {
 public:
  explicit EngineImpl(std::unique_ptr<Core> core) : core_(std::move(core)) {}

  std::unique_ptr<Session> connect() override { return std::make_unique<SessionImpl>(*core_); }
  Status bootstrap(const std::string& sql) override {
    auto connection = core_->database().connect();
    connection->use_snapshot(core_->live().snapshot());
    sql::deactivate_grammar(*connection->duck().context);
    auto result = connection->duck().Query(sql);
    if (result->HasError()) return internal_error("bootstrap SQL failed: {}", result->GetError());
    return OkStatus();
  }

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace

StatusOr<std::unique_ptr<Engine>> Engine::open(env::Env& env, log::Log& log,
                                               EngineOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Core> core, Core::open(env, log, std::move(options)));
  return std::unique_ptr<Engine>(new EngineImpl(std::move(core)));
}

}  // namespace kappa::engine
