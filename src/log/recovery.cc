#include "log/recovery.h"

#include <algorithm>

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kProducersMagic = "KAPPAPR1";

std::string producers_path(const std::string& directory, Offset offset) {
  return env::join_path(directory, Segment::file_name(offset, ".producers"));
}

std::optional<ProducerTable> load_producers(env::Env& env, const std::string& directory,
                                            Offset offset) {
  auto payload = read_checked_file(env, producers_path(directory, offset), kProducersMagic);
  if (!payload.ok()) return std::nullopt;
  return ProducerTable::decode(*payload);
}

class Recovery {
 public:
  Recovery(env::Env& env, const std::string& directory, int64_t index_interval_bytes)
      : env_(env), directory_(directory), index_interval_bytes_(index_interval_bytes) {}

  StatusOr<RecoveredPartition> run() {
    RETURN_IF_ERROR(find_watermark());
    RETURN_IF_ERROR(list_files());
    RETURN_IF_ERROR(open_segments());
    if (is_clean()) return std::move(out_);
    if (!watermark_.has_value() && has_data()) note("durable watermark is missing or damaged");
    RETURN_IF_ERROR(scan_from(first_to_scan()));
    RETURN_IF_ERROR(reach_watermark());
    RETURN_IF_ERROR(make_durable());
    return std::move(out_);
  }

 private:
  Status find_watermark();
  Status list_files();
  Status open_segments();
  bool has_data() const;
  bool is_clean();
  size_t first_to_scan();
  Status scan_from(size_t first);
  // Walks one segment. True when the log was torn in it.
  StatusOr<bool> scan(size_t index);
  // Below this place of the segment, damage is fenced instead of cut.
  Place trusted_end(size_t index) const;
  Status cut_after(size_t index, Place end);
  Status reach_watermark();
  Status make_durable();

  Segment& last() { return *out_.segments.back(); }
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    out_.notes.push_back(
        fmt::format("{}: {}", directory_, fmt::format(format, std::forward<Args>(args)...)));
  }

  env::Env& env_;
  const std::string directory_;
  const int64_t index_interval_bytes_;
  std::optional<Watermark> stopped_at_;  // as saved with the index and the producers
  std::optional<Watermark> watermark_;   // the furthest that is known
  std::vector<Offset> bases_;
  std::vector<Offset> snapshots_;
  size_t first_scanned_ = 0;
  RecoveredPartition out_;
};

Status Recovery::find_watermark() {
  ASSIGN_OR_RETURN(stopped_at_, load_watermark(env_, directory_));
  ASSIGN_OR_RETURN(auto hint, load_watermark_hint(env_, directory_));
  watermark_ = stopped_at_;
  if (hint.has_value() && (!watermark_.has_value() || hint->offset > watermark_->offset))
    watermark_ = hint;
  return OkStatus();
}

Status Recovery::list_files() {
  ASSIGN_OR_RETURN(auto names, env_.list_directory(directory_));
  for (const std::string& name : names) {
    if (auto base = Segment::parse_file_name(name, ".log")) bases_.push_back(*base);
    if (auto offset = Segment::parse_file_name(name, ".producers")) snapshots_.push_back(*offset);
    if (name.ends_with(".tmp")) RETURN_IF_ERROR(env_.remove_file(env::join_path(directory_, name)));
  }
  if (!bases_.empty()) return OkStatus();
  // With a watermark it is known which records are missing; the partition can go on behind them.
  if (!watermark_.has_value())
    return data_loss("partition has no segments: directory={}", directory_);
  note("there is no segment left");
  bases_.push_back(Offset(0));
  return Segment::create(env_, directory_, Offset(0), index_interval_bytes_).status();
}

Status Recovery::open_segments() {
  for (size_t i = 0; i < bases_.size(); ++i) {
    bool is_last = i + 1 == bases_.size();
    Offset end = is_last ? bases_[i] : bases_[i + 1];
    if (is_last && watermark_.has_value() && watermark_->segment_base == bases_[i])
      end = watermark_->offset;
    ASSIGN_OR_RETURN(auto segment,
                     Segment::open(env_, directory_, bases_[i], end, index_interval_bytes_));
    out_.segments.push_back(std::move(segment));
  }
  return OkStatus();
}

bool Recovery::has_data() const {
  return std::any_of(out_.segments.begin(), out_.segments.end(),
                     [](const auto& segment) { return segment->size_bytes() > 0; });
}

bool Recovery::is_clean() {
  if (!stopped_at_.has_value() || stopped_at_ != watermark_ ||
      watermark_->segment_base != bases_.back() || watermark_->position != last().size_bytes())
    return false;
  auto producers = load_producers(env_, directory_, watermark_->offset);
  if (!producers.has_value() || !last().load_index()) return false;
  out_.producers = std::move(*producers);
  out_.watermark = *watermark_;
  return true;
}

size_t Recovery::first_to_scan() {
  size_t first = 0;
  if (watermark_.has_value()) {
    auto after = std::upper_bound(bases_.begin(), bases_.end(), watermark_->segment_base);
    first = after == bases_.begin() ? 0 : static_cast<size_t>(after - bases_.begin()) - 1;
  }
  // The producers' state must be known at the place where the walk begins.
  for (; first > 0; --first) {
    auto producers = load_producers(env_, directory_, bases_[first]);
    if (!producers.has_value()) continue;
    out_.producers = std::move(*producers);
    break;
  }
  return first;
}

