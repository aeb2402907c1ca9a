#pragma once
// COPY FROM STDIN's data, in PostgreSQL's text format or as CSV, in any cut, into rows of text
// values. A row that is not whole yet is kept; it may have 64 MiB at most.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/session.h"

namespace kappa::serve::postgres {

constexpr size_t kCopyRowBytesMax = 64 << 20;

// Thread-compatible. After an error no further calls; line() then says where.
class CopyParser {
 public:
  // One value per column; nullptr is NULL. Valid during the call only.
  using RowFn = std::function<Status(const std::vector<const std::string*>& values, int64_t line)>;

  CopyParser(const engine::CopyOptions& options, std::vector<std::string> column_names, RowFn row);

  Status feed(std::string_view bytes);
  // The end of the data: a last row may lack its newline.
  Status finish();
  // The line at which the row that was read last begins, from 1; a header counts.
  int64_t line() const { return line_; }

 private:
  // Moves scanned_ to the end of the first whole line; false when there is none yet.
  bool find_row_end();
  Status take_row(std::string_view row);
  Status split_text(std::string_view row);
  Status split_csv(std::string_view row);
  Status emit();
  std::string& next_field();
  void close_field(bool is_null);

  const engine::CopyOptions options_;
  const std::vector<std::string> column_names_;
  const RowFn row_;

  std::string buffer_;
  size_t row_start_ = 0;
  size_t scanned_ = 0;
  bool in_quotes_ = false;
  bool header_pending_;
  bool is_ended_ = false;  // by the marker \.
  int64_t line_ = 0;
  int64_t lines_read_ = 0;

  std::vector<std::string> fields_;  // reused from row to row
  std::vector<bool> is_null_;
  size_t field_count_ = 0;
  std::vector<const std::string*> values_;
};

}  // namespace kappa::serve::postgres
