#include "sql/statement_pieces.h"

#include <algorithm>

#include "base/ascii.h"
#include "sql/error.h"

namespace kappa::sql {
namespace {

// Text without its quotes ('' and "" inside are one).
std::string unquote(std::string_view text) {
  if (text.size() < 2 || (text.front() != '\'' && text.front() != '"')) return std::string(text);
  std::string out;
  char quote = text.front();
  for (size_t i = 1; i + 1 < text.size(); i++) {
    out.push_back(text[i]);
    if (text[i] == quote) i++;
  }
  return out;
}

// The last part of a possibly qualified name: main.flights and public."Flights" are ours.
StatusOr<std::string> relation_name(std::string_view text, size_t offset) {
  std::vector<std::string> parts;
  size_t begin = 0;
  bool is_quoted = false;
  for (size_t i = 0; i <= text.size(); i++) {
    if (i < text.size() && text[i] == '"') is_quoted = !is_quoted;
    if (i < text.size() && (text[i] != '.' || is_quoted)) continue;
    parts.push_back(unquote(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  if (parts.size() > 1) {
    std::string schema = to_lower(parts[parts.size() - 2]);
    if (schema != "main" && schema != "public")
      return make_error({"3F000",
                         fmt::format("schema \"{}\" does not exist or is not yours", schema), "",
                         "relations live in schema public", static_cast<int>(offset) + 1});
  }
  return parts.back();
}

class Builder {
 public:
  Builder(const Piece& root, std::string_view whole, Statement& statement)
      : root_(root), whole_(whole), statement_(statement) {}

  Status build() {
    if (root_.rule == "KappaCreateView") return create_view();
    if (root_.rule == "KappaCreateSource") return create_source();
    if (root_.rule == "KappaCreateTable") return create_table();
    if (root_.rule == "KappaDrop") return drop();
    if (root_.rule == "KappaShow") return show();
    if (root_.rule == "KappaVerify") return verify();
    if (root_.rule == "KappaExplainView") return explain_view();
    if (root_.rule == "KappaFlush") return statement_.body = Flush{}, OkStatus();
    if (root_.rule == "KappaDiscard") return statement_.body = Discard{}, OkStatus();
    if (root_.rule == "KappaSubscribe") return refuse("SUBSCRIBE", root_);
    return internal_error("unknown statement rule: rule={}", root_.rule);
  }

 private:
  Status refuse(const std::string& what, const Piece& where, const std::string& hint = "") {
    return make_error(
        {"0A000", what + " is not supported yet", "", hint, static_cast<int>(where.offset) + 1});
  }

  StatusOr<std::string> name() {
    const Piece* piece = root_.find("KappaName");
    if (piece == nullptr) return internal_error("statement has no name: rule={}", root_.rule);
    return relation_name(piece->in(whole_), piece->offset);
  }

  std::vector<std::string> column_names(const Piece& list) {
    std::vector<std::string> names;
    for (const Piece* piece : list.find_all("KappaColumnName"))
      names.push_back(unquote(piece->in(whole_)));
    return names;
  }

  Options options() {
    Options result;
    for (const Piece* option : root_.find_all("KappaOption")) {
      const Piece* option_name = option->find("KappaOptionName");
      const Piece* value = option->find("KappaOptionValue");
      result[to_lower(unquote(option_name->in(whole_)))] =
          value ? unquote(value->in(whole_)) : "true";
    }
    return result;
  }

  Status create_view() {
    CreateView body;
    ASSIGN_OR_RETURN(body.name, name());
    if (const Piece* emit = root_.find("KappaEmit"))
      return refuse("EMIT ON WINDOW CLOSE", *emit, "leave it out: views emit on update");
    body.or_replace = root_.find("KappaOrReplace") != nullptr;
    body.if_not_exists = root_.find("KappaIfNotExists") != nullptr;
    if (const Piece* columns = root_.find("KappaColumnNames"))
      body.columns = column_names(*columns);
    body.options = options();
    const Piece* query = root_.find("KappaQuery");
    body.query = std::string(query->in(whole_));
    while (!body.query.empty() && std::isspace(static_cast<unsigned char>(body.query.back())))
      body.query.pop_back();
    body.query_offset = query->offset - statement_.offset;
    statement_.body = std::move(body);
    return OkStatus();
  }

  StatusOr<std::vector<ColumnDefinition>> columns() {
    std::vector<ColumnDefinition> result;
    for (const Piece* column : root_.find_all("KappaColumn")) {
      ColumnDefinition definition;
      definition.name = unquote(column->find("KappaColumnName")->in(whole_));
      definition.type = std::string(column->find("KappaType")->in(whole_));
      definition.is_key = column->find("KappaColumnKey") != nullptr;
      definition.is_not_null = definition.is_key || column->find("KappaNotNull") != nullptr;
      if (const Piece* expression = column->find("KappaDefault"))
        definition.default_expression =
            std::string(expression->find("KappaExpression")->in(whole_));
      result.push_back(std::move(definition));
    }
    if (const Piece* key = root_.find("KappaPrimaryKey")) RETURN_IF_ERROR(mark_keys(*key, result));
    return result;
  }

  Status mark_keys(const Piece& key, std::vector<ColumnDefinition>& columns) {
    for (const std::string& key_name : column_names(key)) {
      auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnDefinition& c) {
        return to_lower(c.name) == to_lower(key_name);
      });
      if (found == columns.end())
        return make_error({"42703",
                           fmt::format("column \"{}\" named in key does not exist", key_name), "",
                           "", static_cast<int>(key.offset) + 1});
      found->is_key = found->is_not_null = true;
    }
    return OkStatus();
  }

  Status create_source() {
    CreateSource body;
    ASSIGN_OR_RETURN(body.name, name());
    if (const Piece* replace = root_.find("KappaOrReplace"))
      return refuse("CREATE OR REPLACE SOURCE", *replace, "drop the source first");
    if (const Piece* watermark = root_.find("KappaWatermark"))
      return refuse("WATERMARK", *watermark, "leave it out: without one nothing is ever late");
    body.if_not_exists = root_.find("KappaIfNotExists") != nullptr;
    ASSIGN_OR_RETURN(body.columns, columns());
    for (const Piece* included : root_.find_all("KappaIncluded")) {
      std::string what = to_lower(included->find("KappaIncludedWhat")->in(whole_));
      const Piece* as = included->find("KappaIncludedName");
      body.included.push_back({what, as ? unquote(as->find("KappaColumnName")->in(whole_)) : what});
    }
    body.options = options();
    if (const Piece* format = root_.find("KappaFormatName"))
      body.format = to_lower(format->in(whole_));
    if (const Piece* encode = root_.find("KappaEncodeName"))
      body.encode = to_lower(encode->in(whole_));
    statement_.body = std::move(body);
    return OkStatus();
  }

  Status create_table() {
    CreateTable body;
    ASSIGN_OR_RETURN(body.name, name());
    if (const Piece* replace = root_.find("KappaOrReplace"))
      return refuse("CREATE OR REPLACE TABLE", *replace, "drop the table first");
    body.if_not_exists = root_.find("KappaIfNotExists") != nullptr;
    ASSIGN_OR_RETURN(body.columns, columns());
    body.options = options();
    statement_.body = std::move(body);
    return OkStatus();
  }

  StatusOr<std::vector<std::string>> names() {
    std::vector<std::string> result;
    for (const Piece* piece : root_.find_all("KappaName")) {
      ASSIGN_OR_RETURN(std::string one, relation_name(piece->in(whole_), piece->offset));
      result.push_back(std::move(one));
    }
    return result;
  }

  Status drop() {
    Drop body;
    if (root_.find("KappaDropView")) body.kind = DropKind::kMaterializedView;
    if (root_.find("KappaDropSource")) body.kind = DropKind::kSource;
    body.if_exists = root_.find("KappaIfExists") != nullptr;
    body.is_cascade = root_.find("KappaCascade") != nullptr;
    ASSIGN_OR_RETURN(body.names, names());
    statement_.body = std::move(body);
    return OkStatus();
  }

  Status show() {
    Show body;
    const Piece* word = root_.find("KappaShowWord");
    body.what = word ? to_lower(word->in(whole_)) : "materialized views";
    statement_.body = std::move(body);
    return OkStatus();
  }

  Status verify() {
    Verify body;
    ASSIGN_OR_RETURN(body.names, names());
    statement_.body = std::move(body);
    return OkStatus();
  }

  Status explain_view() {
    ExplainView body;
    ASSIGN_OR_RETURN(body.name, name());
    statement_.body = std::move(body);
    return OkStatus();
  }

  const Piece& root_;
  std::string_view whole_;
  Statement& statement_;
};

}  // namespace

Status fill_from_pieces(const Piece& root, std::string_view whole, Statement& statement) {
  return Builder(root, whole, statement).build();
}

}  // namespace kappa::sql
