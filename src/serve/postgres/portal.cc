#include "serve/postgres/portal.h"

#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {

Status PortalSink::columns(const std::vector<engine::ResultColumn>& columns) {
  const auto& told = portal_.columns();
  if (!told.empty() && told.size() != columns.size()) {
    return wire_error("0A000", "cached plan must not change result type");
  }
  if (portal_.formats.size() > 1 && portal_.formats.size() != columns.size()) {
    return protocol_violation("bind message has {} result formats but the query has {} columns",
                              portal_.formats.size(), columns.size());
  }
  // A statement that could not say before that it gives rows: libpq takes this late, too.
  if (told.empty()) append_row_description(client_.out(), describe(columns, portal_.formats));
  std::vector<PgType> described;
  for (const auto& column : told) described.push_back(pg_type_of(column.type));
  encoder_.emplace(types_of(columns), portal_.formats, zone_, told.empty() ? nullptr : &described);
  return OkStatus();
}

Status PortalSink::rows(duckdb::DataChunk& chunk) {
  return guarded([&]() -> Status {
    encoder_->load(chunk);
    for (size_t i = 0; i < chunk.size(); ++i) RETURN_IF_ERROR(row(i));
    return is_spooling_ ? OkStatus() : client_.flush_if_full();
  });
}

Status PortalSink::row(size_t row) {
  if (!is_spooling_) {
    RETURN_IF_ERROR(encoder_->append_row(client_.out(), row));
    if (++row_count_ == rows_max_) return suspend();
    return client_.out().size() < kFlushBytes ? OkStatus() : client_.flush_if_full();
  }
  std::string& message = portal_.spool.emplace_back();
  RETURN_IF_ERROR(encoder_->append_row(message, row));
  spool_bytes_ += message.size();
  if (spool_bytes_ > kSpoolBytesMax) {
    return wire_error("54000", "the rows left of portal \"{}\" take more than {} bytes",
                      portal_.name, kSpoolBytesMax);
  }
  return OkStatus();
}

Status PortalSink::suspend() {
  append_bare(client_.out(), 's');
  switch (suspend_(rows_max_)) {
    case Resume::kContinue:
      row_count_ = 0;
      return OkStatus();
    case Resume::kSpool:
      is_spooling_ = true;
      return OkStatus();
    case Resume::kStop:
      break;
  }
  is_stopped_ = true;
  return wire_error("57014", "the portal was closed");
}

void PortalSink::complete(std::string_view tag) {
  if (is_spooling_) return;
  if (tag.starts_with("SELECT")) {
    append_command_complete(client_.out(), fmt::format("SELECT {}", row_count_));
  } else {
    append_command_complete(client_.out(), tag);
  }
}

Status send_spooled(Client& client, Portal& portal, int64_t rows_max) {
  int64_t count = 0;
  while (!portal.spool.empty() && (rows_max <= 0 || count < rows_max)) {
    client.out() += portal.spool.front();
    portal.spool.pop_front();
    ++count;
    RETURN_IF_ERROR(client.flush_if_full());
  }
  if (!portal.spool.empty()) {
    append_bare(client.out(), 's');
    return OkStatus();
  }
  portal.state = PortalState::kDone;
  RETURN_IF_ERROR(portal.spool_end);
  append_command_complete(client.out(), fmt::format("SELECT {}", count));
  return OkStatus();
}

}  // namespace kappa::serve::postgres
