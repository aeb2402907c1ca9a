#include "app/postgres_client.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace kappa::app {
namespace {

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

// Type numbers of PostgreSQL's pg_type.
bool is_number_type(Oid type) {
  switch (type) {
    case 20:    // int8
    case 21:    // int2
    case 23:    // int4
    case 700:   // float4
    case 701:   // float8
    case 1700:  // numeric
      return true;
    default:
      return false;
  }
}

GridColumn column_of(const PGresult* result, int index) {
  Oid type = PQftype(result, index);
  return {.name = PQfname(result, index),
          .is_number = is_number_type(type),
          .is_boolean = type == 16,
          .is_json = type == 114 || type == 3802};
}

Grid grid_of(const PGresult* result) {
  Grid grid;
  for (int i = 0; i < PQnfields(result); ++i) grid.columns.push_back(column_of(result, i));
  for (int r = 0; r < PQntuples(result); ++r) {
    auto& row = grid.rows.emplace_back();
    for (int i = 0; i < PQnfields(result); ++i) {
      if (PQgetisnull(result, r, i) != 0) {
        row.emplace_back(std::nullopt);
      } else {
        row.emplace_back(
            std::string(PQgetvalue(result, r, i), static_cast<size_t>(PQgetlength(result, r, i))));
      }
    }
  }
  return grid;
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \r\n") + 1);
  return text;
}

// The statement's line that a 1-based character position lies in, and a caret below it.
std::string line_at(const std::string& sql, size_t position) {
  if (position == 0 || position > sql.size()) return "";
  size_t at = position - 1;
  size_t begin = at == 0 ? std::string::npos : sql.rfind('\n', at - 1);
  begin = begin == std::string::npos ? 0 : begin + 1;
  size_t end = sql.find('\n', at);
  auto number =
      static_cast<int>(std::count(sql.begin(), sql.begin() + static_cast<long>(at), '\n'));
  std::string head = fmt::format("LINE {}: ", number + 1);
  return fmt::format("\n{}{}\n{}^", head, sql.substr(begin, end - begin),
                     std::string(head.size() + at - begin, ' '));
}

Status error_of(const PGresult* result, PGconn* connection, const std::string& sql) {
  auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) return unavailable("{}", trimmed(PQerrorMessage(connection)));
  std::string state = field(PG_DIAG_SQLSTATE);
  std::string text = fmt::format("{} ({})", message, state);
  text += line_at(sql, std::strtoul(field(PG_DIAG_STATEMENT_POSITION).c_str(), nullptr, 10));
  if (std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) {
    text += "\nDETAIL:  " + detail;
  }
  if (std::string hint = field(PG_DIAG_MESSAGE_HINT); !hint.empty()) text += "\nHINT:  " + hint;
  return Status(StatusCode::kUnknown, text);
}

void print_notice(void*, const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  fmt::print(stderr, "{}:  {}\n", severity == nullptr ? "NOTICE" : severity,
             message == nullptr ? "" : message);
}

class LibpqClient final : public PostgresClient {
 public:
  explicit LibpqClient(PGconn* connection) : connection_(connection) {
    PQsetNoticeReceiver(connection_, print_notice, nullptr);
  }
  ~LibpqClient() override { PQfinish(connection_); }

  Status run(const std::string& sql,
             const std::function<void(const StatementResult&)>& on_result) override {
    if (PQsendQuery(connection_, sql.c_str()) == 0) {
      return unavailable("{}", trimmed(PQerrorMessage(connection_)));
    }
    Status first_error;
    while (ResultPtr result{PQgetResult(connection_)}) {
      first_error.Update(take(result.get(), sql, on_result));
    }
    return first_error;
  }

 private:
  Status take(PGresult* result, const std::string& sql,
              const std::function<void(const StatementResult&)>& on_result) {
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK:
        on_result({.tag = PQcmdStatus(result), .has_rows = true, .grid = grid_of(result)});
        return OkStatus();
      case PGRES_COMMAND_OK:
        on_result({.tag = PQcmdStatus(result)});
        return OkStatus();
      case PGRES_EMPTY_QUERY:
        return OkStatus();
      case PGRES_COPY_OUT:
        return copy_out();
      case PGRES_COPY_IN:
        PQputCopyEnd(connection_, "COPY FROM STDIN needs psql: use its \\copy");
        return OkStatus();  // the server answers with that error
      default:
        return error_of(result, connection_, sql);
    }
  }

  Status copy_out() {
    char* bytes = nullptr;
    int size = 0;
    while ((size = PQgetCopyData(connection_, &bytes, 0)) > 0) {
      std::fwrite(bytes, 1, static_cast<size_t>(size), stdout);
      PQfreemem(bytes);
    }
    return OkStatus();  // an error comes with the next PQgetResult
  }

  PGconn* connection_;
};

}  // namespace

StatusOr<std::unique_ptr<PostgresClient>> PostgresClient::connect(const std::string& url) {
  PGconn* connection = PQconnectdb(url.c_str());
  if (PQstatus(connection) == CONNECTION_OK) return std::make_unique<LibpqClient>(connection);
  Status status = unavailable("{}", trimmed(PQerrorMessage(connection)));
  PQfinish(connection);
  return status;
}

}  // namespace kappa::app
