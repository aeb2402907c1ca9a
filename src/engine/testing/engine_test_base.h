#pragma once
// A log and an engine on it for a test, with one session; answers as lines of text.

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "engine/engine.h"
#include "engine/testing/text_sink.h"
#include "log/batch_builder.h"
#include "sql/error.h"

namespace kappa::engine {

// A log and an engine on it, in a directory that goes with the test.
class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    static int counter = 0;
    directory_ = testing::TempDir() + "/engine_test_" + std::to_string(getpid()) + "_" +
                 std::to_string(counter++);
    open();
  }
  ~EngineTest() override {
    close();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    KAPPA_CHECK_OK(env::create_directories(env::posix_env(), directory_));
    auto log = log::Log::open(env::posix_env(), {.directory = directory_});
    KAPPA_CHECK_OK(log.status());
    log_ = std::move(*log);
    auto engine =
        Engine::open(env::posix_env(), *log_,
                     {.state_directory = state_directory(), .worker_count = worker_count_});
    KAPPA_CHECK_OK(engine.status());
    engine_ = std::move(*engine);
    session_ = engine_->connect();
  }
  void close() {
    session_.reset();
    engine_.reset();
    if (log_) KAPPA_CHECK_OK(log_->close());
    log_.reset();
  }
  void reopen() {
    close();
    open();
  }
  // As after kill -9: goes on with a copy of the files as they lie there now.
  void kill() {
    const std::string copy = directory_ + "k";
    std::filesystem::copy(directory_, copy, std::filesystem::copy_options::recursive);
    close();
    std::filesystem::remove_all(directory_);
    directory_ = copy;
    open();
  }
  std::string state_directory() const { return directory_ + "/state"; }

  Status run_in(Session& session, const std::string& sql, TextSink& sink) {
    ASSIGN_OR_RETURN(auto statements, session.parse(sql));
    for (const auto& statement : statements) {
      ASSIGN_OR_RETURN(auto prepared, session.prepare(statement, {}));
      sink.lines.clear();
      RETURN_IF_ERROR(session.execute(*prepared, {}, sink));
    }
    return OkStatus();
  }
  // The rows of the last statement, or {"ERROR <sqlstate>"}.
  std::vector<std::string> run(const std::string& sql) {
    TextSink sink;
    Status status = run_in(*session_, sql, sink);
    notices_ = sink.notices;
    if (status.ok()) return sink.lines;
    message_ = sql::error_of(status).message;
    return {"ERROR " + sql::error_of(status).sqlstate};
  }
  using Rows = std::vector<std::string>;

  // Appends `count` records {"id": i, "g": i % 10} to a topic, in batches of 1,000.
  void produce(const std::string& topic, int64_t first, int64_t count) {
    auto partition = log_->partition(log_->find_topic(topic)->id, 0);
    int64_t done = 0;
    while (done < count) {
      log::BatchBuilder builder;
      for (int64_t i = 0; i < 1000 && done < count; i++, done++) {
        std::string value = fmt::format("{{\"id\": {}, \"g\": {}}}", first + done, done % 10);
        builder.add({.timestamp_ms = 1, .value = value});
      }
      auto batch = std::move(builder).build();
      (*partition)->append(std::move(*batch), log::Acks::kLeader, [](log::AppendAnswer answer) {
        KAPPA_CHECK_OK(answer.status);
      });
    }
  }

  std::shared_ptr<log::Partition> partition(const std::string& topic) {
    return log_->partition(log_->find_topic(topic)->id, 0).value();
  }
  // As a client of Kafka does: tries again while a sync or a checkpoint is still to come.
  Status trim(const std::string& topic, int64_t offset) {
    for (int round = 0; round < 1000; round++) {
      Status status = partition(topic)->trim(Offset(offset)).status();
      if (!absl::IsUnavailable(status) && !absl::IsOutOfRange(status)) return status;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return unavailable("held for ten seconds: topic={}", topic);
  }

  std::string directory_;
  size_t worker_count_ = 2;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> notices_;
  std::string message_;
};

inline constexpr char kSource[] = "CREATE SOURCE s (id BIGINT, g BIGINT) WITH (topic = 's')";

}  // namespace kappa::engine
