#pragma once
// What a process holds, as the kernel tells it.

#include <fmt/format.h>
#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace kappa::bench {

// A field of /proc/PID/status in MiB.
inline double memory_mib(pid_t process, const std::string& field) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

inline int64_t open_descriptors(pid_t process) {
  std::filesystem::directory_iterator entries(fmt::format("/proc/{}/fd", process));
  return std::distance(begin(entries), end(entries));
}

}  // namespace kappa::bench
