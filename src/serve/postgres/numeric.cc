#include "serve/postgres/numeric.h"

#include <vector>

#include "base/bytes.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

constexpr int kGroupDigits = 4;  // decimal digits in one base-10,000 digit
constexpr uint16_t kNegative = 0x4000;
constexpr int kWeightMax = 8191;
constexpr int kScaleMax = 16383;

int16_t group_value(std::string_view digits) {
  int value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return static_cast<int16_t>(value);
}

// Digits of `text` in groups of four, aligned at the point: padded in front of the whole part and
// behind the fraction.
std::vector<int16_t> groups_of(std::string_view whole, std::string_view fraction) {
  std::string digits((kGroupDigits - whole.size() % kGroupDigits) % kGroupDigits, '0');
  digits += whole;
  digits += fraction;
  digits.append((kGroupDigits - digits.size() % kGroupDigits) % kGroupDigits, '0');
  std::vector<int16_t> groups;
  for (size_t i = 0; i < digits.size(); i += kGroupDigits) {
    groups.push_back(group_value(std::string_view(digits).substr(i, kGroupDigits)));
  }
  return groups;
}

}  // namespace

void append_numeric(std::string& out, std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == text.npos ? std::string_view{} : text.substr(point + 1);

  std::vector<int16_t> groups = groups_of(whole, fraction);
  auto weight = static_cast<int>((whole.size() + kGroupDigits - 1) / kGroupDigits) - 1;
  size_t first = 0;
  while (first < groups.size() && groups[first] == 0) ++first, --weight;
  size_t end = groups.size();
  while (end > first && groups[end - 1] == 0) --end;
  if (first == end) weight = 0;

  Writer writer(out);
  writer.i16(static_cast<int16_t>(end - first));
  writer.i16(static_cast<int16_t>(weight));
  writer.integer<uint16_t>(is_negative && first != end ? kNegative : 0);
  writer.i16(static_cast<int16_t>(fraction.size()));
  for (size_t i = first; i < end; ++i) writer.i16(groups[i]);
}

StatusOr<std::string> numeric_text(std::string_view bytes) {
  Reader reader(bytes);
  const int count = reader.i16();
  const int weight = reader.i16();
  const auto sign = reader.integer<uint16_t>();
  const int scale = reader.i16();
  if (reader.ok() && sign == 0xc000) return std::string("NaN");
  if (reader.ok() && sign == 0xd000) return std::string("Infinity");
  if (reader.ok() && sign == 0xf000) return std::string("-Infinity");
  const bool is_valid = reader.ok() && count >= 0 && (sign == 0 || sign == kNegative) &&
                        std::abs(weight) <= kWeightMax && scale >= 0 && scale <= kScaleMax &&
                        reader.remaining() == static_cast<size_t>(count) * sizeof(int16_t);
  if (!is_valid) return invalid_binary("malformed binary numeric of {} bytes", bytes.size());

  std::vector<int> groups(static_cast<size_t>(count));
  for (int& group : groups) {
    group = reader.i16();
    if (group < 0 || group >= 10'000)
      return invalid_binary("numeric digit out of range: {}", group);
  }
  auto group_at = [&](int power) {
    const int index = weight - power;
    return index >= 0 && index < count ? groups[static_cast<size_t>(index)] : 0;
  };
  std::string text = sign == kNegative ? "-" : "";
  if (weight < 0) text += "0";
  for (int power = weight; power >= 0; --power) {
    text +=
        power == weight ? std::to_string(group_at(power)) : fmt::format("{:04}", group_at(power));
  }
  if (scale == 0) return text;
  std::string fraction;
  for (int power = -1; static_cast<int>(fraction.size()) < scale; --power) {
    fraction += fmt::format("{:04}", group_at(power));
  }
  text += "." + fraction.substr(0, static_cast<size_t>(scale));
  return text;
}

}  // namespace kappa::serve::postgres
