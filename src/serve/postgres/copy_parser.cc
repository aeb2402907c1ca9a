#include "serve/postgres/copy_parser.h"

#include <algorithm>

#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

constexpr const char* kBadCopyFormat = "22P04";

int octal_digit(char c) { return c >= '0' && c <= '7' ? c - '0' : -1; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Up to `digits_max` digits from `text` at `i` as a byte; moves i behind them.
char take_byte(std::string_view text, size_t& i, int base, int digits_max, int first) {
  int value = first;
  for (int n = 0; n < digits_max && i < text.size(); ++n, ++i) {
    const int digit = base == 8 ? octal_digit(text[i]) : hex_digit(text[i]);
    if (digit < 0) break;
    value = value * base + digit;
  }
  return static_cast<char>(value & 0xff);
}

// The character that a backslash and what follows it at `i` stand for; moves i behind it.
char take_escape(std::string_view text, size_t& i) {
  const char c = text[i++];
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case 'x':
      if (i < text.size() && hex_digit(text[i]) >= 0) return take_byte(text, i, 16, 2, 0);
      return c;
    default:
      return octal_digit(c) >= 0 ? take_byte(text, i, 8, 2, octal_digit(c)) : c;
  }
}

void unescape(std::string_view text, std::string& out) {
  for (size_t i = 0; i < text.size();) {
    const char c = text[i++];
    out.push_back(c == '\\' && i < text.size() ? take_escape(text, i) : c);
  }
}

}  // namespace

CopyParser::CopyParser(const engine::CopyOptions& options, std::vector<std::string> column_names,
                       RowFn row)
    : options_(options),
      column_names_(std::move(column_names)),
      row_(std::move(row)),
      header_pending_(options.has_header) {}

Status CopyParser::feed(std::string_view bytes) {
  if (is_ended_) return OkStatus();
  buffer_.append(bytes);
  while (!is_ended_ && find_row_end()) {
    const auto row = std::string_view(buffer_).substr(row_start_, scanned_ - 1 - row_start_);
    row_start_ = scanned_;
    RETURN_IF_ERROR(take_row(row));
  }
  buffer_.erase(0, row_start_);
  scanned_ -= row_start_;
  row_start_ = 0;
  if (buffer_.size() > kCopyRowBytesMax) {
    line_ = lines_read_ + 1;
    return wire_error("54000", "a row is longer than the limit of {} bytes", kCopyRowBytesMax);
  }
  return OkStatus();
}

Status CopyParser::finish() {
  if (is_ended_ || buffer_.empty()) return OkStatus();
  if (in_quotes_) {
    line_ = lines_read_ + 1;
    return wire_error(kBadCopyFormat, "unterminated CSV quoted field");
  }
  const std::string row = std::move(buffer_);
  buffer_.clear();
  return take_row(row);
}

bool CopyParser::find_row_end() {
  while (scanned_ < buffer_.size()) {
    const char c = buffer_[scanned_];
    // What follows an escape is looked at together with it.
    const bool is_escape =
        options_.is_csv ? in_quotes_ && c == options_.escape && c != options_.quote : c == '\\';
    if (is_escape) {
      if (scanned_ + 1 == buffer_.size()) return false;
      const char next = buffer_[scanned_ + 1];
      const bool is_end_marker = !options_.is_csv && next == '.' && scanned_ == row_start_;
      scanned_ += is_end_marker ? 1 : 2;
      continue;
    }
    ++scanned_;
    if (options_.is_csv && c == options_.quote) in_quotes_ = !in_quotes_;
    if (c == '\n' && !in_quotes_) return true;
  }
  return false;
}

Status CopyParser::take_row(std::string_view row) {
  line_ = lines_read_ + 1;
  lines_read_ += 1 + std::count(row.begin(), row.end(), '\n');
  if (row.ends_with('\r')) row.remove_suffix(1);
  if (row == "\\.") {
    is_ended_ = true;
    return OkStatus();
  }
  if (header_pending_) {
    header_pending_ = false;
    return OkStatus();
  }
  field_count_ = 0;
  is_null_.clear();
  RETURN_IF_ERROR(options_.is_csv ? split_csv(row) : split_text(row));
  return emit();
}

std::string& CopyParser::next_field() {
  if (field_count_ == fields_.size()) fields_.emplace_back();
  fields_[field_count_].clear();
  return fields_[field_count_++];
}

void CopyParser::close_field(bool is_null) { is_null_.push_back(is_null); }

Status CopyParser::split_text(std::string_view row) {
  size_t start = 0;
  while (start <= row.size()) {
    size_t end = start;
    while (end < row.size() && row[end] != options_.delimiter) end += row[end] == '\\' ? 2 : 1;
    end = std::min(end, row.size());
    const std::string_view raw = row.substr(start, end - start);
    std::string& field = next_field();
    const bool is_null = raw == options_.null_text;
    if (!is_null) unescape(raw, field);
    close_field(is_null);
    start = end + 1;
  }
  return OkStatus();
}

Status CopyParser::split_csv(std::string_view row) {
  bool in_quotes = false, was_quoted = false;
  std::string* field = &next_field();
  for (size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (!in_quotes && c == options_.delimiter) {
      close_field(!was_quoted && *field == options_.null_text);
      was_quoted = false;
      field = &next_field();
      continue;
    }
    const bool is_pair = in_quotes && c == options_.escape && i + 1 < row.size() &&
                         (row[i + 1] == options_.quote || row[i + 1] == options_.escape);
    if (is_pair) {
      field->push_back(row[++i]);
    } else if (c == options_.quote) {
      in_quotes = !in_quotes;
      was_quoted = true;
    } else {
      field->push_back(c);
    }
  }
  close_field(!was_quoted && *field == options_.null_text);
  return OkStatus();
}

Status CopyParser::emit() {
  const size_t expected = column_names_.size();
  if (field_count_ > expected) {
    return wire_error(kBadCopyFormat, "extra data after last expected column");
  }
  if (field_count_ < expected) {
    return wire_error(kBadCopyFormat, "missing data for column \"{}\"",
                      column_names_[field_count_]);
  }
  values_.clear();
  for (size_t i = 0; i < field_count_; ++i) {
    values_.push_back(is_null_[i] ? nullptr : &fields_[i]);
  }
  return row_(values_, line_);
}

}  // namespace kappa::serve::postgres
