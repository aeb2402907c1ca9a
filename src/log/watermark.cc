#include "log/watermark.h"

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kMagic = "KAPPADU1";
constexpr std::string_view kName = "durable";
constexpr std::string_view kHintMagic = "KAPPADH1";
constexpr std::string_view kHintName = "durable-hint";

std::string encode(const Watermark& watermark) {
  std::string payload;
  Writer writer(payload);
  writer.i64(watermark.offset.value);
  writer.i64(watermark.segment_base.value);
  writer.i64(watermark.position);
  return payload;
}

StatusOr<std::optional<Watermark>> load(env::Env& env, const std::string& path,
                                        std::string_view magic) {
  auto payload = read_checked_file(env, path, magic);
  auto code = payload.status().code();
  if (code == StatusCode::kNotFound || code == StatusCode::kDataLoss)
    return std::optional<Watermark>();
  RETURN_IF_ERROR(payload.status());
  Reader reader(*payload);
  Watermark watermark;
  watermark.offset = Offset(reader.i64());
  watermark.segment_base = Offset(reader.i64());
  watermark.position = reader.i64();
  if (!reader.ok()) return std::optional<Watermark>();
  return watermark;
}

}  // namespace

Status save_watermark(env::Env& env, const std::string& directory, const Watermark& watermark) {
  return write_checked_file(env, env::join_path(directory, kName), kMagic, encode(watermark),
                            FileDurability::kSynced);
}

StatusOr<std::optional<Watermark>> load_watermark(env::Env& env, const std::string& directory) {
  return load(env, env::join_path(directory, kName), kMagic);
}

StatusOr<std::optional<Watermark>> load_watermark_hint(env::Env& env,
                                                       const std::string& directory) {
  return load(env, env::join_path(directory, kHintName), kHintMagic);
}

Status write_watermark_hint(env::Env& env, const std::string& directory,
                            const Watermark& watermark) {
  const std::string path = env::join_path(directory, kHintName);
  ASSIGN_OR_RETURN(auto file, env.open_file(path, env::OpenMode::kCreate));
  return file->write_at(0, checked_bytes(kHintMagic, encode(watermark)));
}

}  // namespace kappa::log
