#pragma once
// Settings that PostgreSQL's clients set and ask and that mean nothing to DuckDB: kept per session,
// checked where only one value is true here, and reported to the client where PostgreSQL does so
// (ParameterStatus).

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace kappa::serve::pg_catalog {

class ClientSettings {
 public:
  // `product`: "kappa 0.1.0", shown behind PostgreSQL's version.
  ClientSettings(const std::string& product, const std::string& user);

  // Names are looked up without case.
  bool knows(const std::string& name) const;
  std::optional<std::string> value(const std::string& name) const;
  // Errors: 22023 a value that we cannot honour, 55P02 a setting that cannot be changed.
  Status set(const std::string& name, const std::string& value);
  Status reset(const std::string& name);
  void reset_all();

  // Name (as PostgreSQL writes it) and value of those that clients are told.
  std::vector<std::pair<std::string, std::string>> reported() const;
  // What of reported() has changed since the last call.
  std::vector<std::pair<std::string, std::string>> take_changes();

  absl::TimeZone zone() const { return zone_; }

 private:
  struct Setting {
    std::string name;
    std::string value;
    std::string initial;
    bool is_reported = false;
    bool is_fixed = false;
    bool is_changed = false;
  };
  void add(const char* name, std::string value, bool is_reported = false, bool is_fixed = false);
  StatusOr<std::string> checked(const Setting& setting, const std::string& value);

  std::map<std::string, Setting> settings_;  // by the name in lower case
  absl::TimeZone zone_ = absl::UTCTimeZone();
};

}  // namespace kappa::serve::pg_catalog
