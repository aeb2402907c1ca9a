#pragma once
// A session's settings: PostgreSQL's, as far as clients set and show them; ours; and those of
// DuckDB that change what a query means, which a view keeps (its Settings).

#include <map>
#include <optional>
#include <string>

#include "base/status.h"
#include "engine/definer.h"
#include "sql/database.h"

namespace kappa::engine {

class Variables {
 public:
  // Errors: 42704 for an unknown name, 22023 for a bad value.
  Status set(const std::string& name, const std::string& value,
             sql::DatabaseConnection& connection);
  Status reset(const std::string& name, sql::DatabaseConnection& connection);
  void reset_all(sql::DatabaseConnection& connection);

  std::optional<std::string> show(const std::string& name) const;
  bool is_on(const std::string& name) const;
  // The settings that a query's meaning hangs on, where they differ from the default.
  const Settings& query_settings() const { return query_settings_; }

 private:
  std::map<std::string, std::string> values_;
  Settings query_settings_;
};

}  // namespace kappa::engine
