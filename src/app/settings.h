#pragma once
// The server's settings: one table that the command line, the environment and the TOML file all
// follow. A setting `kafka.listen` is the flag --kafka-listen, the variable KAPPA_KAFKA_LISTEN and
// the key `listen` in section [kafka] of the file. What is nearer to the user wins:
// flag, then environment, then file, then default.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace kappa::app {

struct Setting {
  std::string name;           // "kafka.listen"
  std::string value_name;     // "HOST:PORT", for --help
  std::string help;           // a sentence
  std::string default_value;  // empty: decided by the machine
};

// All settings of `kappa serve`, in the order of --help.
const std::vector<Setting>& server_settings();

std::string flag_of(const Setting& setting);      // "--kafka-listen"
std::string variable_of(const Setting& setting);  // "KAPPA_KAFKA_LISTEN"

// Name of a setting -> its value as text.
using SettingValues = std::map<std::string, std::string>;

// The values of a TOML file. Errors: kInvalidArgument (syntax with its line; a key that is no
// setting, with the nearest one; a value that is no text, number or boolean), kNotFound.
StatusOr<SettingValues> read_settings_file(const std::string& path);
StatusOr<SettingValues> parse_settings(const std::string& toml, const std::string& source);

// Looks a variable up; nullptr when it is not set. getenv in the program.
using ReadVariable = std::function<const char*(const char*)>;

// Every setting with its value, by the order of precedence above.
SettingValues resolve_settings(const SettingValues& flags, const ReadVariable& variable,
                               const SettingValues& file);

}  // namespace kappa::app
