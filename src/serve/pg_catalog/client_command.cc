#include "serve/pg_catalog/client_command.h"

#include "base/ascii.h"
#include "serve/pg_catalog/tokens.h"

namespace kappa::serve::pg_catalog {
namespace {

// The statement's tokens without space, with easy looks.
class Words {
 public:
  explicit Words(std::string_view statement) {
    Lexer lexer(statement);
    for (Token token; tokens_.size() <= kTokensMax && lexer.next(token);) {
      if (token.kind != TokenKind::kSpace) tokens_.push_back(token);
    }
  }

  // The words from the front are these; they are taken then.
  bool take(std::initializer_list<std::string_view> words) {
    size_t i = next_;
    for (std::string_view word : words) {
      if (i >= tokens_.size()) return false;
      if (!is_word(tokens_[i], word) && tokens_[i].text != word) return false;
      ++i;
    }
    next_ = i;
    return true;
  }
  bool at_end() const { return next_ >= tokens_.size(); }
  size_t left() const { return tokens_.size() - next_; }
  std::string take_name() { return at_end() ? "" : name_of(tokens_[next_++]); }

  // The rest as a setting's value: literals without quotes, words as they are.
  std::string take_value() {
    std::string value;
    for (; next_ < tokens_.size(); ++next_) {
      const Token& token = tokens_[next_];
      const bool is_glued = token.text == "," || value.empty() || value.back() == '-' ||
                            token.text == "." || value.back() == '.';
      if (!is_glued) value += " ";
      value += token.kind == TokenKind::kString       ? string_of(token)
               : token.kind == TokenKind::kQuotedName ? name_of(token)
                                                      : std::string(token.text);
    }
    return value;
  }

 private:
  static constexpr size_t kTokensMax = 64;  // a command of ours is short
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

ClientCommand nothing(const char* tag) { return {CommandKind::kNothing, "", "", tag}; }
ClientCommand forward(const char* text) { return {CommandKind::kForward, "", text, ""}; }

std::optional<ClientCommand> set_or_reset(const std::string& name, std::string value) {
  if (to_lower(value) == "default") return ClientCommand{CommandKind::kReset, name, "", "SET"};
  return ClientCommand{CommandKind::kSet, name, std::move(value), "SET"};
}

std::optional<ClientCommand> read_set(Words words, const ClientSettings& settings) {
  if (words.take({"session", "characteristics"}) || words.take({"transaction"}) ||
      words.take({"session", "authorization"}) || words.take({"role"})) {
    return nothing("SET");
  }
  if (!words.take({"session"})) words.take({"local"});
  if (words.take({"time", "zone"})) {
    if (words.take({"local"})) return ClientCommand{CommandKind::kReset, "timezone", "", "SET"};
    return set_or_reset("timezone", words.take_value());
  }
  if (words.take({"names"})) return set_or_reset("client_encoding", words.take_value());
  const std::string name = words.take_name();
  if (!words.take({"="}) && !words.take({"to"})) return std::nullopt;
  if (!settings.knows(name)) return std::nullopt;
  return set_or_reset(name, words.take_value());
}

std::optional<ClientCommand> read_show(Words words, const ClientSettings& settings) {
  if (words.take({"transaction", "isolation", "level"})) {
    return ClientCommand{CommandKind::kShow, "transaction_isolation", "", "SHOW"};
  }
  if (words.take({"time", "zone"})) {
    return ClientCommand{CommandKind::kShow, "timezone", "", "SHOW"};
  }
  const std::string name = words.take_name();
  if (!words.at_end() || !settings.knows(name)) return std::nullopt;
  return ClientCommand{CommandKind::kShow, name, "", "SHOW"};
}

std::optional<ClientCommand> read_reset(Words words, const ClientSettings& settings) {
  const std::string name = words.take_name();
  if (!words.at_end()) return std::nullopt;
  if (name == "all") return ClientCommand{CommandKind::kReset, "", "", "RESET"};
  if (!settings.knows(name)) return std::nullopt;
  return ClientCommand{CommandKind::kReset, name, "", "RESET"};
}

// BEGIN and its modes; ours are always repeatable read. COMMIT and ROLLBACK in their longer forms.
std::optional<ClientCommand> read_transaction(Words words) {
  const bool is_begin = words.take({"begin"}) || words.take({"start", "transaction"});
  if (is_begin) return words.at_end() ? std::nullopt : std::optional(forward("BEGIN TRANSACTION"));
  const bool is_commit = words.take({"commit"}) || words.take({"end"});
  const bool is_rollback = !is_commit && (words.take({"rollback"}) || words.take({"abort"}));
  if (!is_commit && !is_rollback) return std::nullopt;
  if (!words.take({"transaction"})) words.take({"work"});
  words.take({"and", "no", "chain"});
  if (!words.at_end()) return std::nullopt;
  return forward(is_commit ? "COMMIT" : "ROLLBACK");
}

}  // namespace

std::optional<ClientCommand> read_command(std::string_view statement,
                                          const ClientSettings& settings) {
  Words words(statement);
  if (words.take({"set"})) return read_set(words, settings);
  if (words.take({"show"})) return read_show(words, settings);
  if (words.take({"reset"})) return read_reset(words, settings);
  if (words.take({"deallocate"})) {
    words.take({"prepare"});
    const bool is_all = words.take({"all"});
    return ClientCommand{CommandKind::kDeallocate, is_all ? "" : words.take_name(), "",
                         is_all ? "DEALLOCATE ALL" : "DEALLOCATE"};
  }
  if (words.take({"discard"})) return ClientCommand{CommandKind::kDiscard, "", "", "DISCARD ALL"};
  if (words.take({"unlisten"})) return nothing("UNLISTEN");
  if (words.take({"close", "all"})) return nothing("CLOSE CURSOR ALL");
  return read_transaction(words);
}

}  // namespace kappa::serve::pg_catalog
