#include "log/server_settings.h"

#include <algorithm>

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kMagic = "KAPPASS1";

// Defaults that stay what the server was started with, and why.
struct FixedDefault {
  std::string_view server_name;
  std::string_view why;
};
constexpr FixedDefault kFixedDefaults[] = {
    {"log.cleanup.policy", "compaction is a topic's own, as streams need all of its records"},
    {"log.durability", "what is acknowledged stays as safe as it was"},
    {"remote.log.copy.disable", "only topics have it"},
    {"remote.log.delete.on.disable", "only topics have it"},
    {"remote.storage.enable", "only topics have it"},
    {"follower.replication.throttled.replicas", "only topics have it"},
    {"leader.replication.throttled.replicas", "only topics have it"},
};

std::string path_in(const std::string& directory) { return env::join_path(directory, "settings"); }

void write_text(Writer& writer, std::string_view text) {
  writer.uvarint(static_cast<uint32_t>(text.size()));
  writer.raw(text);
}

std::string read_text(Reader& reader) {
  const uint32_t size = reader.uvarint();
  return std::string(reader.view(size));
}

}  // namespace

StatusOr<ServerSettings> load_server_settings(env::Env& env, const std::string& directory) {
  auto payload = read_checked_file(env, path_in(directory), kMagic);
  if (payload.status().code() == StatusCode::kNotFound) return ServerSettings();
  RETURN_IF_ERROR(payload.status());
  Reader reader(*payload);
  ServerSettings all;
  for (uint32_t left = reader.u32(); left > 0 && reader.ok(); --left) {
    const int8_t scope = reader.i8();
    if (scope < 0 || scope > static_cast<int8_t>(SettingsScope::kGroup))
      return data_loss("settings of an unknown kind: path={} kind={}", path_in(directory), scope);
    SettingsOwner owner{static_cast<SettingsScope>(scope), read_text(reader)};
    TopicSettings& settings = all[std::move(owner)];
    for (uint32_t count = reader.uvarint(); count > 0 && reader.ok(); --count) {
      std::string name = read_text(reader);
      settings[std::move(name)] = read_text(reader);
    }
  }
  if (!reader.ok() || reader.remaining() > 0)
    return data_loss("settings are damaged: path={}", path_in(directory));
  return all;
}

Status save_server_settings(env::Env& env, const std::string& directory,
                            const ServerSettings& all) {
  std::string payload;
  Writer writer(payload);
  writer.u32(static_cast<uint32_t>(all.size()));
  for (const auto& [owner, settings] : all) {
    writer.i8(static_cast<int8_t>(owner.scope));
    write_text(writer, owner.name);
    writer.uvarint(static_cast<uint32_t>(settings.size()));
    for (const auto& [name, value] : settings) {
      write_text(writer, name);
      write_text(writer, value);
    }
  }
  return write_checked_file(env, path_in(directory), kMagic, payload, FileDurability::kSynced);
}

StatusOr<const SettingDefinition*> find_changeable_default(std::string_view server_name) {
  for (const FixedDefault& fixed : kFixedDefaults) {
    if (fixed.server_name == server_name)
      return failed_precondition("{}: {}", server_name, fixed.why);
  }
  for (const SettingDefinition& definition : topic_setting_definitions()) {
    if (definition.server_name == server_name) return &definition;
  }
  return invalid_argument("no default of topics: name={}", server_name);
}

Status check_server_setting(std::string_view server_name, std::string_view value) {
  ASSIGN_OR_RETURN(const auto* definition, find_changeable_default(server_name));
  return annotate(check_topic_setting(definition->name, value), std::string(server_name));
}

TopicSettings changed_defaults(const ServerSettings& settings) {
  TopicSettings defaults;
  const auto add_all = [&](SettingsScope scope) {
    for (const auto& [owner, values] : settings) {
      if (owner.scope != scope) continue;
      for (const auto& [name, value] : values) {
        auto definition = find_changeable_default(name);
        if (definition.ok()) defaults[std::string((*definition)->name)] = value;
      }
    }
  };
  add_all(SettingsScope::kCluster);
  add_all(SettingsScope::kBroker);
  return defaults;
}

bool follows_defaults(std::string_view topic) { return !topic.starts_with("__"); }

}  // namespace kappa::log
