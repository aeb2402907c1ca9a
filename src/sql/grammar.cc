#include "sql/grammar.h"

#include <algorithm>
#include <duckdb/main/client_config.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/parser/grammar_extension.hpp>
#include <duckdb/parser/peg/compiled_grammar.hpp>
#include <duckdb/parser/peg/matcher/choice_matcher.hpp>
#include <duckdb/parser/peg/matcher/list_matcher.hpp>
#include <duckdb/parser/peg/matcher/optional_matcher.hpp>
#include <duckdb/parser/peg/matcher/repeat_matcher.hpp>
#include <duckdb/parser/peg/transformer/peg_transformer.hpp>
#include <duckdb/parser/statement/extension_statement.hpp>
#include <set>

namespace kappa::sql {
namespace {

constexpr char kName[] = "kappa";
constexpr std::string_view kPrefix = "Kappa";

// Statements; each starts with a keyword, and is tried before DuckDB's own.
const char* const kStatements[] = {
    "KappaCreateView <- 'CREATE' KappaOrReplace? 'MATERIALIZED' 'VIEW' KappaIfNotExists? KappaName "
    "KappaColumnNames? KappaOptions? 'AS' KappaQuery KappaEmit?",
    "KappaCreateSource <- 'CREATE' KappaOrReplace? KappaSourceWord KappaIfNotExists? KappaName "
    "KappaSourceColumns? KappaInclude? KappaOptions? KappaFormat?",
    "KappaCreateTable <- 'CREATE' KappaOrReplace? 'TABLE' KappaIfNotExists? KappaName "
    "KappaSourceColumns KappaOptions?",
    "KappaDrop <- 'DROP' KappaDropKind KappaIfExists? List(KappaName) KappaDropBehavior?",
    "KappaShow <- 'SHOW' KappaShowWhat",
    "KappaExplainView <- 'EXPLAIN' KappaAnalyze? 'MATERIALIZED' 'VIEW' KappaName",
    "KappaFlush <- 'FLUSH' / 'WAIT'",
    "KappaVerify <- 'VERIFY' KappaVerifyNames?",
    "KappaSubscribe <- 'SUBSCRIBE' 'TO'? KappaSubscribed KappaOptions?",
    "KappaDiscard <- 'DISCARD' KappaWord",
};

const char* const kParts[] = {
    "KappaOrReplace <- 'OR' 'REPLACE'",
    "KappaIfNotExists <- 'IF' 'NOT' 'EXISTS'",
    "KappaIfExists <- 'IF' 'EXISTS'",
    "KappaSourceWord <- 'SOURCE' / 'STREAM'",
    "KappaName <- QualifiedName",
    "KappaWord <- ColLabel",
    "KappaColumnNames <- Parens(List(KappaColumnName))",
    "KappaColumnName <- ColId",
    "KappaQuery <- SelectStatementInternal",
    "KappaEmit <- 'EMIT' 'ON' 'WINDOW' 'CLOSE'",
    "KappaOptions <- 'WITH' Parens(List(KappaOption))",
    "KappaOption <- KappaOptionName KappaOptionAssignment?",
    "KappaOptionAssignment <- '=' KappaOptionValue",
    "KappaOptionName <- ColLabel DotColLabel*",
    "KappaOptionValue <- StringLiteral / NumberLiteral / ColLabel",
    "KappaSourceColumns <- Parens(List(KappaSourceElement))",
    "KappaSourceElement <- KappaWatermark / KappaPrimaryKey / KappaColumn",
    "KappaWatermark <- 'WATERMARK' 'FOR' KappaColumnName 'AS' KappaExpression",
    "KappaExpression <- Expression",
    "KappaPrimaryKey <- 'PRIMARY' 'KEY' KappaColumnNames",
    "KappaColumn <- KappaColumnName KappaType KappaConstraint*",
    "KappaType <- Type",
    "KappaConstraint <- KappaNotNull / KappaNull / KappaColumnKey / KappaDefault",
    "KappaDefault <- 'DEFAULT' KappaExpression",
    "KappaNotNull <- 'NOT' 'NULL'",
    "KappaNull <- 'NULL'",
    "KappaColumnKey <- 'PRIMARY' 'KEY'",
    "KappaInclude <- 'INCLUDE' List(KappaIncluded)",
    "KappaIncluded <- KappaIncludedWhat KappaIncludedName?",
    "KappaIncludedWhat <- 'KEY' / 'PARTITION' / 'OFFSET' / 'TIMESTAMP' / 'HEADERS'",
    "KappaIncludedName <- 'AS' KappaColumnName",
    "KappaFormat <- 'FORMAT' KappaFormatName 'ENCODE' KappaEncodeName",
    "KappaFormatName <- ColLabel",
    "KappaEncodeName <- ColLabel",
    "KappaDropKind <- KappaDropView / KappaDropSource / KappaDropTable",
    "KappaDropView <- 'MATERIALIZED' 'VIEW'",
    "KappaDropSource <- 'SOURCE' / 'STREAM'",
    "KappaDropTable <- 'TABLE'",
    "KappaDropBehavior <- KappaCascade / KappaRestrict",
    "KappaCascade <- 'CASCADE'",
    "KappaRestrict <- 'RESTRICT'",
    "KappaShowWhat <- KappaShowViews / KappaShowWord",
    "KappaShowViews <- 'MATERIALIZED' 'VIEWS'",
    "KappaShowWord <- 'SOURCES' / 'TABLES' / 'TOPICS' / 'SINKS' / 'REPLAYS'",
    "KappaAnalyze <- 'ANALYZE'",
    "KappaVerifyNames <- List(KappaName)",
    "KappaSubscribed <- KappaSubscribedQuery / KappaName",
    "KappaSubscribedQuery <- Parens(KappaQuery)",
};

void collect(duckdb::ParseResult& result, Piece& into);

template <typename Children>
void collect_all(Children children, Piece& into) {
  for (auto& child : children) collect(child.get(), into);
}

void descend(duckdb::ParseResult& result, Piece& into) {
  switch (result.type) {
    case duckdb::ParseResultType::LIST:
      return collect_all(result.Cast<duckdb::ListParseResult>().GetChildren(), into);
    case duckdb::ParseResultType::REPEAT:
      return collect_all(result.Cast<duckdb::RepeatParseResult>().GetChildren(), into);
    case duckdb::ParseResultType::OPTIONAL: {
      auto& optional = result.Cast<duckdb::OptionalParseResult>();
      if (optional.HasResult()) collect(optional.GetResult(), into);
      return;
    }
    case duckdb::ParseResultType::CHOICE:
      return collect(result.Cast<duckdb::ChoiceParseResult>().GetResult(), into);
    default:
      return;
  }
}

// Optional and choice results take over the name of what they hold; only the inner one is a piece.
bool is_piece(const duckdb::ParseResult& result, const Piece& parent) {
  if (result.type == duckdb::ParseResultType::OPTIONAL) return false;
  const std::string& name = result.Name();
  if (name.compare(0, kPrefix.size(), kPrefix) != 0 || !result.offset.IsValid()) return false;
  return name != parent.rule || result.offset.GetIndex() != parent.offset;
}

void collect(duckdb::ParseResult& result, Piece& into) {
  if (!is_piece(result, into)) return descend(result, into);
  Piece piece;
  piece.rule = result.Name();
  piece.offset = result.offset.GetIndex();
  piece.length = result.length.IsValid() ? result.length.GetIndex() : 0;
  descend(result, piece);
  into.children.push_back(std::move(piece));
}

// DuckDB asks for this if one of our statements is handed to it for execution, inside EXPLAIN for
// example; the engine runs them itself.
duckdb::ParserExtensionPlanResult refuse_to_plan(
    duckdb::ParserExtensionInfo*, duckdb::ClientContext&,
    duckdb::unique_ptr<duckdb::ParserExtensionParseData> pieces) {
  throw duckdb::NotImplementedException("this statement cannot be used here: %s",
                                        pieces->ToString().substr(kPrefix.size()));
}

duckdb::arena_ptr<duckdb::TransformResultValue> finish(duckdb::PEGTransformer& transformer,
                                                       duckdb::ParseResult& result) {
  auto pieces = duckdb::make_uniq<StatementPieces>();
  Piece holder;
  collect(result, holder);
  if (!holder.children.empty()) pieces->root = std::move(holder.children.front());
  duckdb::ParserExtension extension;
  extension.plan_function = refuse_to_plan;
  duckdb::unique_ptr<duckdb::SQLStatement> statement =
      duckdb::make_uniq<duckdb::ExtensionStatement>(std::move(extension), std::move(pieces));
  return transformer.MakeResult<duckdb::unique_ptr<duckdb::SQLStatement>>(std::move(statement));
}

duckdb::arena_ptr<duckdb::TransformProcess> transform(duckdb::PEGTransformer& transformer,
                                                      duckdb::ParseResult& result) {
  return transformer.MakeProcess<duckdb::FinalizeTransformProcess>(transformer, result, finish);
}

class Grammar : public duckdb::GrammarExtension {
 public:
  Grammar() : GrammarExtension(kName, "sources, materialized views and what belongs to them") {}

