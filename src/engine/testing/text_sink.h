#pragma once
// A statement's rows as text, for tests.

#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"

namespace kappa::engine {

// Values of a row are separated by blanks.
class TextSink : public ResultSink {
 public:
  Status columns(const std::vector<ResultColumn>&) override { return OkStatus(); }
  Status rows(duckdb::DataChunk& chunk) override {
    for (size_t row = 0; row < chunk.size(); row++) {
      std::string line;
      for (size_t i = 0; i < chunk.ColumnCount(); i++)
        line += (i ? " " : "") + chunk.GetValue(i, row).ToString();
      lines.push_back(line);
    }
    return OkStatus();
  }
  void notice(std::string_view, std::string_view message) override {
    notices.emplace_back(message);
  }
  void complete(std::string_view given) override { tag = std::string(given); }

  std::vector<std::string> lines;
  std::vector<std::string> notices;
  std::string tag;
};

}  // namespace kappa::engine
