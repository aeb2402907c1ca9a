// Records of transactions, from any bytes: nothing is read beyond them, and what is read comes back
// from what is written of it.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "kafka/transactions/transaction_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kappa::kafka;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto key = parse_transaction_key(bytes); key && key->is_known) {
    KAPPA_CHECK(transaction_tombstone(key->id).key == bytes);
  }
  if (auto stored = parse_transaction(bytes)) {
    KAPPA_CHECK(parse_transaction(*transaction_record("t", *stored).value) == stored);
  }
  return 0;
}
