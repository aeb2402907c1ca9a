// Records of groups and subscriptions of consumers, from any bytes: nothing is read beyond them,
// and what is read is written again as it was.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/consumer_records.h"
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
  ConsumerMember member;
  if (parse_standing(bytes, member)) {
    ConsumerMember again;
    KAPPA_CHECK(parse_standing(*standing_record("g", member).value, again));
    KAPPA_CHECK(member.owns_alike(again));
  }
  parse_member(bytes, member);
  if (auto target = parse_target(bytes)) {
    KAPPA_CHECK(parse_target(*target_record("g", "m", *target).value) == target);
  }
  parse_epoch(bytes);
  parse_target_epoch(bytes);
  subscribed_topics(bytes);
  return 0;
}
