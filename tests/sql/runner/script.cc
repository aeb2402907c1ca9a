#include "sql/runner/script.h"

#include <map>
#include <sstream>

namespace kappa::sql_test {
namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> split_words(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// "a   b c" -> "a\tb c": a tab, or two spaces and more, separate columns.
std::string normalise_row(const std::string& line) {
  std::string row;
  for (size_t i = 0; i < line.size();) {
    size_t end = line.find_first_not_of(" \t", i);
    if (end == std::string::npos) break;
    bool is_separator = end - i >= 2 || (end > i && line[i] == '\t');
    if (is_separator && !row.empty()) {
      row += '\t';
      i = end;
    } else {
      row += line[i++];
    }
  }
  return row;
}

std::string text_after_words(const std::string& line, size_t count) {
  size_t position = 0;
  for (size_t i = 0; i < count && position != std::string::npos; ++i) {
    position = line.find(' ', position);
    position = position == std::string::npos ? position : line.find_first_not_of(' ', position);
  }
  return position == std::string::npos ? "" : line.substr(position);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(split_lines(text)) {}

  StatusOr<std::vector<Command>> parse() {
    std::vector<Command> commands;
    while (skip_to_command()) {
      ASSIGN_OR_RETURN(Command command, parse_command());
      commands.push_back(std::move(command));
    }
    return commands;
  }

 private:
  bool at_block_end() const { return next_ == lines_.size() || lines_[next_].empty(); }

  bool skip_to_command() {
    while (next_ < lines_.size() && (lines_[next_].empty() || lines_[next_][0] == '#')) ++next_;
    return next_ < lines_.size();
  }

  StatusOr<Command> parse_command() {
    Command command;
    command.line = static_cast<int>(next_) + 1;
    const std::string& head = lines_[next_++];
    std::vector<std::string> words = split_words(head);
    ASSIGN_OR_RETURN(size_t name_words, parse_name(words, command));
    command.argument = text_after_words(head, name_words);
    command.words.assign(words.begin() + static_cast<ptrdiff_t>(name_words), words.end());
    RETURN_IF_ERROR(parse_body(command));
    return command;
  }

  // Gives the number of words of the command's name.
  static StatusOr<size_t> parse_name(const std::vector<std::string>& words, Command& command) {
    static const std::map<std::string, CommandKind> kNames = {
        {"statement ok", CommandKind::kStatementOk},
        {"statement error", CommandKind::kStatementError},
        {"query", CommandKind::kQuery},
        {"ingest", CommandKind::kIngest},
        {"grow", CommandKind::kGrow},
        {"step", CommandKind::kStep},
        {"restart", CommandKind::kRestart},
        {"verify", CommandKind::kVerify}};
    for (size_t count : {size_t{2}, size_t{1}}) {
      if (words.size() < count) continue;
      auto found = kNames.find(count == 2 ? words[0] + " " + words[1] : words[0]);
      if (found == kNames.end()) continue;
      command.kind = found->second;
      return count;
    }
    return invalid_argument("line {}: unknown command: {}", command.line,
                            words.empty() ? "" : words[0]);
  }

  Status parse_body(Command& command) {
    switch (command.kind) {
      case CommandKind::kStatementOk:
      case CommandKind::kStatementError:
        parse_sql(command);
        break;
      case CommandKind::kQuery:
        parse_sql(command);
        return parse_expected(command);
      case CommandKind::kIngest:
        if (command.words.empty()) return invalid_argument("line {}: topic missing", command.line);
        while (!at_block_end()) command.lines.push_back(lines_[next_++]);
        if (command.lines.empty()) return invalid_argument("line {}: no records", command.line);
        break;
      case CommandKind::kGrow:
        if (command.words.size() != 2)
          return invalid_argument("line {}: grow TOPIC COUNT is needed", command.line);
        [[fallthrough]];
      default:
        if (!at_block_end()) return invalid_argument("line {}: text after it", command.line);
    }
    bool needs_sql = command.kind <= CommandKind::kQuery;
    if (needs_sql && command.sql.empty()) return invalid_argument("line {}: no SQL", command.line);
    return OkStatus();
  }

  void parse_sql(Command& command) {
    while (!at_block_end() && lines_[next_] != "----") command.sql += lines_[next_++] + "\n";
  }

  Status parse_expected(Command& command) {
    if (command.words.empty()) return invalid_argument("line {}: types missing", command.line);
    if (at_block_end()) return invalid_argument("line {}: ---- missing", command.line);
    for (++next_; !at_block_end();) command.expected.push_back(normalise_row(lines_[next_++]));
    return OkStatus();
  }

  std::vector<std::string> lines_;
  size_t next_ = 0;
};

}  // namespace

StatusOr<std::vector<Command>> parse_script(std::string_view text) { return Parser(text).parse(); }

}  // namespace kappa::sql_test
