#pragma once
// Collects a statement's result as text, for comparison with what a test expects.

#include <string_view>
#include <vector>

#include "engine/session.h"
#include "sql/runner/database.h"

namespace kappa::sql_test {

class RowsSink final : public engine::ResultSink {
 public:
  Status columns(const std::vector<engine::ResultColumn>& columns) override;
  Status rows(duckdb::DataChunk& chunk) override;
  void notice(std::string_view severity, std::string_view message) override;
  void complete(std::string_view tag) override;

  Rows take() { return std::move(rows_); }
  bool is_complete() const { return is_complete_; }

 private:
  Rows rows_;
  bool is_complete_ = false;
};

}  // namespace kappa::sql_test
