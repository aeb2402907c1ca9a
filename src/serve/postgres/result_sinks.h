#pragma once
// Where a statement's results become messages: of a simple query, and of COPY TO STDOUT.
// (portal.h has the one of the extended protocol.) For the session's thread.

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/session.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/client.h"
#include "serve/postgres/errors.h"
#include "serve/postgres/row_encoder.h"

namespace kappa::serve::postgres {

std::vector<duckdb::LogicalType> types_of(const std::vector<engine::ResultColumn>& columns);
std::vector<FieldDescription> describe(const std::vector<engine::ResultColumn>& columns,
                                       const std::vector<int16_t>& formats);

// Notices go out at once, and the command tag at the end.
class WireSink : public engine::ResultSink {
 public:
  explicit WireSink(Client& client) : client_(client) {}
  void notice(std::string_view severity, std::string_view message) override;
  void complete(std::string_view tag) override;

 protected:
  // Loads the chunk and calls append(row) for each row, sending as it goes.
  template <typename AppendFn>
  Status for_each_row(RowEncoder& encoder, duckdb::DataChunk& chunk, AppendFn append);

  Client& client_;
};

class QuerySink : public WireSink {
 public:
  QuerySink(Client& client, absl::TimeZone zone) : WireSink(client), zone_(zone) {}
  Status columns(const std::vector<engine::ResultColumn>& columns) override;
  Status rows(duckdb::DataChunk& chunk) override;

 private:
  const absl::TimeZone zone_;
  std::optional<RowEncoder> encoder_;
};

class CopyOutSink : public WireSink {
 public:
  CopyOutSink(Client& client, absl::TimeZone zone, const engine::CopyOptions& options)
      : WireSink(client), zone_(zone), options_(options) {}
  Status columns(const std::vector<engine::ResultColumn>& columns) override;
  Status rows(duckdb::DataChunk& chunk) override;
  void complete(std::string_view tag) override;

 private:
  const absl::TimeZone zone_;
  const engine::CopyOptions& options_;
  std::optional<RowEncoder> encoder_;
  int64_t row_count_ = 0;
};

// Calls body, which returns a Status; what is thrown in it becomes an error.
template <typename Body>
Status guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return wire_error("53200", "out of memory while a result was sent");
  } catch (const std::exception& error) {
    return internal_error("a result cannot be sent: {}", error.what());
  }
}

template <typename AppendFn>
Status WireSink::for_each_row(RowEncoder& encoder, duckdb::DataChunk& chunk, AppendFn append) {
  return guarded([&]() -> Status {
    encoder.load(chunk);
    for (size_t row = 0; row < chunk.size(); ++row) {
      RETURN_IF_ERROR(append(row));
      if (client_.out().size() >= kFlushBytes) RETURN_IF_ERROR(client_.flush_if_full());
    }
    return client_.flush_if_full();
  });
}

}  // namespace kappa::serve::postgres
