#pragma once
// From the pieces that our grammar rules matched to a statement's body.

#include <string_view>

#include "base/status.h"
#include "sql/grammar.h"
#include "sql/statement.h"

namespace kappa::sql {

// `whole` is the text that the pieces' places refer to.
Status fill_from_pieces(const Piece& root, std::string_view whole, Statement& statement);

}  // namespace kappa::sql
