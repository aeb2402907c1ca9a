#pragma once
// Cuts a stream of SQL text into statements at the semicolons that end them: not those in quotes,
// comments or dollar quotes. What `kappa sql` reads from files and from standard input.

#include <optional>
#include <string>
#include <string_view>

namespace kappa::app {

class StatementSplitter {
 public:
  void add(std::string_view text) { text_ += text; }
  // The next whole statement, without its semicolon.
  std::optional<std::string> next();
  // What is left, when nothing more will come; empty when only space and comments are.
  std::string rest();
  // Whether nothing but space has come since the last statement.
  bool is_empty() const { return text_.find_first_not_of(" \t\r\n") == std::string::npos; }

 private:
  std::string text_;
};

}  // namespace kappa::app
