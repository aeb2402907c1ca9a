// The TOML side of settings; toml++ stays in this file.

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>

#include "app/nearest.h"
#include "app/settings.h"
#include "env/env.h"

namespace kappa::app {
namespace {

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const Setting& setting : server_settings()) names.push_back(setting.name);
  return names;
}

Status unknown_key(const std::string& name, const std::string& place) {
  std::string nearest = nearest_word(name, known_names());
  if (nearest.empty()) {
    return invalid_argument("{}: unknown setting {}; known are {}", place, name,
                            fmt::join(known_names(), ", "));
  }
  return invalid_argument("{}: unknown setting {}; did you mean {}?", place, name, nearest);
}

StatusOr<std::string> text_of(const toml::node& node, const std::string& name,
                              const std::string& place) {
  if (auto text = node.value_exact<std::string>()) return *text;
  if (auto number = node.value_exact<int64_t>()) return std::to_string(*number);
  if (auto truth = node.value_exact<bool>()) return std::string(*truth ? "true" : "false");
  return invalid_argument("{}: {} must be a text or a whole number", place, name);
}

Status collect(const toml::table& table, const std::string& prefix, const std::string& source,
               SettingValues& values) {
  std::vector<std::string> known = known_names();
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    std::string place = fmt::format("{}:{}", source, node.source().begin.line);
    bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (const toml::table* section = node.as_table(); section != nullptr && !is_known) {
      RETURN_IF_ERROR(collect(*section, name + ".", source, values));
      continue;
    }
    if (!is_known) return unknown_key(name, place);
    ASSIGN_OR_RETURN(values[name], text_of(node, name, place));
  }
  return OkStatus();
}

}  // namespace

StatusOr<SettingValues> parse_settings(const std::string& toml, const std::string& source) {
  toml::parse_result parsed = toml::parse(toml, source);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return invalid_argument("{}:{}: {}", source, error.source().begin.line, error.description());
  }
  SettingValues values;
  RETURN_IF_ERROR(collect(parsed.table(), "", source, values));
  return values;
}

StatusOr<SettingValues> read_settings_file(const std::string& path) {
  constexpr size_t kFileBytesMax = 1 << 20;
  auto text = env::read_file(env::posix_env(), path, kFileBytesMax);
  if (!text.ok()) return annotate(text.status(), "cannot read the configuration file");
  return parse_settings(*text, path);
}

}  // namespace kappa::app
