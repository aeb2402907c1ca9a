// Any bytes as records: a row or an error for each, the same whether columns are used or not, and
// what a used column holds can be encoded and decoded again.

#include <cstdint>

#include "base/check.h"
#include "data/json_decoder.h"
#include "data/json_encoder.h"
#include "data/testing/decoding.h"

namespace {

using namespace kappa::data;  // NOLINT: a fuzzer's own file

const std::vector<RecordColumn>& columns() {
  static const auto* const columns = [] {
    auto* made = new std::vector<RecordColumn>;
    for (const char* type : {"BOOLEAN",
                             "INTEGER",
                             "UBIGINT",
                             "HUGEINT",
                             "DOUBLE",
                             "FLOAT",
                             "DECIMAL(9,2)",
                             "VARCHAR",
                             "JSON",
                             "BLOB",
                             "ENUM('a','b')",
                             "UUID",
                             "DATE",
                             "TIME",
                             "TIMESTAMP",
                             "TIMESTAMP_NS",
                             "TIMESTAMPTZ",
                             "INTERVAL",
                             "STRUCT(a INTEGER, b VARCHAR[])",
                             "INTEGER[2]",
                             "MAP(VARCHAR, DOUBLE)",
                             "MAP(INTEGER, VARCHAR)",
                             "STRUCT(a INTEGER[])[]"}) {
      made->push_back(
          {std::string(1, static_cast<char>('a' + made->size())), testing::sql_type(type)});
    }
    return made;
  }();
  return *columns;
}

// The rows and errors of a record.
std::string decode(RecordDecoder& decoder, std::string_view value) {
  return testing::decode_all(decoder, {{testing::record_of(value)}})[0];
}

bool is_bad(const std::string& text) { return text.starts_with("bad: "); }

void check_round_trip(RecordDecoder& decoder, std::string_view value, const std::string& expected) {
  static auto* const encoder = kappa::data::make_json_encoder(columns())->release();
  const auto chunk = testing::make_chunk(decoder.output_types());
  const RecordView record = testing::record_of(value);
  std::vector<BadRecord> bad;
  decoder.decode({&record, 1}, *chunk, bad, nullptr);
  std::string text;
  KAPPA_CHECK_OK(encoder->encode(*chunk, 0, text));
  KAPPA_CHECK_EQ(decode(decoder, text), expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const building = [] {
    std::vector<size_t> all;
    for (size_t i = 0; i < columns().size(); ++i) all.push_back(i);
    return make_json_decoder(columns(), all)->release();
  }();
  static auto* const checking = make_json_decoder(columns(), {})->release();
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto text = decode(*building, value);
  KAPPA_CHECK_EQ(is_bad(text), is_bad(decode(*checking, value)));
  if (!is_bad(text)) check_round_trip(*building, value, text);
  return 0;
}
