#include "base/logging.h"

#include <spdlog/sinks/stdout_color_sinks.h>

namespace kappa {

Status init_logging(const std::string& level) {
  spdlog::level::level_enum value = spdlog::level::from_str(level);
  if (value == spdlog::level::off && level != "off")
    return invalid_argument("unknown log level, use error, warn, info or debug: level={}", level);
  auto logger = spdlog::stderr_color_mt("kappa");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  logger->set_level(value);
  spdlog::set_default_logger(std::move(logger));
  return OkStatus();
}

}  // namespace kappa
