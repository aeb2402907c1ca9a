// The table of topic settings: Kafka's names, defaults and ranges; what they are here is said in
// each line's documentation. docs/topics.md explains those that have effect.

#include "log/topic_settings.h"

namespace kappa::log {
namespace {

constexpr std::string_view kLongMax = "9223372036854775807";

struct Range {
  int64_t min = INT64_MIN;
  int64_t max = INT64_MAX;
};

constexpr SettingDefinition number(std::string_view name, std::string_view server_name,
                                   SettingType type, std::string_view default_value, Range range,
                                   bool has_effect, std::string_view documentation) {
  return {name,      server_name, type,       default_value, range.min,
          range.max, {},          has_effect, documentation};
}
constexpr SettingDefinition text(std::string_view name, std::string_view server_name,
                                 SettingType type, std::string_view default_value,
                                 std::string_view choices, bool has_effect,
                                 std::string_view documentation) {
  return {name,      server_name, type,       default_value, INT64_MIN,
          INT64_MAX, choices,     has_effect, documentation};
}

constexpr Range kIntFrom0{0, INT32_MAX};
constexpr Range kIntFrom1{1, INT32_MAX};
constexpr Range kFrom0{.min = 0};
constexpr Range kFrom1{.min = 1};
constexpr bool kHasEffect = true;
constexpr bool kIsKept = false;

constexpr SettingDefinition kDefinitions[] = {
    text("cleanup.policy", "log.cleanup.policy", SettingType::kList, "delete", "delete|compact",
         kHasEffect,
         "delete: old segments are removed; compact: of each key the last record is kept"),
    number("compression.gzip.level", "compression.gzip.level", SettingType::kInt, "-1", {-1, 9},
           kIsKept, "The level of gzip for compression.type=gzip; batches are kept as they came"),
    number("compression.lz4.level", "compression.lz4.level", SettingType::kInt, "9", {1, 17},
           kIsKept, "The level of lz4 for compression.type=lz4; batches are kept as they came"),
    text("compression.type", "compression.type", SettingType::kString, "producer",
         "producer|uncompressed|gzip|snappy|lz4|zstd", kIsKept,
         "The codec that batches are kept in; they are kept as they came"),
    number("compression.zstd.level", "compression.zstd.level", SettingType::kInt, "3",
           {-131072, 22}, kIsKept,
           "The level of zstd for compression.type=zstd; batches are kept as they came"),
    number("delete.retention.ms", "log.cleaner.delete.retention.ms", SettingType::kLong, "86400000",
           kFrom0, kHasEffect, "How long a deleted key's tombstone is kept in a compacted topic"),
    text("durability", "log.durability", SettingType::kString, "sync", "sync|os", kHasEffect,
         "sync: acks=all is answered when the records are on disk; os: when the system has them"),
    number("file.delete.delay.ms", "log.segment.delete.delay.ms", SettingType::kLong, "60000",
           kFrom0, kHasEffect, "How long a removed segment's file is kept"),
    number("flush.messages", "log.flush.interval.messages", SettingType::kLong, kLongMax, kFrom1,
           kIsKept, "Records between forced syncs; durability decides here"),
    number("flush.ms", "log.flush.interval.ms", SettingType::kLong, kLongMax, kFrom0, kIsKept,
           "Milliseconds between forced syncs; durability decides here"),
    text("follower.replication.throttled.replicas", "follower.replication.throttled.replicas",
         SettingType::kList, "", "", kIsKept,
         "Replicas whose copying is slowed down; there are no copies here"),
    number("index.interval.bytes", "log.index.interval.bytes", SettingType::kInt, "4096", kIntFrom1,
           kHasEffect, "Bytes of log between two entries of its index"),
    text("leader.replication.throttled.replicas", "leader.replication.throttled.replicas",
         SettingType::kList, "", "", kIsKept,
         "Replicas whose copying is slowed down; there are no copies here"),
    number("local.retention.bytes", "log.local.retention.bytes", SettingType::kLong, "-2",
           {.min = -2}, kIsKept,
           "What of a tiered topic is kept on this machine; nothing is tiered"),
    number("local.retention.ms", "log.local.retention.ms", SettingType::kLong, "-2", {.min = -2},
           kIsKept, "What of a tiered topic is kept on this machine; nothing is tiered"),
    number("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", SettingType::kLong,
           kLongMax, kFrom1, kHasEffect, "The longest that a record may stay uncompacted"),
    number("max.message.bytes", "message.max.bytes", SettingType::kInt, "1048588", kIntFrom0,
           kHasEffect, "The largest record batch that a producer may send"),
    number("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms",
           SettingType::kLong, "3600000", kFrom0, kHasEffect,
           "How far a record's timestamp may lie after the server's clock"),
    number("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms",
           SettingType::kLong, kLongMax, kFrom0, kHasEffect,
           "How far a record's timestamp may lie before the server's clock"),
    text("message.timestamp.type", "log.message.timestamp.type", SettingType::kString, "CreateTime",
         "CreateTime|LogAppendTime", kHasEffect,
         "CreateTime: as the producer wrote it; LogAppendTime: when the batch was appended"),
    number("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio", SettingType::kDouble,
           "0.5", {0, 1}, kHasEffect,
           "The part of the log that must be uncompacted before it is compacted"),
    number("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", SettingType::kLong, "0",
           kFrom0, kHasEffect, "The shortest that a record stays uncompacted"),
    number("min.insync.replicas", "min.insync.replicas", SettingType::kInt, "1", kIntFrom1, kIsKept,
           "Replicas that must have a record before acks=all is answered; there is one here"),
    text("preallocate", "log.preallocate", SettingType::kBoolean, "false", "true|false", kIsKept,
         "Reserve a segment's space when it is made"),
    text("remote.log.copy.disable", "remote.log.copy.disable", SettingType::kBoolean, "false",
         "false", kIsKept, "Stops tiering; nothing is tiered"),
    text("remote.log.delete.on.disable", "remote.log.delete.on.disable", SettingType::kBoolean,
         "false", "false", kIsKept, "Deletes what was tiered; nothing is"),
    text("remote.storage.enable", "remote.storage.enable", SettingType::kBoolean, "false", "false",
         kIsKept, "Tiers the topic; there is no remote storage"),
    number("retention.bytes", "log.retention.bytes", SettingType::kLong, "-1", {.min = -1},
           kHasEffect, "The size beyond which old segments go; -1: none"),
    number("retention.ms", "log.retention.ms", SettingType::kLong, "-1", {.min = -1}, kHasEffect,
           "The age beyond which old segments go; -1: none, history is kept"),
    number("segment.bytes", "log.segment.bytes", SettingType::kInt, "1073741824", {14, INT32_MAX},
           kHasEffect, "The size at which a segment is closed and the next begun"),
    number("segment.index.bytes", "log.index.size.max.bytes", SettingType::kInt, "10485760",
           {4, INT32_MAX}, kHasEffect,
           "The size of an index that closes its segment, 8 bytes an entry"),
    number("segment.jitter.ms", "log.roll.jitter.ms", SettingType::kLong, "0", kFrom0, kHasEffect,
           "Taken off segment.ms at random"),
    number("segment.ms", "log.roll.ms", SettingType::kLong, "604800000", kFrom1, kHasEffect,
           "The age at which a segment is closed and the next begun"),
    text("unclean.leader.election.enable", "unclean.leader.election.enable", SettingType::kBoolean,
         "false", "true|false", kIsKept,
         "Whether a replica that lacks records may lead; there is one here"),
};

}  // namespace

std::span<const SettingDefinition> topic_setting_definitions() { return kDefinitions; }

}  // namespace kappa::log
