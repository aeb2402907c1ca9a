// Any bytes as the body of any message: never a crash or a large allocation, and what was
// understood is understood again after it has been written.

#include "base/check.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/messages/all.h"

namespace kappa::kafka {
namespace {

template <typename T>
void check(std::string_view bytes, uint8_t version_byte) {
  auto count = T::kInfo.versions.last - T::kInfo.versions.first + 1;
  auto version = static_cast<int16_t>(T::kInfo.versions.first + version_byte % count);
  T message;
  if (!decode(bytes, version, message)) return;
  std::string again;
  encode(message, version, again);
  T back;
  KAPPA_CHECK(decode(again, version, back));
  KAPPA_CHECK(message == back);
}

template <typename... Apis>
void check_one(std::tuple<Apis...>*, uint8_t choice, uint8_t version, std::string_view bytes) {
  size_t i = 0;
  auto step = [&]<typename T>() {
    if (i++ == choice % (2 * sizeof...(Apis))) check<T>(bytes, version);
  };
  ((step.template operator()<typename Apis::Request>(),
    step.template operator()<typename Apis::Response>()),
   ...);
}

}  // namespace
}  // namespace kappa::kafka

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  kappa::kafka::check_one(static_cast<kappa::kafka::AllApis*>(nullptr), data[0], data[1], bytes);
  return 0;
}
