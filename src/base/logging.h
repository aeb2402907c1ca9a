#pragma once
// The server's own log, to standard error: one line per event, key=value at the end.
//   LOG_INFO("topic created: topic={} partitions={}", name, count);
// error: somebody must act. warn: somebody should look. info: life cycle. debug: for developers.

#include <spdlog/spdlog.h>

#include <string>

#include "base/status.h"

namespace kappa {

// Sends the log to standard error at the given level: error, warn, info or debug.
Status init_logging(const std::string& level);

}  // namespace kappa

#define LOG_ERROR(...) ::spdlog::error(__VA_ARGS__)
#define LOG_WARN(...) ::spdlog::warn(__VA_ARGS__)
#define LOG_INFO(...) ::spdlog::info(__VA_ARGS__)
#define LOG_DEBUG(...) ::spdlog::debug(__VA_ARGS__)
