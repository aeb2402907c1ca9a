// COPY FROM STDIN: the exchange of CopyInResponse, CopyData ..., CopyDone or CopyFail.

#include "serve/postgres/backend.h"
#include "serve/postgres/conversation.h"
#include "serve/postgres/copy_parser.h"
#include "serve/postgres/copy_values.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

// Passes rows on in DuckDB's notation.
class RowTranslator {
 public:
  RowTranslator(const std::vector<engine::ResultColumn>& columns, engine::CopyWriter& writer)
      : columns_(columns), writer_(writer), texts_(columns.size()) {
    for (const auto& column : columns) needed_.push_back(needs_translation(column.type));
  }

  Status row(const std::vector<const std::string*>& values, int64_t line) {
    values_ = values;
    for (size_t i = 0; i < values_.size(); ++i) {
      if (!needed_[i] || values_[i] == nullptr) continue;
      ASSIGN_OR_RETURN(texts_[i], translate_copy_value(columns_[i].type, *values_[i]));
      values_[i] = &texts_[i];
    }
    return writer_.row(values_, line);
  }

 private:
  const std::vector<engine::ResultColumn>& columns_;
  engine::CopyWriter& writer_;
  std::vector<bool> needed_;
  std::vector<std::string> texts_;
  std::vector<const std::string*> values_;
};

Status end_of(const Message& message) {
  auto reason = parse_text(message.body);
  return wire_error("57014", "COPY from stdin failed: {}", reason.ok() ? *reason : "");
}

}  // namespace

Status Conversation::copy_in(const engine::PreparedStatement& statement, WireSink& sink) {
  ASSIGN_OR_RETURN(auto writer, engine_.copy_in(statement));
  std::vector<std::string> names;
  for (const auto& column : statement.columns()) names.push_back(column.name);
  append_copy_response(client_.out(), 'G', names.size());

  RowTranslator translator(statement.columns(), *writer);
  CopyParser parser(statement.statement().copy_options(), std::move(names),
                    [&](const auto& values, int64_t line) { return translator.row(values, line); });
  // The writer looks at rows many at a time, and says itself which one it complains about.
  auto parsed = [&](const Status& status) {
    if (status.ok()) return status;
    sql::SqlError error = sql::error_of(status);
    if (error.where.empty()) error.where = fmt::format("COPY, line {}", parser.line());
    return sql::make_error(std::move(error));
  };
  while (auto message = next_message()) {
    switch (message->type) {
      case 'd':
        RETURN_IF_ERROR(parsed(parser.feed(message->body)));
        RETURN_IF_ERROR(client_.flush_if_full());  // cancelled?
        break;
      case 'c': {
        RETURN_IF_ERROR(parsed(parser.finish()));
        ASSIGN_OR_RETURN(const int64_t count, writer->finish(sink));
        append_command_complete(client_.out(), fmt::format("COPY {}", count));
        return OkStatus();
      }
      case 'f':
        return end_of(*message);
      case 'H':
      case 'S':
        break;  // to be ignored here, says the protocol
      default: {
        const char type = message->type;
        held_ = std::move(message);
        return protocol_violation("unexpected message type {} during COPY from stdin", type);
      }
    }
  }
  return wire_error("08006", "the connection was lost during COPY from stdin");
}

}  // namespace kappa::serve::postgres
