#include "app/record_format.h"

#include <absl/strings/escaping.h>
#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>

#include "app/json_text.h"

namespace kappa::app {

// Appends one part of a record: a literal text, or what a verb stands for.
struct RecordFormat::Piece {
  std::function<void(const ConsumedRecord&, std::string&)> append;
};

RecordFormat::RecordFormat(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
RecordFormat::RecordFormat(RecordFormat&&) noexcept = default;
RecordFormat& RecordFormat::operator=(RecordFormat&&) noexcept = default;
RecordFormat::~RecordFormat() = default;

namespace {

using Append = std::function<void(const ConsumedRecord&, std::string&)>;
using Bytes = std::optional<std::string_view>;
using AppendBytes = std::function<void(Bytes, std::string&)>;

absl::string_view absl_view(Bytes bytes) {
  return bytes ? absl::string_view(bytes->data(), bytes->size()) : absl::string_view();
}

// One number of an unpack form; false when bytes are missing.
template <typename T>
bool append_number(std::string_view& rest, bool is_big_endian, std::string& out) {
  if (rest.size() < sizeof(T)) return false;
  T number;
  std::memcpy(&number, rest.data(), sizeof(T));
  if constexpr (sizeof(T) > 1) {
    if (is_big_endian) {
      auto* bytes = reinterpret_cast<char*>(&number);
      std::reverse(bytes, bytes + sizeof(T));
    }
  }
  rest.remove_prefix(sizeof(T));
  out += std::to_string(+number);
  return true;
}

bool append_unpacked_one(char letter, bool is_big_endian, std::string_view& rest,
                         std::string& out) {
  switch (letter) {
    case 'b':
      return append_number<int8_t>(rest, is_big_endian, out);
    case 'B':
      return append_number<uint8_t>(rest, is_big_endian, out);
    case 'h':
      return append_number<int16_t>(rest, is_big_endian, out);
    case 'H':
      return append_number<uint16_t>(rest, is_big_endian, out);
    case 'i':
      return append_number<int32_t>(rest, is_big_endian, out);
    case 'I':
      return append_number<uint32_t>(rest, is_big_endian, out);
    case 'q':
      return append_number<int64_t>(rest, is_big_endian, out);
    case 'Q':
      return append_number<uint64_t>(rest, is_big_endian, out);
    case 'c':
      if (rest.empty()) return false;
      out += rest.front();
      rest.remove_prefix(1);
      return true;
    case 's':
      out += std::exchange(rest, {});
      return true;
    default:  // x
      if (rest.empty()) return false;
      rest.remove_prefix(1);
      return true;
  }
}

void append_unpacked(const std::string& letters, std::string_view bytes, std::string& out) {
  bool is_big_endian = true;  // as on the wire
  for (char letter : letters) {
    if (letter == '<' || letter == '>') {
      is_big_endian = letter == '>';
    } else if (!append_unpacked_one(letter, is_big_endian, bytes, out)) {
      out += "(too short)";
      return;
    }
  }
}

class FormatParser {
 public:
  explicit FormatParser(std::string_view text) : text_(text) {}

  // Up to the end, or in a header's format to the closing brace. `pieces` gets one Append each.
  Status parse(bool is_inner, std::vector<Append>& pieces) {
    std::string literal;
    auto flush = [&] {
      if (literal.empty()) return;
      pieces.push_back([text = std::exchange(literal, {})](const ConsumedRecord&,
                                                           std::string& out) { out += text; });
    };
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (is_inner && c == '}') break;
      ++at_;
      if (c == '\\') {
        RETURN_IF_ERROR(take_escape(literal));
      } else if (c != '%') {
        literal += c;
      } else if (at_ < text_.size() && text_[at_] == '%') {
        literal += text_[at_++];
      } else {
        flush();
        ASSIGN_OR_RETURN(Append verb, take_verb());
        pieces.push_back(std::move(verb));
      }
    }
    flush();
    return OkStatus();
  }

 private:
  Status error(std::string_view what) const {
    return invalid_argument("format: {} at character {}: {}", what, at_, text_);
  }

  Status take_escape(std::string& literal) {
    if (at_ == text_.size()) return error("a backslash stands alone");
    char c = text_[at_++];
    constexpr std::string_view kLetters = "ntr0\\", kMeaning("\n\t\r\0\\", 5);
    if (auto known = kLetters.find(c); known != std::string_view::npos) {
      literal += kMeaning[known];
      return OkStatus();
    }
    int byte = 0;
    const char* begin = text_.data() + at_;
    const char* end = begin + std::min<size_t>(2, text_.size() - at_);
    if (c != 'x' || std::from_chars(begin, end, byte, 16).ptr != begin + 2)
      return error("an unknown escape");
    at_ += 2;
    literal += static_cast<char>(byte);
    return OkStatus();
  }

  // The text between braces behind a verb, if there is one.
  StatusOr<std::optional<std::string>> take_form() {
    if (at_ == text_.size() || text_[at_] != '{') return std::optional<std::string>();
    size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return error("a brace is not closed");
    std::string form(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return std::optional(std::move(form));
  }

  // The letters in NAME[…]; nullopt when the form is another one.
  static std::optional<std::string> bracketed(const std::string& form, std::string_view name) {
    if (!form.starts_with(std::string(name) + "[") || !form.ends_with("]")) return std::nullopt;
    return form.substr(name.size() + 1, form.size() - name.size() - 2);
  }

  StatusOr<AppendBytes> take_bytes_form() {
    ASSIGN_OR_RETURN(std::optional<std::string> form, take_form());
    if (!form) return AppendBytes([](Bytes bytes, std::string& out) { out += bytes.value_or(""); });
    if (*form == "hex")
      return AppendBytes(
          [](Bytes bytes, std::string& out) { out += absl::BytesToHexString(absl_view(bytes)); });
    if (*form == "base64")
      return AppendBytes(
          [](Bytes bytes, std::string& out) { out += absl::Base64Escape(absl_view(bytes)); });
    if (*form == "json") return AppendBytes(append_json_text);
    if (auto letters = bracketed(*form, "unpack")) {
      if (letters->find_first_not_of("<>bBhHiIqQcsx") != std::string::npos)
        return error("unpack knows the letters <>bBhHiIqQcsx only; another one is");
      return AppendBytes([letters = *letters](Bytes bytes, std::string& out) {
        append_unpacked(letters, bytes.value_or(""), out);
      });
    }
    return error("keys and values are printed as {hex}, {base64}, {json} or {unpack[…]}; not so");
  }

  StatusOr<Append> take_time_form() {
    ASSIGN_OR_RETURN(std::optional<std::string> form, take_form());
    if (!form)
      return Append([](const ConsumedRecord& record, std::string& out) {
        out += std::to_string(record.timestamp_ms);
      });
    std::optional<std::string> pattern = bracketed(*form, "strftime");
    if (*form == "rfc3339") pattern = "%Y-%m-%dT%H:%M:%E3SZ";
    if (!pattern) return error("times are printed as {rfc3339} or {strftime[…]}; not so");
    return Append([pattern = *pattern](const ConsumedRecord& record, std::string& out) {
      out +=
          absl::FormatTime(pattern, absl::FromUnixMillis(record.timestamp_ms), absl::UTCTimeZone());
    });
  }

  StatusOr<Append> take_headers() {
    if (at_ == text_.size() || text_[at_] != '{') return error("%h needs a format, %h{%k=%v }");
    ++at_;
    std::vector<Append> inner;
    RETURN_IF_ERROR(parse(true, inner));
    if (at_ == text_.size()) return error("a brace is not closed");
    ++at_;
    return Append([inner = std::move(inner)](const ConsumedRecord& record, std::string& out) {
      ConsumedRecord one = record;
      for (const auto& [key, value] : record.headers) {
        one.key = key;
        one.value = value;
        for (const Append& append : inner) append(one, out);
      }
    });
  }

  template <typename F>
  static Append number(F get) {
    return [get](const ConsumedRecord& record, std::string& out) {
      out += std::to_string(get(record));
    };
  }

  static int64_t size_of(Bytes bytes) { return bytes ? static_cast<int64_t>(bytes->size()) : -1; }

  StatusOr<Append> take_verb() {
    if (at_ == text_.size()) return error("a percent sign stands alone");
    char verb = text_[at_++];
    switch (verb) {
      case 't':
        return Append([](const ConsumedRecord& r, std::string& out) { out += r.topic; });
      case 'p':
        return number([](const ConsumedRecord& r) { return r.partition; });
      case 'o':
        return number([](const ConsumedRecord& r) { return r.offset; });
      case 'e':
        return number([](const ConsumedRecord& r) { return r.leader_epoch; });
      case 'K':
        return number([](const ConsumedRecord& r) { return size_of(r.key); });
      case 'V':
        return number([](const ConsumedRecord& r) { return size_of(r.value); });
      case 'H':
        return number([](const ConsumedRecord& r) { return r.headers.size(); });
      case 'd':
        return take_time_form();
      case 'h':
        return take_headers();
      case 'k': {
        ASSIGN_OR_RETURN(AppendBytes form, take_bytes_form());
        return Append([form](const ConsumedRecord& r, std::string& out) { form(r.key, out); });
      }
      case 'v': {
        ASSIGN_OR_RETURN(AppendBytes form, take_bytes_form());
        return Append([form](const ConsumedRecord& r, std::string& out) { form(r.value, out); });
      }
      default:
        return error("verbs are %t %p %o %d %e %k %v %h %K %V %H %%; another one ends");
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

StatusOr<RecordFormat> RecordFormat::parse(std::string_view text) {
  std::vector<Append> appends;
  RETURN_IF_ERROR(FormatParser(text).parse(false, appends));
  std::vector<Piece> pieces;
  for (Append& append : appends) pieces.push_back({std::move(append)});
  return RecordFormat(std::move(pieces));
}

void RecordFormat::append(const ConsumedRecord& record, std::string& out) const {
  for (const Piece& piece : pieces_) piece.append(record, out);
}

void append_json(const ConsumedRecord& record, bool with_value, std::string& out) {
  out += "{\"topic\": ";
  append_json_text(record.topic, out);
  out += fmt::format(", \"partition\": {}, \"offset\": {}, \"timestamp\": {}", record.partition,
                     record.offset, record.timestamp_ms);
  auto append_bytes = [&](const char* name, Bytes bytes) {
    out += fmt::format(", \"{}{}\": ", name, with_value ? "" : "_size");
    if (with_value || !bytes) {
      append_json_text(bytes, out);
    } else {
      out += std::to_string(bytes->size());
    }
  };
  append_bytes("key", record.key);
  append_bytes("value", record.value);
  out += ", \"headers\": [";
  for (size_t i = 0; i < record.headers.size(); ++i) {
    out += i == 0 ? "{\"key\": " : ", {\"key\": ";
    append_json_text(record.headers[i].first, out);
    out += ", \"value\": ";
    append_json_text(record.headers[i].second, out);
    out += '}';
  }
  out += "]}\n";
}

}  // namespace kappa::app
