#pragma once
// Settings that are changed while the server runs and are no topic's: the defaults of all topics,
// and what consumer groups have of their own. Durable in the file `settings` (docs/formats/log.md).
//
// A default that was changed holds for topics without a value of their own, except those whose
// names begin with two underscores: they are the server's, and keep what it was started with.
// A broker's own value comes before that of the cluster. What groups have is kept here and read by
// their coordinator.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "env/env.h"
#include "log/topic_settings.h"

namespace kappa::log {

// Every owner that has settings, with them.
using ServerSettings = std::map<SettingsOwner, TopicSettings>;

// Errors: kDataLoss. No file is no settings.
StatusOr<ServerSettings> load_server_settings(env::Env& env, const std::string& directory);
// On disk when it returns.
Status save_server_settings(env::Env& env, const std::string& directory,
                            const ServerSettings& settings);

// The topic's setting whose default this is, if it may be changed while the server runs. Errors:
// kInvalidArgument: there is none; kFailedPrecondition: not while it runs, and why.
StatusOr<const SettingDefinition*> find_changeable_default(std::string_view server_name);
// The value is fit for that setting. Errors: those above, kInvalidArgument.
Status check_server_setting(std::string_view server_name, std::string_view value);
// What topics have that set nothing, by the topic's setting: the broker's, else the cluster's.
TopicSettings changed_defaults(const ServerSettings& settings);

// Whether changed defaults hold for the topic.
bool follows_defaults(std::string_view topic);

}  // namespace kappa::log
