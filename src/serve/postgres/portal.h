#pragma once
// Portals of the extended protocol: a prepared statement with its values, run in pieces.
//
//   kReady --Execute--> kRunning --all rows--> kDone
//                          |  ^
//      row limit reached:  v  |  Execute again: its rows go on
//                       suspended --another statement wants the engine--> kSpooled --> kDone
//
// The engine pushes rows, clients pull them: a suspended portal stays inside the engine's
// execute(), on the session's thread, which reads the client's next messages from there. Only when
// one of them needs the engine are the rest of the rows put aside in memory (kSpoolBytesMax).

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "serve/postgres/result_sinks.h"

namespace kappa::serve::postgres {

constexpr size_t kSpoolBytesMax = 256 << 20;

struct Statement {
  std::string query;                                    // as the client wrote it
  std::shared_ptr<engine::PreparedStatement> prepared;  // nullptr: an empty query
  std::vector<uint32_t> parameter_oids;                 // what we describe
};

enum class PortalState { kReady, kRunning, kSpooled, kDone };

struct Portal {
  std::string name;
  std::shared_ptr<const Statement> statement;
  std::vector<duckdb::Value> values;
  std::vector<int16_t> formats;
  PortalState state = PortalState::kReady;
  std::deque<std::string> spool;  // DataRow messages
  Status spool_end;               // how the statement ended behind them

  // The columns that the client was or will be told.
  const std::vector<engine::ResultColumn>& columns() const {
    return statement->prepared->columns();
  }
};

// What a suspended portal is to do next.
enum class Resume {
  kContinue,  // with the portal's next rows
  kSpool,     // put the rest aside: the engine is wanted
  kStop,      // nobody will want them
};

class PortalSink : public WireSink {
 public:
  // Waits for what the client does with a suspended portal; sets the next row limit.
  using SuspendFn = std::function<Resume(int64_t& rows_max)>;

  PortalSink(Client& client, absl::TimeZone zone, Portal& portal, int64_t rows_max,
             SuspendFn suspend)
      : WireSink(client),
        zone_(zone),
        portal_(portal),
        rows_max_(rows_max),
        suspend_(std::move(suspend)) {}

  Status columns(const std::vector<engine::ResultColumn>& columns) override;
  Status rows(duckdb::DataChunk& chunk) override;
  void complete(std::string_view tag) override;

  // The client dropped the portal while it was suspended: no answer is due.
  bool is_stopped() const { return is_stopped_; }
  // The rest of the rows went into the portal's spool; the client has been told of a pause.
  bool is_spooling() const { return is_spooling_; }

 private:
  Status row(size_t row);
  Status suspend();

  const absl::TimeZone zone_;
  Portal& portal_;
  int64_t rows_max_;
  const SuspendFn suspend_;
  std::optional<RowEncoder> encoder_;
  int64_t row_count_ = 0;  // since the last Execute
  size_t spool_bytes_ = 0;
  bool is_spooling_ = false;
  bool is_stopped_ = false;
};

// Sends rows that were put aside, at most rows_max (0: all), then PortalSuspended or
// CommandComplete.
Status send_spooled(Client& client, Portal& portal, int64_t rows_max);

}  // namespace kappa::serve::postgres
