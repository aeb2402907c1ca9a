#pragma once
// What a partition's directory becomes when it is opened. The durable watermark (log/watermark.h)
// names a place up to which everything is known to have reached the disk:
//
//   segments  |=======|=======|====W--?--|     = durable   - perhaps   ? torn
//
// If the log ends exactly at W and the producers' state of that offset was saved, nothing is read.
// Otherwise the segments from W's on are walked, batch by batch. Damage below W is fenced: the
// range is never served and never cut. The first bad batch above W is where the log was torn: from
// there on it is cut. What was walked is synced before anyone sees it. Doing it again changes
// nothing.
//
// Before that, what the layout (log/segment_layout.h) does not want is removed: segments below
// log_start, those that a compaction replaced, and what a compaction had not finished.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"
#include "log/producer_state.h"
#include "log/segment.h"
#include "log/watermark.h"

namespace kappa::log {

// Saves what the batches below `offset` say of producers; may be lost, then it is rebuilt.
Status save_producers(env::Env& env, const std::string& directory, Offset offset,
                      const ProducerState& producers);

struct RecoveredPartition {
  std::vector<std::shared_ptr<Segment>> segments;  // never empty; the last one takes appends
  SegmentLayout layout;
  ProducerState producers;
  Watermark watermark;  // at the log's end
  std::vector<std::string> notes;
};

// Errors: kDataLoss when there is no segment at all; those of the files.
StatusOr<RecoveredPartition> recover_partition(env::Env& env, const std::string& directory,
                                               int64_t index_interval_bytes);

}  // namespace kappa::log
