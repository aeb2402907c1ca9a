#include "sql/runner/database.h"

#include <filesystem>
#include <future>

#include "base/check.h"
#include "env/env.h"
#include "sql/runner/rows_sink.h"

namespace kappa::sql_test {
namespace {

StatusOr<std::string> make_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "kappa-sql-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return unavailable("no temporary directory: path={}", path);
  return path;
}

Status wait_for_append(log::Partition& partition, std::string batch) {
  std::promise<Status> appended;
  partition.append(std::move(batch), log::Acks::kAll,
                   [&](log::AppendAnswer answer) { appended.set_value(answer.status); });
  return appended.get_future().get();
}

}  // namespace

StatusOr<std::unique_ptr<Database>> Database::open(size_t worker_count, bool has_checkpoints) {
  auto database = std::unique_ptr<Database>(new Database);
  ASSIGN_OR_RETURN(database->directory_, make_directory());
  database->worker_count_ = worker_count;
  database->has_checkpoints_ = has_checkpoints;
  RETURN_IF_ERROR(database->start());
  return database;
}

Database::~Database() {
  session_.reset();
  engine_.reset();
  log_.reset();
  std::error_code ignored;  // what is left behind lies in the temporary directory
  std::filesystem::remove_all(directory_, ignored);
}

Status Database::start() {
  env::Env& env = env::posix_env();
  ASSIGN_OR_RETURN(log_, log::Log::open(env, {.directory = directory_}));
  engine::EngineOptions options{.worker_count = worker_count_};
  if (has_checkpoints_) options.state_directory = env::join_path(directory_, "state");
  ASSIGN_OR_RETURN(engine_, engine::Engine::open(env, *log_, std::move(options)));
  session_ = engine_->connect();
  return OkStatus();
}

Status Database::restart() {
  session_.reset();
  engine_.reset();
  RETURN_IF_ERROR(log_->close());
  log_.reset();
  return start();
}

Status Database::kill() {
  ASSIGN_OR_RETURN(std::string copy, make_directory());
  std::error_code error;
  std::filesystem::copy(directory_, copy, std::filesystem::copy_options::recursive, error);
  if (error) return unavailable("cannot copy {}: {}", directory_, error.message());
  session_.reset();
  engine_.reset();
  log_.reset();
  std::filesystem::remove_all(directory_, error);
  directory_ = copy;
  return start();
}

StatusOr<Rows> Database::run(const std::string& sql) {
  Rows last;
  ASSIGN_OR_RETURN(auto statements, session_->parse(sql));
  for (auto& statement : statements) {
    ASSIGN_OR_RETURN(auto prepared, session_->prepare(std::move(statement), {}));
    RowsSink sink;
    RETURN_IF_ERROR(session_->execute(*prepared, {}, sink));
    if (!sink.is_complete()) return internal_error("the statement ended without a command tag");
    last = sink.take();
  }
  return last;
}

Status Database::append(const std::string& topic, int32_t partition, std::string batch) {
  ASSIGN_OR_RETURN(log::TopicDescription description, log_->find_topic(topic));
  ASSIGN_OR_RETURN(auto target, log_->partition(description.id, partition));
  return wait_for_append(*target, std::move(batch));
}

Status Database::grow(const std::string& topic, int32_t partition_count) {
  ASSIGN_OR_RETURN(log::TopicDescription description, log_->find_topic(topic));
  return log_->add_partitions(description.id, partition_count, log::ChangeMode::kApply).status();
}

}  // namespace kappa::sql_test
