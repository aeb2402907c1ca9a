#pragma once
// Which records of a refused batch were to blame, for Produce's RecordErrors.

#include <cstdint>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace kappa::kafka {

// Whether the topic keeps the last record of each key, and so takes none without a key.
bool is_compacted(const log::TopicSettings& settings);
// Whether the topic's old records may go: cleanup.policy contains delete.
bool is_deleted(const log::TopicSettings& settings);

// The positions in the batch (exactly its bytes) of the records that have no key.
std::vector<int32_t> records_without_key(std::string_view batch);

}  // namespace kappa::kafka
