#pragma once
// Which files of a partition count: the small file `layout`, replaced whole and durably. It is what
// makes retention and compaction atomic: files are written before it names them and removed after
// it has ceased to need them, and a start removes what it does not want.
//
//   log_start                      records below it are gone
//   compacted: base, end, gen …    <base>.<gen>.log stands for the offsets [base, end); every other
//                                  segment file whose base lies in there is left over
//   cleaned_to                     below it no key has two records (the compaction's checkpoint)
//
// Segments that it does not name are plain ones, `<base>.log`, without gaps. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"

namespace kappa::log {

// A segment file's name without its extension: `<base in 20 digits>`, and `.<generation>` when it
// was written by a compaction.
struct SegmentName {
  Offset base;
  int32_t generation = 0;  // 0: plain

  bool is_compacted() const { return generation > 0; }
  // extension with its dot.
  std::string file(std::string_view extension) const;
  // nullopt: not a name that file() makes with this extension.
  static std::optional<SegmentName> parse(std::string_view file, std::string_view extension);

  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};

struct CompactedSegment {
  SegmentName name;
  Offset end;  // where the next segment begins
  int64_t size_bytes = 0;

  friend bool operator==(const CompactedSegment&, const CompactedSegment&) = default;
};

struct SegmentLayout {
  Offset log_start;
  Offset cleaned_to;
  int32_t last_generation = 0;
  std::vector<CompactedSegment> compacted;  // in the order of their bases, without overlap

  // The one whose offsets contain the base.
  const CompactedSegment* find(Offset base) const;
  // Takes the offsets of `segment` for it, from those that had them before.
  void replace(const CompactedSegment& segment);
  // Forgets segments that lie below the offset.
  void forget_below(Offset offset);

  friend bool operator==(const SegmentLayout&, const SegmentLayout&) = default;
};

// A new partition's layout when there is no file. Errors: kDataLoss, those of the file.
StatusOr<SegmentLayout> load_layout(env::Env& env, const std::string& directory);
// On disk when it returns; after an error the old or the new one is.
Status save_layout(env::Env& env, const std::string& directory, const SegmentLayout& layout);

}  // namespace kappa::log
