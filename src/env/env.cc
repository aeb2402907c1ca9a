#include "env/env.h"

namespace kappa::env {

uint64_t Env::random_u64() {
  uint64_t value;
  random_bytes(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

std::string join_path(std::string_view directory, std::string_view name) {
  return fmt::format("{}/{}", directory, name);
}

std::string parent_path(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

Status create_directories(Env& env, const std::string& path) {
  if (path.empty() || path == "/" || path == "." || env.exists(path)) return OkStatus();
  std::string parent = parent_path(path);
  RETURN_IF_ERROR(create_directories(env, parent));
  RETURN_IF_ERROR(env.create_directory(path));
  return env.sync_directory(parent);
}

Status remove_directory_and_files(Env& env, const std::string& path) {
  if (!env.exists(path)) return OkStatus();
  ASSIGN_OR_RETURN(auto names, env.list_directory(path));
  for (const std::string& name : names) RETURN_IF_ERROR(env.remove_file(join_path(path, name)));
  return env.remove_directory(path);
}

StatusOr<std::string> read_file(Env& env, const std::string& path, size_t size_max) {
  ASSIGN_OR_RETURN(auto file, env.open_file(path, OpenMode::kRead));
  ASSIGN_OR_RETURN(int64_t size, file->size());
  if (static_cast<size_t>(size) > size_max)
    return resource_exhausted("file is too large: path={} size={} max={}", path, size, size_max);
  std::string bytes(static_cast<size_t>(size), '\0');
  ASSIGN_OR_RETURN(size_t count, file->read_at(0, bytes.size(), bytes.data()));
  bytes.resize(count);
  return bytes;
}

}  // namespace kappa::env