  duckdb::vector<duckdb::GrammarChange> GetChanges() const override {
    using duckdb::GrammarChange;
    duckdb::vector<GrammarChange> changes;
    for (const char* rule : kParts) changes.push_back(GrammarChange::AddRule(rule));
    for (const char* rule : kStatements) {
      std::string_view text(rule);
      changes.push_back(GrammarChange::AddRule(rule, transform));
      changes.push_back(
          GrammarChange::PrependChoice("Statement", std::string(text.substr(0, text.find(' ')))));
    }
    // PEG identifiers are greedy: without this, EMIT after a table would be its alias.
    changes.push_back(GrammarChange::AddChoice("ReservedKeyword", "'EMIT'"));
    return changes;
  }
};

// The rules whose outcome at a place in the text the parser is to remember. DuckDB remembers those
// of expressions; but each kind of statement may start with a WITH clause, and tries it anew, which
// takes six times as long for each WITH inside a WITH when the text is wrong.
constexpr std::string_view kRemembered[] = {"WithClause"};

bool is_remembered(const duckdb::Matcher& matcher) {
  return matcher.HasName() && std::ranges::count(kRemembered, matcher.GetName()) > 0;
}

std::vector<duckdb::Matcher*> pointers_to(
    const duckdb::vector<duckdb::reference<duckdb::Matcher>>& matchers) {
  std::vector<duckdb::Matcher*> pointers;
  for (const auto& matcher : matchers) pointers.push_back(&matcher.get());
  return pointers;
}

std::vector<duckdb::Matcher*> parts_of(duckdb::Matcher& matcher) {
  switch (matcher.Type()) {
    case duckdb::MatcherType::LIST:
      return pointers_to(matcher.Cast<duckdb::ListMatcher>().matchers);
    case duckdb::MatcherType::CHOICE:
      return pointers_to(matcher.Cast<duckdb::ChoiceMatcher>().matchers);
    case duckdb::MatcherType::OPTIONAL:
      return {&matcher.Cast<duckdb::OptionalMatcher>().GetChildMatcher()};
    case duckdb::MatcherType::REPEAT:
      return {&matcher.Cast<duckdb::RepeatMatcher>().GetChildMatcher()};
    default:
      return {};
  }
}

void remember_outcomes(const duckdb::CompiledGrammar& grammar) {
  std::vector<duckdb::Matcher*> waiting =
      pointers_to(grammar.ProgramMatcher().Cast<duckdb::ListMatcher>().matchers);
  std::set<duckdb::Matcher*> seen(waiting.begin(), waiting.end());
  while (!waiting.empty()) {
    duckdb::Matcher& matcher = *waiting.back();
    waiting.pop_back();
    if (is_remembered(matcher)) matcher.SetPackratMemoized();
    for (duckdb::Matcher* part : parts_of(matcher))
      if (seen.insert(part).second) waiting.push_back(part);
  }
}

}  // namespace

const Piece* Piece::find(std::string_view rule_name) const {
  for (const Piece& child : children) {
    if (child.rule == rule_name) return &child;
    if (const Piece* found = child.find(rule_name)) return found;
  }
  return nullptr;
}

std::vector<const Piece*> Piece::find_all(std::string_view rule_name) const {
  std::vector<const Piece*> found;
  for (const Piece& child : children) {
    if (child.rule == rule_name) found.push_back(&child);
    for (const Piece* inner : child.find_all(rule_name)) found.push_back(inner);
  }
  return found;
}

duckdb::unique_ptr<duckdb::ParserExtensionParseData> StatementPieces::Copy() const {
  auto copy = duckdb::make_uniq<StatementPieces>();
  copy->root = root;
  return copy;
}

void register_grammar(duckdb::ClientContext& context) {
  duckdb::GrammarExtension::Register(*context.db, duckdb::make_shared_ptr<Grammar>());
  // DuckDB keeps the grammar for all connections that will ask for it.
  remember_outcomes(*duckdb::CompiledGrammar::Create(context, {kName}));
}

void activate_grammar(duckdb::ClientContext& context) {
  duckdb::ClientConfig::GetConfig(context).cached_grammar =
      duckdb::CompiledGrammar::Create(context, {kName});
}

void deactivate_grammar(duckdb::ClientContext& context) {
  duckdb::ClientConfig::GetConfig(context).cached_grammar.reset();
}

}  // namespace kappa::sql