Place Recovery::trusted_end(size_t index) const {
  const Segment& segment = *out_.segments[index];
  const bool is_last = index + 1 == out_.segments.size();
  // Without a watermark nothing may be cut away that has sound batches after it.
  const bool is_below =
      watermark_.has_value() ? segment.base() < watermark_->segment_base : !is_last;
  if (is_below) return {segment.size_bytes(), segment.end()};
  if (watermark_.has_value() && segment.base() == watermark_->segment_base)
    return {watermark_->position, watermark_->offset};
  return {0, segment.base()};
}

StatusOr<bool> Recovery::scan(size_t index) {
  Segment& segment = *out_.segments[index];
  const Place trusted = trusted_end(index);
  SegmentIndex found(segment.base(), index_interval_bytes_);
  std::vector<Fence> fences;
  BatchScanner scanner(segment.file(), {0, segment.base()}, segment.size_bytes());
  const int64_t now_ms = env_.wall_ms();
  bool is_torn = false;
  while (true) {
    ASSIGN_OR_RETURN(ScanStep step, scanner.next());
    if (step.kind == ScanStep::kEnd) break;
    if (step.kind == ScanStep::kBatch) {
      found.add(step.header, step.position);
      out_.producers.note(step.header, now_ms);
      continue;
    }
    const Place damaged = scanner.place();
    const bool is_trusted = damaged.position < trusted.position;
    is_torn = !is_trusted && watermark_.has_value();
    if (is_torn) break;
    ASSIGN_OR_RETURN(auto sound,
                     scanner.find_sound_batch(is_trusted ? trusted.offset : Offset(INT64_MAX)));
    is_torn = !is_trusted && !sound.has_value();
    if (is_torn) break;
    fences.push_back({damaged, sound.value_or(trusted)});
    note("damage is fenced: offsets=[{}, {})", damaged.offset, fences.back().end.offset);
    scanner.jump(fences.back().end);
  }
  segment.adopt(std::move(found), std::move(fences), scanner.place());
  return is_torn;
}

Status Recovery::scan_from(size_t first) {
  first_scanned_ = first;
  for (size_t i = first; i < out_.segments.size(); ++i) {
    const int64_t size = out_.segments[i]->size_bytes();
    ASSIGN_OR_RETURN(bool is_torn, scan(i));
    Segment& segment = *out_.segments[i];
    const Place end{std::min(segment.size_bytes(), size), segment.end()};
    const bool is_last = i + 1 == out_.segments.size();
    const bool has_gap = !is_last && end.offset != bases_[i + 1];
    const bool is_durable = !watermark_.has_value() || segment.base() < watermark_->segment_base;
    if (has_gap && is_durable && end.offset < bases_[i + 1]) {
      segment.add_fence({end, {end.position, bases_[i + 1]}});
      note("damage is fenced: offsets=[{}, {})", end.offset, bases_[i + 1]);
    } else if (is_torn || has_gap) {
      if (size > end.position || !is_last)
        note("torn tail is cut: offset={} bytes={} segments={}", end.offset, size - end.position,
             out_.segments.size() - i - 1);
      return cut_after(i, end);
    }
  }
  return OkStatus();
}

Status Recovery::cut_after(size_t index, Place end) {
  // Last segment first: a crash on the way leaves a log that is cut further next time.
  while (out_.segments.size() > index + 1) {
    Offset base = last().base();
    out_.segments.pop_back();
    RETURN_IF_ERROR(env_.remove_file(env::join_path(directory_, Segment::file_name(base, ".log"))));
    std::string index_path = env::join_path(directory_, Segment::file_name(base, ".index"));
    if (env_.exists(index_path)) RETURN_IF_ERROR(env_.remove_file(index_path));
  }
  return out_.segments[index]->file().truncate(end.position);
}

Status Recovery::reach_watermark() {
  if (!watermark_.has_value() || last().end() >= watermark_->offset) return OkStatus();
  // Records that were durable are gone: their offsets are never given out again.
  Place end{last().size_bytes(), last().end()};
  note("records are missing: offsets=[{}, {})", end.offset, watermark_->offset);
  last().add_fence({end, {end.position, watermark_->offset}});
  ASSIGN_OR_RETURN(auto segment,
                   Segment::create(env_, directory_, watermark_->offset, index_interval_bytes_));
  out_.segments.push_back(std::move(segment));
  return OkStatus();
}

Status Recovery::make_durable() {
  const Offset end = last().end();
  for (Offset offset : snapshots_) {
    if (offset > end) RETURN_IF_ERROR(env_.remove_file(producers_path(directory_, offset)));
  }
  for (size_t i = first_scanned_; i < out_.segments.size(); ++i) {
    RETURN_IF_ERROR(out_.segments[i]->file().sync());
    RETURN_IF_ERROR(out_.segments[i]->save_index());
  }
  RETURN_IF_ERROR(save_producers(env_, directory_, end, out_.producers));
  RETURN_IF_ERROR(env_.sync_directory(directory_));
  out_.watermark = {end, last().base(), last().size_bytes()};
  return save_watermark(env_, directory_, out_.watermark);
}

}  // namespace

Status save_producers(env::Env& env, const std::string& directory, Offset offset,
                      const ProducerTable& producers) {
  return write_checked_file(env, producers_path(directory, offset), kProducersMagic,
                            producers.encode(), FileDurability::kCached);
}

StatusOr<RecoveredPartition> recover_partition(env::Env& env, const std::string& directory,
                                               int64_t index_interval_bytes) {
  return Recovery(env, directory, index_interval_bytes).run();
}

}  // namespace kappa::log
