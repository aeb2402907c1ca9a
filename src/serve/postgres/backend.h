#pragma once
// What the server says: each function appends one whole message to `out`.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "serve/postgres/types.h"
#include "sql/error.h"

namespace kappa::serve::postgres {

// Opens a message and, when it goes out of scope, fills in its length.
class MessageScope {
 public:
  MessageScope(std::string& out, char type);
  ~MessageScope();
  MessageScope(const MessageScope&) = delete;
  MessageScope& operator=(const MessageScope&) = delete;

  // Takes the message back.
  void drop();

 private:
  std::string& out_;
  size_t length_position_;
  bool is_dropped_ = false;
};

struct FieldDescription {
  std::string name;
  PgType type;
  int16_t format = 0;
};

struct ErrorReport {
  const char* severity = "ERROR";  // ERROR, FATAL, NOTICE, WARNING, INFO
  sql::SqlError error;
};

void append_authentication_ok(std::string& out);
void append_negotiate_version(std::string& out, const std::vector<std::string>& unknown_options);
void append_parameter_status(std::string& out, std::string_view name, std::string_view value);
void append_backend_key(std::string& out, int32_t process_id, int32_t secret);
void append_ready_for_query(std::string& out, engine::TransactionState state);
void append_row_description(std::string& out, const std::vector<FieldDescription>& fields);
void append_parameter_description(std::string& out, const std::vector<uint32_t>& oids);
void append_command_complete(std::string& out, std::string_view tag);
void append_error(std::string& out, const ErrorReport& report);
void append_notice(std::string& out, const ErrorReport& report);
// CopyInResponse ('G') or CopyOutResponse ('H'), in text.
void append_copy_response(std::string& out, char type, size_t column_count);
// A message without a body: EmptyQueryResponse 'I', ParseComplete '1', BindComplete '2',
// CloseComplete '3', NoData 'n', PortalSuspended 's', CopyDone 'c'.
void append_bare(std::string& out, char type);

}  // namespace kappa::serve::postgres
