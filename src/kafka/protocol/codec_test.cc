#include "kafka/protocol/codec.h"

#include <gtest/gtest.h>

#include "kafka/protocol/messages/all.h"
#include "kafka/protocol/messages/all_fields.h"
#include "kafka/testing/random_message.h"

namespace kappa::kafka {
namespace {

using namespace std::string_literals;

template <typename T>
std::string encoded(const T& message, int16_t version) {
  std::string bytes;
  encode(message, version, bytes);
  return bytes;
}

// The bytes below are written by hand from the rules in docs/formats/kafka.md.

TEST(Codec, WritesAnApiVersionsAnswerOfVersion0) {
  ApiVersionsResponse response;
  response.error_code = 35;
  response.api_keys = {{.api_key = 18, .min_version = 0, .max_version = 4}};
  EXPECT_EQ(encoded(response, 0), "\0\x23\0\0\0\1\0\x12\0\0\0\4"s);
}

TEST(Codec, WritesAFlexibleApiVersionsAnswerWithTagsInOrder) {
  ApiVersionsResponse response;
  response.api_keys = {{.api_key = 18, .min_version = 0, .max_version = 4}};
  response.zk_migration_ready = true;
  response.finalized_features_epoch = 7;
  EXPECT_EQ(encoded(response, 3),
            "\0\0"                    // error
            "\2\0\x12\0\0\0\4\0"      // one api, no tags
            "\0\0\0\0"                // throttle
            "\2"                      // two tagged fields
            "\1\x08\0\0\0\0\0\0\0\7"  // 1: eight bytes, the epoch
            "\3\1\1"s);               // 3: one byte, true
}

TEST(Codec, ReadsAMetadataRequestOfEveryForm) {
  MetadataRequest request;
  ASSERT_TRUE(decode("\0\0\0\0"s, 0, request));  // version 0: the empty list is all topics
  EXPECT_EQ(request.topics->size(), 0u);
  ASSERT_TRUE(decode("\xff\xff\xff\xff"s, 1, request));
  EXPECT_FALSE(request.topics.has_value());
  EXPECT_TRUE(request.allow_auto_topic_creation);
  std::string bytes = "\0\0\0\1\0\3abc\0"s;
  ASSERT_TRUE(decode(bytes, 4, request));
  EXPECT_EQ(request.topics->at(0).name, "abc");
  EXPECT_FALSE(request.allow_auto_topic_creation);
  std::string flexible = "\2"s + std::string(16, '\7') + "\4abc\0\1\0\0"s;
  MetadataRequest by_id;
  ASSERT_TRUE(decode(flexible, 12, by_id));
  EXPECT_EQ(by_id.topics->at(0).topic_id.bytes[15], 7);
}

TEST(Codec, ReadsAProduceRequest) {
  std::string bytes =
      "\xff\xff"              // no transactional id
      "\xff\xff\0\0\x75\x30"  // acks -1, timeout 30 s
      "\0\0\0\1\0\1t"         // one topic, t
      "\0\0\0\1\0\0\0\5"      // one partition, 5
      "\0\0\0\2hi"s;          // two bytes of records
  ProduceRequest request;
  ASSERT_TRUE(decode(bytes, 7, request));
  EXPECT_EQ(request.acks, -1);
  EXPECT_EQ(request.timeout_ms, 30000);
  EXPECT_EQ(request.topics[0].name, "t");
  EXPECT_EQ(request.topics[0].partitions[0].index, 5);
  std::string_view records = request.topics[0].partitions[0].records->data;
  EXPECT_EQ(records, "hi");
  EXPECT_EQ(records.data(), bytes.data() + bytes.size() - 2) << "a view, not a copy";
}

TEST(Codec, DistinguishesEmptyRecordsFromNull) {
  FetchResponse response;
  response.topics.resize(1);
  response.topics[0].partitions.resize(2);
  response.topics[0].partitions[0].records = Bytes{};
  FetchResponse back;
  std::string bytes = encoded(response, 11);
  ASSERT_TRUE(decode(bytes, 11, back));
  EXPECT_TRUE(back.topics[0].partitions[0].records.has_value());
  EXPECT_FALSE(back.topics[0].partitions[1].records.has_value());
}

TEST(Codec, RefusesNullWhereTheVersionDoesNotAllowIt) {
  MetadataRequest request;
  EXPECT_FALSE(decode("\xff\xff\xff\xff"s, 0, request));
  CreateTopicsRequest topics;
  EXPECT_FALSE(decode("\xff\xff\xff\xff\0\0\0\0\0"s, 2, topics));
}

TEST(Codec, SkipsUnknownTagsAndRefusesDisorderedOnes) {
  ApiVersionsRequest request;
  std::string unknown_tag = "\2a\2b\1\x63\2xx"s;  // what is decoded are views into it
  EXPECT_TRUE(decode(unknown_tag, 3, request));
  EXPECT_EQ(request.client_software_version, "b");
  EXPECT_FALSE(decode("\2a\2b\2\x63\1x\x63\1x"s, 3, request)) << "twice the same tag";
  EXPECT_FALSE(decode("\2a\2b\1\x63\5xx"s, 3, request)) << "longer than the request";
  FetchRequest fetch;
  std::string good = encoded(fetch, 12);
  std::string tagged = good.substr(0, good.size() - 1) + "\1\0\4\3ab!"s;
  EXPECT_FALSE(decode(tagged, 12, fetch)) << "a known tag whose value ends early";
}

TEST(Codec, RefusesCountsThatCannotBe) {
  ProduceRequest request;
  std::string start = "\xff\xff\xff\xff\0\0\x75\x30"s;
  EXPECT_FALSE(decode(start + "\x7f\xff\xff\xff"s, 7, request)) << "2 G topics in no bytes";
  EXPECT_FALSE(decode(start + "\xff\xff\xff\xfe"s, 7, request)) << "negative";
  std::string flexible = "\0\xff\xff\0\0\x75\x30"s;
  EXPECT_FALSE(decode(flexible + "\xff\xff\xff\xff\xf"s, 9, request));
  EXPECT_FALSE(decode(flexible + "\xff\xff\xff\xff\xff\xff"s, 9, request)) << "varint too long";
}

TEST(Codec, BoundsTheMemoryOfManySmallElements) {
  // 16 million topics of two bytes each fit into the frame but not into the budget.
  std::string bytes = "\1\0\0\0"s;
  bytes.resize(bytes.size() + (size_t{32} << 20));
  MetadataRequest request;
  EXPECT_FALSE(decode(bytes, 4, request));
}

TEST(Codec, RefusesTrailingAndMissingBytes) {
  InitProducerIdRequest request;
  std::string bytes = "\xff\xff\0\0\0\0"s;
  EXPECT_TRUE(decode(bytes, 0, request));
  EXPECT_FALSE(decode(bytes + "x", 0, request));
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, n), 0, request)) << n;
  }
}

