#include "log/checked_file.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace kappa::log {
namespace {

constexpr size_t kMagicBytes = 8;
constexpr size_t kCrcBytes = 4;
constexpr size_t kFileBytesMax = size_t{1} << 30;

}  // namespace

std::string checked_bytes(std::string_view magic, std::string_view payload) {
  KAPPA_CHECK_EQ(magic.size(), kMagicBytes);
  std::string bytes;
  bytes.reserve(kMagicBytes + payload.size() + kCrcBytes);
  bytes.append(magic).append(payload);
  Writer(bytes).u32(crc32c(bytes));
  return bytes;
}

Status write_checked_file(env::Env& env, const std::string& path, std::string_view magic,
                          std::string_view payload, FileDurability durability) {
  std::string temporary = path + ".tmp";
  ASSIGN_OR_RETURN(auto file, env.open_file(temporary, env::OpenMode::kOverwrite));
  RETURN_IF_ERROR(file->append(checked_bytes(magic, payload)));
  if (durability == FileDurability::kSynced) RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(env.rename(temporary, path));
  if (durability == FileDurability::kSynced) return env.sync_directory(env::parent_path(path));
  return OkStatus();
}

StatusOr<std::string> read_checked_file(env::Env& env, const std::string& path,
                                        std::string_view magic) {
  auto bytes = env::read_file(env, path, kFileBytesMax);
  if (bytes.status().code() == StatusCode::kResourceExhausted)
    return data_loss("{}", message_of(bytes.status()));
  RETURN_IF_ERROR(bytes.status());
  std::string_view all = *bytes;
  if (all.size() < kMagicBytes + kCrcBytes || all.substr(0, kMagicBytes) != magic)
    return data_loss("not a file of this kind: path={} kind={}", path, magic);
  std::string_view checked = all.substr(0, all.size() - kCrcBytes);
  if (load_big_endian<uint32_t>(all.data() + checked.size()) != crc32c(checked))
    return data_loss("file is damaged: path={}", path);
  return std::string(checked.substr(kMagicBytes));
}

}  // namespace kappa::log
