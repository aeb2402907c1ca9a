#include "serve/pg_catalog/client_settings.h"

#include "base/ascii.h"
#include "serve/pg_catalog/tokens.h"
#include "sql/error.h"

namespace kappa::serve::pg_catalog {
namespace {

Status setting_error(const char* sqlstate, std::string message) {
  sql::SqlError error;
  error.sqlstate = sqlstate;
  error.message = std::move(message);
  return sql::make_error(std::move(error));
}

Status refused(const std::string& name, const std::string& value) {
  return setting_error("22023",
                       fmt::format("invalid value for parameter \"{}\": \"{}\"", name, value));
}

// "UTF8" for its other spellings, "SQL_ASCII" (no conversion) as it is; else nothing.
std::string encoding_of(const std::string& value) {
  std::string plain;
  for (char c : to_lower(value)) {
    if (std::isalnum(static_cast<unsigned char>(c))) plain.push_back(c);
  }
  if (plain == "utf8" || plain == "unicode") return "UTF8";
  return plain == "sqlascii" ? "SQL_ASCII" : "";
}

// "ISO, DMY" of "iso, dmy"; nothing for another style than ISO.
std::string date_style_of(const std::string& value) {
  const std::string lower = to_lower(value);
  const bool has_order_only = lower == "mdy" || lower == "dmy" || lower == "ymd";
  if (lower.find("iso") == std::string::npos && !has_order_only) return "";
  if (lower.find("dmy") != std::string::npos) return "ISO, DMY";
  return lower.find("ymd") != std::string::npos ? "ISO, YMD" : "ISO, MDY";
}

}  // namespace

ClientSettings::ClientSettings(const std::string& product, const std::string& user) {
  constexpr bool kReported = true, kFixed = true;
  add("server_version", "15.0 (" + product + ")", kReported, kFixed);
  add("server_version_num", "150000", false, kFixed);
  add("server_encoding", "UTF8", kReported, kFixed);
  add("client_encoding", "UTF8", kReported);
  add("DateStyle", "ISO, MDY", kReported);
  add("IntervalStyle", "postgres", kReported);
  add("TimeZone", "UTC", kReported);
  add("integer_datetimes", "on", kReported, kFixed);
  add("standard_conforming_strings", "on", kReported);
  add("is_superuser", "on", kReported, kFixed);
  add("session_authorization", user, kReported, kFixed);
  add("application_name", "", kReported);
  add("default_transaction_read_only", "off", kReported);
  add("in_hot_standby", "off", kReported, kFixed);
  add("search_path", "\"$user\", public");
  add("transaction_isolation", "repeatable read");
  add("default_transaction_isolation", "repeatable read");
  add("transaction_read_only", "off");
  add("extra_float_digits", "1");
  add("client_min_messages", "notice");
  add("bytea_output", "hex");
  add("max_identifier_length", "63", false, kFixed);
  add("max_index_keys", "32", false, kFixed);
  for (const char* name : {"statement_timeout", "lock_timeout", "transaction_timeout",
                           "idle_in_transaction_session_timeout", "idle_session_timeout"}) {
    add(name, "0");
  }
  for (const char* name : {"row_security", "synchronous_commit", "escape_string_warning",
                           "check_function_bodies", "array_nulls"}) {
    add(name, "on");
  }
  for (const char* name : {"jit", "geqo", "transaction_deferrable", "quote_all_identifiers",
                           "default_with_oids", "enable_seqscan"}) {
    add(name, "off");
  }
  for (const char* name :
       {"lc_collate", "lc_ctype", "lc_messages", "lc_monetary", "lc_numeric", "lc_time"}) {
    add(name, "C.UTF-8");
  }
  add("default_text_search_config", "pg_catalog.simple");
  add("default_table_access_method", "heap");
  add("default_tablespace", "");
  add("xmloption", "content");
}

void ClientSettings::add(const char* name, std::string value, bool is_reported, bool is_fixed) {
  settings_[to_lower(name)] = {name, value, value, is_reported, is_fixed, false};
}

bool ClientSettings::knows(const std::string& name) const {
  return settings_.contains(to_lower(name));
}

std::optional<std::string> ClientSettings::value(const std::string& name) const {
  auto found = settings_.find(to_lower(name));
  if (found == settings_.end()) return std::nullopt;
  return found->second.value;
}

StatusOr<std::string> ClientSettings::checked(const Setting& setting, const std::string& value) {
  std::string result = value;
  if (setting.name == "client_encoding") result = encoding_of(value);
  if (setting.name == "DateStyle") result = date_style_of(value);
  if (setting.name == "IntervalStyle" && to_lower(value) != "postgres") result.clear();
  if (setting.name == "standard_conforming_strings" && to_lower(value) != "on") result.clear();
  if (setting.name == "bytea_output" && to_lower(value) != "hex") result.clear();
  if (setting.name == "TimeZone") {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(value, &zone)) return refused(setting.name, value);
    zone_ = zone;
  }
  if (result.empty() && !value.empty()) return refused(setting.name, value);
  return result;
}

Status ClientSettings::set(const std::string& name, const std::string& value) {
  auto found = settings_.find(to_lower(name));
  if (found == settings_.end()) {
    return setting_error("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
  }
  Setting& setting = found->second;
  if (setting.is_fixed) {
    return setting_error("55P02", fmt::format("parameter \"{}\" cannot be changed", setting.name));
  }
  ASSIGN_OR_RETURN(std::string accepted, checked(setting, value));
  setting.is_changed |= setting.value != accepted;
  setting.value = std::move(accepted);
  return OkStatus();
}

Status ClientSettings::reset(const std::string& name) {
  auto found = settings_.find(to_lower(name));
  if (found == settings_.end() || found->second.is_fixed) return set(name, "");
  const std::string initial = found->second.initial;
  return set(name, initial);
}

void ClientSettings::reset_all() {
  for (auto& [key, setting] : settings_) {
    if (!setting.is_fixed) set(key, std::string(setting.initial)).IgnoreError();
  }
}

std::vector<std::pair<std::string, std::string>> ClientSettings::reported() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [key, setting] : settings_) {
    if (setting.is_reported) all.emplace_back(setting.name, setting.value);
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> ClientSettings::take_changes() {
  std::vector<std::pair<std::string, std::string>> changes;
  for (auto& [key, setting] : settings_) {
    if (setting.is_reported && setting.is_changed)
      changes.emplace_back(setting.name, setting.value);
    setting.is_changed = false;
  }
  return changes;
}

}  // namespace kappa::serve::pg_catalog
