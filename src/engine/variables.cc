#include "engine/variables.h"

#include <duckdb/main/connection.hpp>
#include <set>

#include "base/ascii.h"
#include "engine/snapshot.h"
#include "engine/sql_text.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

// PostgreSQL's and ours, with their defaults. Accepted and shown; those that kappa heeds say so.
const std::map<std::string, std::string>& defaults() {
  static const std::map<std::string, std::string> kDefaults = {
      {"application_name", ""},
      {"background_ddl", "off"},  // heeded: CREATE … VIEW returns at once
      {"bytea_output", "hex"},
      {"check_function_bodies", "on"},
      {"client_encoding", "UTF8"},
      {"client_min_messages", "notice"},
      {"datestyle", "ISO, MDY"},
      {"default_transaction_isolation", "serializable"},
      {"default_transaction_read_only", "off"},
      {"extra_float_digits", "1"},
      {"idle_in_transaction_session_timeout", "0"},
      {"integer_datetimes", "on"},
      {"intervalstyle", "postgres"},
      {"jit", "off"},
      {"lock_timeout", "0"},
      {"max_identifier_length", "63"},
      {"read_your_writes", "on"},  // heeded: a SELECT waits for the session's own INSERTs
      {"row_security", "on"},
      {"search_path", "public"},
      {"server_encoding", "UTF8"},
      {"server_version", "15.0"},
      {"server_version_num", "150000"},
      {"standard_conforming_strings", "on"},
      {"statement_timeout", "0"},
      {"synchronize_seqscans", "on"},
      {"synchronous_commit", "on"},
      {"transaction_isolation", "serializable"},
      {"transaction_read_only", "off"},
      {"xmloption", "content"},
  };
  return kDefaults;
}

// DuckDB's, that change what a query gives.
const std::set<std::string>& query_names() {
  static const std::set<std::string> kNames = {
      "timezone",          "default_null_order",      "default_order", "integer_division",
      "default_collation", "ieee_floating_point_ops", "calendar"};
  return kNames;
}

bool is_boolean_name(const std::string& name) {
  return name == "background_ddl" || name == "read_your_writes";
}

std::optional<bool> boolean_of(const std::string& value) {
  std::string lower = to_lower(value);
  if (lower == "on" || lower == "true" || lower == "1" || lower == "yes") return true;
  if (lower == "off" || lower == "false" || lower == "0" || lower == "no") return false;
  return std::nullopt;
}

Status run_setting(sql::DatabaseConnection& connection, const std::string& sql) {
  auto result = connection.duck().Query(sql);
  if (!result->HasError()) return OkStatus();
  return sql::make_error({"22023", result->GetErrorObject().RawMessage()});
}

}  // namespace

Status Variables::set(const std::string& name, const std::string& value,
                      sql::DatabaseConnection& connection) {
  if (query_names().count(name)) {
    RETURN_IF_ERROR(run_setting(connection, "SET " + name + " = " + quote_literal(value)));
    query_settings_[name] = value;
    return OkStatus();
  }
  if (defaults().count(name) == 0)
    return sql::make_error(
        {"42704", fmt::format("unrecognized configuration parameter \"{}\"", name)});
  if (!is_boolean_name(name)) return values_[name] = value, OkStatus();
  std::optional<bool> flag = boolean_of(value);
  if (!flag)
    return sql::make_error(
        {"22023", fmt::format("parameter \"{}\" requires a Boolean value", name)});
  values_[name] = *flag ? "on" : "off";
  return OkStatus();
}

Status Variables::reset(const std::string& name, sql::DatabaseConnection& connection) {
  if (query_names().count(name)) {
    query_settings_.erase(name);
    return run_setting(connection, "RESET " + name);
  }
  if (defaults().count(name) == 0)
    return sql::make_error(
        {"42704", fmt::format("unrecognized configuration parameter \"{}\"", name)});
  values_.erase(name);
  return OkStatus();
}

void Variables::reset_all(sql::DatabaseConnection& connection) {
  for (const auto& [name, value] : query_settings_)
    run_setting(connection, "RESET " + name).IgnoreError();
  query_settings_.clear();
  values_.clear();
}

std::optional<std::string> Variables::show(const std::string& name) const {
  if (auto found = query_settings_.find(name); found != query_settings_.end()) return found->second;
  if (auto found = values_.find(name); found != values_.end()) return found->second;
  if (auto found = defaults().find(name); found != defaults().end()) return found->second;
  return std::nullopt;
}

bool Variables::is_on(const std::string& name) const { return show(name) == "on"; }

}  // namespace kappa::engine
