#include "log/segment_layout.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kLayoutMagic = "KAPPALY1";
constexpr std::string_view kLayoutName = "layout";
constexpr size_t kBaseDigits = 20;
constexpr size_t kSegmentBytes = 8 + 4 + 8 + 8;

bool is_consistent(const SegmentLayout& layout) {
  Offset end(0);
  for (const CompactedSegment& segment : layout.compacted) {
    if (segment.name.base < end || segment.end <= segment.name.base || segment.size_bytes < 0 ||
        segment.name.generation < 1 || segment.name.generation > layout.last_generation)
      return false;
    end = segment.end;
  }
  return layout.log_start >= Offset(0) && layout.cleaned_to >= Offset(0);
}

template <typename Number>
bool parse_digits(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= 0;
}

}  // namespace

std::string SegmentName::file(std::string_view extension) const {
  if (!is_compacted()) return fmt::format("{:020d}{}", base.value, extension);
  return fmt::format("{:020d}.{}{}", base.value, generation, extension);
}

std::optional<SegmentName> SegmentName::parse(std::string_view file, std::string_view extension) {
  if (!file.ends_with(extension)) return std::nullopt;
  std::string_view stem = file.substr(0, file.size() - extension.size());
  SegmentName name;
  if (!parse_digits(stem.substr(0, kBaseDigits), name.base.value)) return std::nullopt;
  if (stem.size() > kBaseDigits && !parse_digits(stem.substr(kBaseDigits + 1), name.generation))
    return std::nullopt;
  if (name.file(extension) != file) return std::nullopt;
  return name;
}

const CompactedSegment* SegmentLayout::find(Offset base) const {
  auto after =
      std::upper_bound(compacted.begin(), compacted.end(), base,
                       [](Offset o, const CompactedSegment& s) { return o < s.name.base; });
  if (after == compacted.begin() || base >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

void SegmentLayout::replace(const CompactedSegment& segment) {
  std::erase_if(compacted, [&segment](const CompactedSegment& other) {
    return other.name.base >= segment.name.base && other.name.base < segment.end;
  });
  auto at =
      std::lower_bound(compacted.begin(), compacted.end(), segment.name.base,
                       [](const CompactedSegment& s, Offset base) { return s.name.base < base; });
  compacted.insert(at, segment);
}

void SegmentLayout::forget_below(Offset offset) {
  std::erase_if(compacted, [offset](const CompactedSegment& s) { return s.end <= offset; });
}

StatusOr<SegmentLayout> load_layout(env::Env& env, const std::string& directory) {
  const std::string path = env::join_path(directory, kLayoutName);
  auto payload = read_checked_file(env, path, kLayoutMagic);
  if (payload.status().code() == StatusCode::kNotFound) return SegmentLayout();
  RETURN_IF_ERROR(payload.status());
  Reader reader(*payload);
  SegmentLayout layout;
  layout.log_start = Offset(reader.i64());
  layout.cleaned_to = Offset(reader.i64());
  layout.last_generation = reader.i32();
  const uint32_t count = reader.u32();
  bool is_sound = reader.ok() && reader.remaining() == count * kSegmentBytes;
  for (uint32_t i = 0; i < count && is_sound; ++i) {
    CompactedSegment& segment = layout.compacted.emplace_back();
    segment.name.base = Offset(reader.i64());
    segment.name.generation = reader.i32();
    segment.end = Offset(reader.i64());
    segment.size_bytes = reader.i64();
  }
  if (!is_sound || !is_consistent(layout))
    return data_loss("partition's layout is damaged: path={}", path);
  return layout;
}

Status save_layout(env::Env& env, const std::string& directory, const SegmentLayout& layout) {
  std::string payload;
  Writer writer(payload);
  writer.i64(layout.log_start.value);
  writer.i64(layout.cleaned_to.value);
  writer.i32(layout.last_generation);
  writer.u32(static_cast<uint32_t>(layout.compacted.size()));
  for (const CompactedSegment& segment : layout.compacted) {
    writer.i64(segment.name.base.value);
    writer.i32(segment.name.generation);
    writer.i64(segment.end.value);
    writer.i64(segment.size_bytes);
  }
  return write_checked_file(env, env::join_path(directory, kLayoutName), kLayoutMagic, payload,
                            FileDurability::kSynced);
}

}  // namespace kappa::log
