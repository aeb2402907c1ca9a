// Records of groups and subscriptions of consumers, from any bytes: nothing is read beyond them,
// and what is read is written again as it was.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/group_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kappa::kafka;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto key = parse_group_key(bytes); key && key->kind == GroupRecordKey::Kind::kGroup) {
    KAPPA_CHECK(group_tombstone(key->group).key == bytes);
  }
  if (auto group = parse_group(bytes)) KAPPA_CHECK(group_record("g", *group).value == bytes);
  if (auto committed = parse_offset(bytes)) {
    KAPPA_CHECK(offset_record("g", "t", 0, *committed).value == bytes);
  }
  subscribed_topics(bytes);
  return 0;
}
