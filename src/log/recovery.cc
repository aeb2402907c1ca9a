#include "log/recovery.h"

#include <algorithm>

#include "base/bytes.h"
#include "log/checked_file.h"

namespace kappa::log {
namespace {

constexpr std::string_view kProducersMagic = "KAPPAPR2";

std::string producers_path(const std::string& directory, Offset offset) {
  return env::join_path(directory, Segment::file_name(offset, ".producers"));
}

std::optional<ProducerState> load_producers(env::Env& env, const std::string& directory,
                                            Offset offset) {
  auto payload = read_checked_file(env, producers_path(directory, offset), kProducersMagic);
  if (!payload.ok()) return std::nullopt;
  return ProducerState::decode(*payload);
}

class Recovery {
 public:
  Recovery(env::Env& env, const std::string& directory, int64_t index_interval_bytes)
      : env_(env), directory_(directory), index_interval_bytes_(index_interval_bytes) {}

  StatusOr<RecoveredPartition> run() {
    RETURN_IF_ERROR(find_watermark());
    RETURN_IF_ERROR(list_files());
    RETURN_IF_ERROR(remove_leftovers());
    RETURN_IF_ERROR(open_segments());
    if (!is_clean()) {
      if (!watermark_.has_value() && has_data()) note("durable watermark is missing or damaged");
      RETURN_IF_ERROR(scan_from(first_to_scan()));
      RETURN_IF_ERROR(reach_known_end());
      RETURN_IF_ERROR(make_durable());
    }
    out_.producers.transactions.settle(out_.watermark.offset);
    // What was aborted below has been taken out of the log since.
    out_.producers.transactions.forget_below(
        std::max(out_.layout.log_start, out_.layout.cleaned_to));
    return std::move(out_);
  }

