#include "serve/pg_catalog/rewrite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/ascii.h"
#include "serve/pg_catalog/bootstrap.h"
#include "serve/pg_catalog/tokens.h"

namespace kappa::serve::pg_catalog {
namespace {

using Names = std::set<std::string, std::less<>>;

constexpr size_t kStatementBytesMax = 1 << 20;  // nobody asks the catalog at greater length

Names names_of(std::span<const Definition> definitions) {
  Names names;
  for (const auto& definition : definitions) names.emplace(definition.name);
  return names;
}

const Names& relation_names() {
  static const Names names = [] {
    Names all = names_of(catalog_views());
    all.merge(names_of(empty_relations()));
    return all;
  }();
  return names;
}
const Names& session_relation_names() {
  static const Names names = names_of(session_relations());
  return names;
}
const Names& function_names() {
  static const Names names = names_of(catalog_macros());
  return names;
}
const Names& information_names() {
  static const Names names = names_of(information_views());
  return names;
}

// PostgreSQL's types by the names of DuckDB's.
std::string_view duck_type(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes = {{
      {"char", "VARCHAR"},
      {"name", "VARCHAR"},
      {"oid", "BIGINT"},
      {"xid", "BIGINT"},
      {"int2vector", "SMALLINT[]"},
      {"oidvector", "BIGINT[]"},
      {"pg_node_tree", "VARCHAR"},
      {"anyarray", "VARCHAR"},
      {"cstring", "VARCHAR"},
      {"sql_identifier", "VARCHAR"},
      {"character_data", "VARCHAR"},
      {"cardinal_number", "INTEGER"},
      {"yes_or_no", "VARCHAR"},
      {"jsonb", "JSON"},
  }};
  for (const auto& [from, to] : kTypes) {
    if (name == from) return to;
  }
  return {};
}

bool is_object_type(std::string_view name) {
  for (const char* type : {"regclass", "regtype", "regnamespace", "regproc", "regprocedure",
                           "regrole", "regoper", "regoperator", "regconfig", "regdictionary"}) {
    if (name == type) return true;
  }
  return false;
}

// The macro that casts an oid to such a type's text.
std::string name_macro(std::string_view type) {
  if (type == "regtype") return "regtype_name";
  if (type == "regnamespace") return "namespace_name";
  if (type == "regclass") return "regclass_name";
  return "object_name";
}

class Rewriter {
 public:
  Rewriter(std::string_view statement, const SessionFacts& facts)
      : tokens_(tokenize(statement)), facts_(facts) {
    for (const Token& token : tokens_) out_.emplace_back(token.text);
  }

