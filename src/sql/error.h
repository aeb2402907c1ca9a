#pragma once
// SQL errors: a Status that also carries what PostgreSQL's clients show: SQLSTATE, detail, hint and
// position in the statement's text or where else.

#include <string>

#include "base/status.h"

namespace kappa::sql {

struct SqlError {
  std::string sqlstate;  // five characters
  std::string message;
  std::string detail;
  std::string hint;
  int position = 0;   // 1-based character in the text handed to parse(); 0: unknown
  std::string where;  // in what else than the text: "COPY, line 3, column id"
};

// The Status of an SQL error; its code follows the SQLSTATE's class.
Status make_error(SqlError error);
// What a Status says: make_error()'s own, or an SQLSTATE derived from the code.
SqlError error_of(const Status& status);

}  // namespace kappa::sql