 private:
  Status find_watermark();
  Status list_files();
  // Whether the layout wants the segment file.
  bool is_wanted(const SegmentName& name) const;
  Status remove_leftovers();
  Status open_segments();
  Status open_segment(size_t index);
  bool has_data() const;
  bool is_clean();
  size_t first_to_scan();
  Status scan_from(size_t first);
  // Walks one segment. True when the log was torn in it.
  StatusOr<bool> scan(size_t index);
  // Below this place of the segment, damage is fenced instead of cut.
  Place trusted_end(size_t index) const;
  Status cut_after(size_t index, Place end);
  // Makes a segment for appends where they may go on, when what is there does not reach it.
  Status reach_known_end();
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
  std::vector<SegmentName> names_;       // in order; the wanted ones
  std::vector<SegmentName> leftovers_;
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
  ASSIGN_OR_RETURN(auto files, env_.list_directory(directory_));
  ASSIGN_OR_RETURN(out_.layout, load_layout(env_, directory_));
  std::vector<SegmentName> indexes;
  for (const std::string& file : files) {
    if (auto name = SegmentName::parse(file, ".log"))
      (is_wanted(*name) ? names_ : leftovers_).push_back(*name);
    if (auto name = SegmentName::parse(file, ".index")) indexes.push_back(*name);
    if (auto name = SegmentName::parse(file, ".producers")) snapshots_.push_back(name->base);
    if (file.ends_with(".tmp")) RETURN_IF_ERROR(env_.remove_file(env::join_path(directory_, file)));
  }
  std::sort(names_.begin(), names_.end());
  // What lies below the log's start was on its way out.
  while (names_.size() > 1 && names_[1].base <= out_.layout.log_start) {
    leftovers_.push_back(names_.front());
    names_.erase(names_.begin());
  }
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(leftovers_), [this](auto& name) {
    return !std::binary_search(names_.begin(), names_.end(), name);
  });
  for (const CompactedSegment& segment : out_.layout.compacted) {
    if (segment.end > out_.layout.log_start &&
        !std::binary_search(names_.begin(), names_.end(), segment.name))
      return data_loss("a compacted segment is missing: directory={} file={}", directory_,
                       segment.name.file(".log"));
  }
  if (!names_.empty()) return OkStatus();
  // With a watermark it is known which records are missing; the partition can go on behind them.
  if (!watermark_.has_value())
    return data_loss("partition has no segments: directory={}", directory_);
  note("there is no segment left");
  names_.push_back({out_.layout.log_start});
  std::erase(leftovers_, names_[0]);  // an index without its segment; it will not fit the new one
  return Segment::create(env_, directory_, names_[0], index_interval_bytes_).status();
}

bool Recovery::is_wanted(const SegmentName& name) const {
  const CompactedSegment* compacted = out_.layout.find(name.base);
  return compacted != nullptr ? compacted->name == name : !name.is_compacted();
}

Status Recovery::remove_leftovers() {
  out_.layout.forget_below(names_.front().base);
  out_.layout.log_start = std::max(out_.layout.log_start, names_.front().base);
  if (leftovers_.empty()) return OkStatus();
  // The layout that makes them so must not be taken back by a power loss.
  RETURN_IF_ERROR(env_.sync_directory(directory_));
  for (const SegmentName& name : leftovers_)
    RETURN_IF_ERROR(Segment::remove_files(env_, directory_, name));
  return OkStatus();
}

Status Recovery::open_segments() {
  for (size_t i = 0; i < names_.size(); ++i) RETURN_IF_ERROR(open_segment(i));
  return OkStatus();
}

Status Recovery::open_segment(size_t index) {
  const SegmentName& name = names_[index];
  const CompactedSegment* compacted = out_.layout.find(name.base);
  Offset end = name.base;
  if (compacted != nullptr) {
    end = compacted->end;
  } else if (index + 1 < names_.size()) {
    end = names_[index + 1].base;
  } else if (watermark_.has_value() && watermark_->segment_base == name.base) {
    end = watermark_->offset;
  }
  ASSIGN_OR_RETURN(auto segment, Segment::open(env_, directory_, name, end, index_interval_bytes_));
  out_.segments.push_back(std::move(segment));
  if (compacted == nullptr || last().size_bytes() == compacted->size_bytes) return OkStatus();
  note("compacted segment has another size than it should: file={} size={} expected={}",
       name.file(".log"), last().size_bytes(), compacted->size_bytes);
  RETURN_IF_ERROR(scan(index).status());
  out_.producers = {};  // they are noted when it is their turn
  const Offset sound_end = out_.segments[index]->end();
  const int64_t size = out_.segments[index]->size_bytes();
  out_.segments[index]->add_fence({{size, sound_end}, {size, end}});
  return OkStatus();
}

bool Recovery::has_data() const {
  return std::any_of(out_.segments.begin(), out_.segments.end(),
                     [](const auto& segment) { return segment->size_bytes() > 0; });
}

bool Recovery::is_clean() {
  if (!stopped_at_.has_value() || stopped_at_ != watermark_ ||
      watermark_->segment_base != names_.back().base ||
      watermark_->position != last().size_bytes() || last().is_compacted() ||
      watermark_->offset < out_.layout.log_start)
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
    auto after =
        std::upper_bound(names_.begin(), names_.end(), watermark_->segment_base,
                         [](Offset offset, const SegmentName& name) { return offset < name.base; });
    first = after == names_.begin() ? 0 : static_cast<size_t>(after - names_.begin()) - 1;
  }
  // The producers' state must be known at the place where the walk begins; at the log's start it
  // may be that retention took the batches that it stood for.
  for (;; --first) {
    auto producers = load_producers(env_, directory_, names_[first].base);
    if (producers.has_value()) out_.producers = std::move(*producers);
    if (producers.has_value() || first == 0) return first;
  }
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
  if (segment.is_compacted()) scanner.allow_gaps(segment.end());
  const int64_t now_ms = env_.wall_ms();
  bool is_torn = false;
  while (true) {
    ASSIGN_OR_RETURN(ScanStep step, scanner.next());
    if (step.kind == ScanStep::kEnd) break;
    if (step.kind == ScanStep::kBatch) {
      found.add(step.header, step.position);
      out_.producers.note(step.header, step.batch, now_ms);
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
  Place end = scanner.place();
  const CompactedSegment* compacted = out_.layout.find(segment.base());
  if (compacted != nullptr && !is_torn && segment.size_bytes() == compacted->size_bytes) {
    end.offset = compacted->end;
    found.set_end(end.offset);
  }
  segment.adopt(std::move(found), std::move(fences), end);
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
    const bool has_gap = !is_last && end.offset != names_[i + 1].base;
    const bool is_durable = !watermark_.has_value() || segment.base() < watermark_->segment_base;
    if (has_gap && is_durable && end.offset < names_[i + 1].base) {
      segment.add_fence({end, {end.position, names_[i + 1].base}});
      note("damage is fenced: offsets=[{}, {})", end.offset, names_[i + 1].base);
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
    const SegmentName name = last().name();
    out_.segments.pop_back();
    RETURN_IF_ERROR(Segment::remove_files(env_, directory_, name));
  }
  return out_.segments[index]->file().truncate(end.position);
}

Status Recovery::reach_known_end() {
  Offset known = out_.layout.log_start;
  if (watermark_.has_value()) known = std::max(known, watermark_->offset);
  const Offset end = last().end();
  if (end >= known && !last().is_compacted()) return OkStatus();
  if (end < known) {
    // Records that were durable are gone: their offsets are never given out again.
    const int64_t size = last().size_bytes();
    note("records are missing: offsets=[{}, {})", end, known);
    last().add_fence({{size, end}, {size, known}});
  }
  ASSIGN_OR_RETURN(auto segment,
                   Segment::create(env_, directory_, {last().end()}, index_interval_bytes_));
  out_.segments.push_back(std::move(segment));
  return OkStatus();
}

Status Recovery::make_durable() {
  const Offset end = last().end();
  // Of a partition that was just made there is nothing that a watermark could be ahead of.
  const bool is_new = !watermark_.has_value() && end == Offset(0) && !has_data();
  for (Offset offset : snapshots_) {
    if (offset > end) RETURN_IF_ERROR(env_.remove_file(producers_path(directory_, offset)));
  }
  for (size_t i = first_scanned_; i < out_.segments.size(); ++i) {
    if (!is_new) RETURN_IF_ERROR(out_.segments[i]->file().sync());
    RETURN_IF_ERROR(out_.segments[i]->save_index());
  }
  RETURN_IF_ERROR(save_producers(env_, directory_, end, out_.producers));
  if (!is_new) RETURN_IF_ERROR(env_.sync_directory(directory_));
  out_.watermark = {end, last().base(), last().size_bytes()};
  return save_watermark(env_, directory_, out_.watermark);
}

}  // namespace

Status save_producers(env::Env& env, const std::string& directory, Offset offset,
                      const ProducerState& producers) {
  return write_checked_file(env, producers_path(directory, offset), kProducersMagic,
                            producers.encode(), FileDurability::kCached);
}

StatusOr<RecoveredPartition> recover_partition(env::Env& env, const std::string& directory,
                                               int64_t index_interval_bytes) {
  return Recovery(env, directory, index_interval_bytes).run();
}

}  // namespace kappa::log