template <typename T>
void check_round_trips(uint32_t seed) {
  for (int16_t v = T::kInfo.versions.first; v <= T::kInfo.versions.last; ++v) {
    for (uint32_t round = 0; round < 20; ++round) {
      RandomMessage random(seed + round, v, T::kInfo.flexible.contains(v));
      T message = random.make<T>();
      std::string bytes = encoded(message, v);
      T back;
      ASSERT_TRUE(decode(bytes, v, back)) << T::kInfo.api_name << " v" << v << " seed " << seed;
      EXPECT_EQ(message, back) << T::kInfo.api_name << " v" << v << " seed " << seed;
      EXPECT_EQ(encoded(back, v), bytes) << T::kInfo.api_name << " v" << v;
      if (bytes.empty()) continue;
      EXPECT_FALSE(decode(std::string_view(bytes).substr(0, bytes.size() - 1), v, back));
    }
  }
}

template <typename... Apis>
void check_all(std::tuple<Apis...>*) {
  ((check_round_trips<typename Apis::Request>(1), check_round_trips<typename Apis::Response>(2)),
   ...);
}

TEST(Codec, RoundTripsEveryMessageInEveryVersion) { check_all(static_cast<AllApis*>(nullptr)); }

}  // namespace
}  // namespace kappa::kafka
