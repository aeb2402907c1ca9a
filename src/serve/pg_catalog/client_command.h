#pragma once
// Commands about the session itself that PostgreSQL's clients send: SET, SHOW, RESET, DISCARD,
// DEALLOCATE and the like, as far as they concern what we keep for the client (client_settings.h),
// and BEGIN with its modes. Read token by token; everything else is nullopt and goes to the engine.

#include <optional>
#include <string>
#include <string_view>

#include "serve/pg_catalog/client_settings.h"

namespace kappa::serve::pg_catalog {

enum class CommandKind {
  kSet,         // name, value
  kReset,       // name; empty: all
  kShow,        // name
  kDeallocate,  // name; empty: all
  kDiscard,     // all of the above
  kNothing,     // accepted, no effect
  kForward,     // value: what the engine is to run in its place
};

struct ClientCommand {
  CommandKind kind = CommandKind::kNothing;
  std::string name;
  std::string value;
  std::string tag;  // of CommandComplete
};

std::optional<ClientCommand> read_command(std::string_view statement,
                                          const ClientSettings& settings);

}  // namespace kappa::serve::pg_catalog