  std::optional<Rewritten> run() {
    const bool is_query = starts_a_query();
    asks_catalog_ = is_query && mentions_catalog();
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].kind == TokenKind::kSpace || done_ > i) continue;
      public_schema(i);
      if (is_query) token(i);
    }
    if (!changed_) return std::nullopt;
    Rewritten result{"", asks_catalog_};
    for (const auto& piece : out_) result.text += piece;
    return result;
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  size_t next(size_t i) const {
    for (++i; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != TokenKind::kSpace) return i;
    }
    return kNone;
  }
  size_t previous(size_t i) const {
    while (i-- > 0) {
      if (tokens_[i].kind != TokenKind::kSpace) return i;
    }
    return kNone;
  }
  bool is_symbol(size_t i, std::string_view text) const {
    return i != kNone && tokens_[i].text == text;
  }
  bool is_name(size_t i) const {
    return i != kNone &&
           (tokens_[i].kind == TokenKind::kWord || tokens_[i].kind == TokenKind::kQuotedName);
  }
  bool is_keyword(size_t i, std::string_view lower) const {
    return i != kNone && is_word(tokens_[i], lower);
  }

  // Puts `text` in the place of tokens first to last.
  void replace(size_t first, size_t last, std::string text) {
    out_[first] = std::move(text);
    for (size_t i = first + 1; i <= last; ++i) out_[i].clear();
    done_ = last + 1;
    changed_ = true;
  }

  // A value in the place of a call; where it is a column on its own, under the function's name.
  void literal(size_t first, size_t last, std::string value, std::string_view name) {
    const size_t before = previous(first), after = next(last);
    const bool is_whole = (is_keyword(before, "select") || is_symbol(before, ",")) &&
                          (after == kNone || is_symbol(after, ",") || is_keyword(after, "from"));
    const bool is_column = is_whole && is_in_clause(first, "select");
    if (is_column) value += fmt::format(" AS {}", name);
    replace(first, last, std::move(value));
  }

  // Whether the nearest of SELECT and FROM before it, in the same parentheses, is this one.
  bool is_in_clause(size_t i, std::string_view clause) const {
    int depth = 0;
    while (i-- > 0) {
      if (tokens_[i].text == ")") ++depth;
      if (tokens_[i].text == "(" && depth-- == 0) return false;
      const bool is_clause = is_word(tokens_[i], "select") || is_word(tokens_[i], "from");
      if (depth == 0 && is_clause) return is_word(tokens_[i], clause);
    }
    return false;
  }

  // Only queries are looked at closely; public. alone is mapped everywhere.
  bool starts_a_query() const {
    size_t i = next(kNone);
    while (is_symbol(i, "(")) i = next(i);
    for (const char* word :
         {"select", "with", "values", "table", "explain", "declare", "copy", "insert", "from"}) {
      if (is_keyword(i, word)) return true;
    }
    return false;
  }

  // Whether anything of the system catalog is named. Only then syntax is touched: elsewhere ~ and
  // the like mean what DuckDB says.
  bool mentions_catalog() const {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (!is_name(i)) continue;
      const std::string name = name_of(tokens_[i]);
      const bool is_call = is_symbol(next(i), "(");
      if (name == "pg_catalog" || name == "information_schema" || relation_names().contains(name) ||
          session_relation_names().contains(name) || (is_call && function_names().contains(name)) ||
          (is_symbol(previous(i), "::") && is_object_type(name))) {
        return true;
      }
    }
    return false;
  }

  void public_schema(size_t i) {
    const bool is_public = is_keyword(i, "public") || tokens_[i].text == "\"public\"";
    const size_t dot = next(i);
    if (!is_public || !is_symbol(dot, ".") || !is_name(next(dot)) || is_symbol(previous(i), ".")) {
      return;
    }
    std::string name = "main";
    name.resize(tokens_[i].text.size(), ' ');
    out_[i] = std::move(name);
    changed_ = true;
  }

  void token(size_t i) {
    if (asks_catalog_ && syntax(i)) return;
    if (!is_name(i) || is_symbol(previous(i), ".")) return;
    const std::string name = name_of(tokens_[i]);
    if (is_symbol(next(i), "(") ? call(i, i, name) : fact(i, name)) return;
    if (asks_catalog_) catalog(i, name);
  }

  // Casts, operators, literals. True when the token is done.
  bool syntax(size_t i) {
    const Token& token = tokens_[i];
    if (token.text == "::") return cast(i), true;
    if (token.kind == TokenKind::kOperator) return match_operator(i, i, token.text), true;
    if (token.kind == TokenKind::kString) return array_text(i), true;
    return false;
  }

  void catalog(size_t i, const std::string& name) {
    if (name == "operator" && is_symbol(next(i), "(")) return qualified_operator(i);
    if (name == "collate") return collation(i);
    if (name == "pg_catalog" && is_symbol(next(i), ".")) return catalog_name(i);
    if (name == "information_schema" && is_symbol(next(i), ".")) return information_name(i);
    if (follows_from(i) && !is_symbol(next(i), ".") && !is_symbol(next(i), "(")) {
      relation(i, i, name);
    }
  }

  bool follows_from(size_t i) const {
    const size_t before = previous(i);
    return is_keyword(before, "from") || is_keyword(before, "join") || is_symbol(before, ",");
  }

  bool relation(size_t first, size_t last, const std::string& name) {
    if (relation_names().contains(name)) {
      replace(first, last, kCatalogPrefix + name);
      return true;
    }
    if (!session_relation_names().contains(name)) return false;
    replace(first, last,
            fmt::format("{}{}({}, {})", kCatalogPrefix, name, quoted(facts_.user),
                        quoted(facts_.database)));
    return true;
  }

  void catalog_name(size_t i) {
    const size_t item = next(next(i));
    if (!is_name(item)) return;
    const std::string name = name_of(tokens_[item]);
    if (is_symbol(next(item), "(")) {
      if (!call(i, item, name)) replace(i, item, std::string(tokens_[item].text));
      return;
    }
    if (!is_symbol(next(item), ".") && relation(i, item, name)) return;
    const std::string_view type = duck_type(name);
    replace(i, item, std::string(type.empty() ? tokens_[item].text : type));
  }

  void information_name(size_t i) {
    const size_t item = next(next(i));
    if (!is_name(item)) return;
    const std::string name = name_of(tokens_[item]);
    if (information_names().contains(name)) {
      replace(i, item, kInformationPrefix + name);
    } else if (function_names().contains(name)) {
      replace(i, item, kCatalogPrefix + name);
    }
  }

  // A function's name at first … last, its parenthesis next.
  bool call(size_t first, size_t last, const std::string& name) {
    if (name == "current_setting" || name == "set_config") return setting_call(first, last, name);
    const size_t close = closing(next(last));
    if (close == kNone) return false;
    const bool has_arguments = next(next(last)) != close;
    if (name == "current_schemas") {
      literal(first, close, "['pg_catalog', 'public']", name);
      return true;
    }
    if (!has_arguments) {
      const std::string value = fact_of(name);
      if (!value.empty()) return literal(first, close, value, name), true;
    }
    if (table_call(first, last, close, name)) return true;
    if (!function_names().contains(name)) return false;
    replace(first, last, kCatalogPrefix + name);
    return true;
  }

  // FROM f(…) AS x: the function's values are a column x there, too.
  bool table_call(size_t first, size_t last, size_t close, std::string_view name) {
    const bool is_scalar = name == "string_to_array";
    if (!asks_catalog_ || (!is_scalar && name != "generate_series" && name != "unnest")) {
      return false;
    }
    if (!follows_from(first) || !is_in_clause(first, "from")) return false;
    size_t alias = next(close);
    if (is_keyword(alias, "as")) alias = next(alias);
    const bool is_alias = is_name(alias) && !is_symbol(next(alias), "(") &&
                          !is_keyword(alias, "where") && !is_keyword(alias, "join");
    if (!is_alias) return false;
    if (first != last) replace(first, last, std::string(name));
    if (is_scalar) {
      out_[first] = "(SELECT " + out_[first];
      out_[close] += ")";
    }
    out_[alias] += fmt::format("({})", tokens_[alias].text);
    done_ = last + 1;
    changed_ = true;
    return true;
  }

  std::string fact_of(std::string_view name) const {
    if (name == "version") return quoted(facts_.version);
    if (name == "current_database" || name == "current_catalog") return quoted(facts_.database);
    if (name == "current_schema") return "'public'";
    if (name == "current_user" || name == "session_user" || name == "current_role") {
      return quoted(facts_.user);
    }
    if (name == "pg_backend_pid") return std::to_string(facts_.process_id);
    return {};
  }

  // Those that are written without parentheses. Not where they name a column.
  bool fact(size_t i, const std::string& name) {
    const bool is_bare = name == "current_user" || name == "session_user" ||
                         name == "current_role" || name == "current_schema" ||
                         name == "current_catalog";
    if (!is_bare || tokens_[i].kind != TokenKind::kWord || is_keyword(previous(i), "as")) {
      return false;
    }
    literal(i, i, fact_of(name), name);
    return true;
  }

  bool setting_call(size_t first, size_t last, const std::string& name) {
    const size_t open = next(last), close = closing(open);
    const size_t argument = next(open);
    if (close == kNone) return false;
    if (tokens_[argument].kind != TokenKind::kString) {
      if (name == "set_config") return false;
      replace(first, last, std::string(kCatalogPrefix) + "setting_of");
      return true;
    }
    const std::string key = to_lower(string_of(tokens_[argument]));
    if (name == "current_setting") {
      const auto value = facts_.setting(key);
      if (!value.has_value()) return false;
      literal(first, close, quoted(*value), name);
      return true;
    }
    const size_t value = next(next(argument));
    if (value == kNone || value >= close || tokens_[value].kind != TokenKind::kString) return false;
    literal(first, close, quoted(facts_.set_setting(key, string_of(tokens_[value]))), name);
    return true;
  }

  // The parenthesis that closes the one at `open`.
  size_t closing(size_t open) const {
    int depth = 0;
    for (size_t i = open; i != kNone && i < tokens_.size(); ++i) {
      if (tokens_[i].text == "(") ++depth;
      if (tokens_[i].text == ")" && --depth == 0) return i;
    }
    return kNone;
  }
  size_t opening(size_t close, std::string_view open_text, std::string_view close_text) const {
    int depth = 0;
    for (size_t i = close + 1; i-- > 0;) {
      if (tokens_[i].text == close_text) ++depth;
      if (tokens_[i].text == open_text && --depth == 0) return i;
    }
    return kNone;
  }

  // OPERATOR(pg_catalog.=)
  void qualified_operator(size_t i) {
    const size_t close = closing(next(i));
    if (close == kNone) return;
    const size_t symbol = previous(close);
    if (tokens_[symbol].kind != TokenKind::kOperator) return;
    replace(i, close, std::string(tokens_[symbol].text));
    match_operator(i, close, tokens_[symbol].text);
  }

  // ~ and its kin, with a literal pattern behind them. PostgreSQL looks for it anywhere.
  void match_operator(size_t first, size_t last, std::string_view symbol) {
    const bool is_match = symbol == "~" || symbol == "!~" || symbol == "~*" || symbol == "!~*";
    const size_t pattern = next(last);
    if (!is_match || pattern == kNone || tokens_[pattern].kind != TokenKind::kString) return;
    const bool ignores_case = symbol.ends_with('*');
    out_[first] = symbol[0] == '!' ? "!~" : "~";
    out_[pattern] =
        quoted((ignores_case ? "(?si).*(?:" : "(?s).*(?:") + string_of(tokens_[pattern]) + ").*");
    done_ = pattern + 1;
    changed_ = true;
  }

  // '{0}' beside a comparison: an array of numbers.
  void array_text(size_t i) {
    const std::string text = string_of(tokens_[i]);
    const bool is_array = text.size() >= 2 && text.front() == '{' && text.back() == '}' &&
                          text.find_first_not_of("{}0123456789,") == std::string::npos;
    const size_t before = previous(i);
    if (!is_array || !(is_symbol(before, "=") || is_symbol(before, "<>"))) return;
    replace(i, i, "[" + text.substr(1, text.size() - 2) + "]");
  }

  // COLLATE "C", COLLATE pg_catalog.default
  void collation(size_t i) {
    size_t last = next(i);
    if (!is_name(last)) return;
    if (is_symbol(next(last), ".") && is_name(next(next(last)))) last = next(next(last));
    const std::string name = name_of(tokens_[last]);
    if (name == "default" || name == "c" || name == "C" || name == "ucs_basic" || name == "posix" ||
        name == "POSIX") {
      replace(i, last, "");
    }
  }

  // ::type, ::pg_catalog.type, ::regclass
  void cast(size_t i) {
    size_t type = next(i);
    if (!is_name(type)) return;
    const std::string schema = name_of(tokens_[type]);
    const bool is_qualified =
        is_symbol(next(type), ".") && (schema == "pg_catalog" || schema == "information_schema");
    if (is_qualified) type = next(next(type));
    if (!is_name(type)) return;
    const std::string name = name_of(tokens_[type]);
    if (is_object_type(name)) return object_cast(i, type, name);
    const std::string_view duck = tokens_[type].text == "char" ? "" : duck_type(name);
    if (!duck.empty()) {
      replace(next(i), type, std::string(duck));
    } else if (is_qualified) {
      replace(next(i), type, std::string(tokens_[type].text));
    }
  }

  // operand::regclass: a literal or parameter is looked up by name, anything else is an oid to be
  // shown by name, but where a cast to oid follows.
  void object_cast(size_t i, size_t type, const std::string& name) {
    const size_t operand = primary_start(previous(i));
    if (operand == kNone) return;
    const TokenKind kind = tokens_[operand].kind;
    const bool is_single = operand == previous(i);
    const bool is_text = is_single && (kind == TokenKind::kString || kind == TokenKind::kParameter);
    const size_t after = next(type);
    const bool is_to_oid = is_symbol(after, "::") && is_keyword(next(after), "oid");
    std::string macro = name_macro(name);
    if ((is_text || is_to_oid) && (name == "regclass" || name == "regtype")) macro = name + "_oid";
    for (size_t k = i; k <= type; ++k) out_[k].clear();
    done_ = type + 1;
    changed_ = true;
    if (is_text && macro == "object_name") {  // 'array_in'::regproc: names are all we have
      out_[i] = "::VARCHAR";
      return;
    }
    out_[operand] = kCatalogPrefix + macro + "(" + out_[operand];
    out_[i] = is_text || is_to_oid ? "::VARCHAR)" : ")";
  }

  // Where the operand begins whose last token is at `end`: a name, a literal, a call, a cast.
  size_t primary_start(size_t end) const {
    size_t start = end;
    while (start != kNone) {
      if (is_symbol(start, ")") || is_symbol(start, "]")) {
        const bool is_round = tokens_[start].text == ")";
        start = opening(start, is_round ? "(" : "[", is_round ? ")" : "]");
        if (start == kNone) return kNone;
        const size_t before = previous(start);
        if (!is_name(before) && !is_symbol(before, ")") && !is_symbol(before, "]")) return start;
        start = before;
        continue;
      }
      const size_t before = previous(start);
      if (!is_symbol(before, ".") && !is_symbol(before, "::")) return start;
      start = previous(before);
    }
    return kNone;
  }

  const std::vector<Token> tokens_;
  const SessionFacts& facts_;
  std::vector<std::string> out_;
  size_t done_ = 0;  // tokens before it are finished
  bool asks_catalog_ = false;
  bool changed_ = false;
};

// Statements that hold none of these are not even cut into tokens.
bool may_concern_us(std::string_view statement) {
  if (statement.size() > kStatementBytesMax) return false;
  const std::string lower = to_lower(statement);
  for (const char* sign : {"pg_", "information_schema", "public", "current_", "session_user",
                           "version", "set_config", "::reg", "to_reg", "quote_", "_description",
                           "array_upper", "array_lower", "format_type", "getdatabaseencoding"}) {
    if (lower.find(sign) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<Rewritten> rewrite(std::string_view statement, const SessionFacts& facts) {
  if (!may_concern_us(statement)) return std::nullopt;
  return Rewriter(statement, facts).run();
}

}  // namespace kappa::serve::pg_catalog
