#include "serve/postgres/frontend.h"

#include "base/bytes.h"
#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

constexpr int32_t kSslRequestCode = 80877103;
constexpr int32_t kGssRequestCode = 80877104;
constexpr int32_t kCancelRequestCode = 80877102;
constexpr int kStartupParametersMax = 200;

class BodyReader : public Reader {
 public:
  explicit BodyReader(std::string_view body) : Reader(body), body_(body) {}

  std::string_view cstring() {
    size_t end = body_.find('\0', position());
    if (end == std::string_view::npos) return fail(), std::string_view{};
    std::string_view text = view(end - position());
    skip(1);
    return text;
  }

  // A list of int16 count and items, whose bytes are known to be there before it is built.
  template <typename T>
  std::vector<T> list() {
    const size_t count = static_cast<uint16_t>(i16());
    if (count * sizeof(T) > remaining()) return fail(), std::vector<T>{};
    std::vector<T> items;
    items.reserve(count);
    for (size_t i = 0; i < count; ++i) items.push_back(integer<T>());
    return items;
  }

  Status finished(std::string_view message) const {
    if (!ok()) return protocol_violation("malformed {} message", message);
    if (remaining() != 0) return protocol_violation("{} message has bytes after its end", message);
    return OkStatus();
  }

 private:
  std::string_view body_;
};

StatusOr<Startup> parse_parameters(BodyReader& reader, int minor_version) {
  StartupMessage message{minor_version, {}};
  while (reader.ok()) {
    std::string_view name = reader.cstring();
    if (name.empty()) break;
    if (message.parameters.size() == kStartupParametersMax) {
      return protocol_violation("more than {} start-up parameters", kStartupParametersMax);
    }
    std::string_view value = reader.cstring();
    message.parameters.emplace_back(name, value);
  }
  RETURN_IF_ERROR(reader.finished("start-up"));
  return message;
}

Status check_formats(const std::vector<int16_t>& formats) {
  for (int16_t format : formats) {
    if (format != 0 && format != 1) return protocol_violation("unknown format code {}", format);
  }
  return OkStatus();
}

}  // namespace

StatusOr<Startup> parse_startup(std::string_view body) {
  BodyReader reader(body);
  const int32_t code = reader.i32();
  if (code == kSslRequestCode || code == kGssRequestCode) {
    RETURN_IF_ERROR(reader.finished("encryption request"));
    return code == kSslRequestCode ? Startup(SslRequest{}) : Startup(GssRequest{});
  }
  if (code == kCancelRequestCode) {
    CancelRequest request{reader.i32(), reader.i32()};
    RETURN_IF_ERROR(reader.finished("cancel request"));
    return request;
  }
  const int major = code >> 16;
  if (!reader.ok() || major != 3) {
    return wire_error("0A000", "unsupported frontend protocol {}.{}: server supports 3.0", major,
                      code & 0xffff);
  }
  return parse_parameters(reader, code & 0xffff);
}

StatusOr<ParseMessage> parse_parse(std::string_view body) {
  BodyReader reader(body);
  ParseMessage message;
  message.name = reader.cstring();
  message.query = reader.cstring();
  message.parameter_oids = reader.list<uint32_t>();
  RETURN_IF_ERROR(reader.finished("Parse"));
  return message;
}

StatusOr<BindMessage> parse_bind(std::string_view body) {
  BodyReader reader(body);
  BindMessage message;
  message.portal = reader.cstring();
  message.statement = reader.cstring();
  message.parameter_formats = reader.list<int16_t>();
  const size_t count = static_cast<uint16_t>(reader.i16());
  if (count * sizeof(int32_t) > reader.remaining()) reader.fail();
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    const int32_t length = reader.i32();
    if (length < -1) reader.fail();
    if (length < 0) {
      message.values.push_back({{}, true});
    } else {
      message.values.push_back({reader.view(static_cast<size_t>(length)), false});
    }
  }
  message.result_formats = reader.list<int16_t>();
  RETURN_IF_ERROR(reader.finished("Bind"));
  RETURN_IF_ERROR(check_formats(message.parameter_formats));
  RETURN_IF_ERROR(check_formats(message.result_formats));
  const size_t formats = message.parameter_formats.size();
  if (formats > 1 && formats != count) {
    return protocol_violation("Bind message has {} parameter formats but {} parameters", formats,
                              count);
  }
  return message;
}

StatusOr<NamedTarget> parse_target(std::string_view body) {
  BodyReader reader(body);
  NamedTarget target{static_cast<char>(reader.i8()), reader.cstring()};
  RETURN_IF_ERROR(reader.finished("Describe or Close"));
  if (target.kind != 'S' && target.kind != 'P') {
    return protocol_violation("neither a statement nor a portal: kind={}",
                              static_cast<int>(target.kind));
  }
  return target;
}

StatusOr<ExecuteMessage> parse_execute(std::string_view body) {
  BodyReader reader(body);
  ExecuteMessage message{reader.cstring(), reader.i32()};
  RETURN_IF_ERROR(reader.finished("Execute"));
  return message;
}

StatusOr<std::string_view> parse_text(std::string_view body) {
  BodyReader reader(body);
  std::string_view text = reader.cstring();
  RETURN_IF_ERROR(reader.finished("text"));
  return text;
}

}  // namespace kappa::serve::postgres
