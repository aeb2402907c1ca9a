#include "engine/history.h"

#include "sql/error.h"

namespace kappa::engine {

Status add_missing_history(log::Log& log, const RelationMap& relations,
                           const std::vector<int64_t>& upstream,
                           std::vector<std::string>& missing) {
  for (int64_t id : upstream) {
    auto found = relations.definitions.find(id);
    if (found == relations.definitions.end() || !found->second->is_stream()) continue;
    ASSIGN_OR_RETURN(Partitions partitions, open_partitions(log, *found->second));
    for (size_t i = 0; i < partitions.size(); i++) {
      const Offset start = partitions[i]->log_start();
      if (start > Offset(0))
        missing.push_back(fmt::format("records of topic \"{}\" are gone: partition {} begins at {}",
                                      found->second->topic, i, start));
    }
  }
  return OkStatus();
}

Status check_history(const sql::CreateView& statement, bool is_replacement,
                     const std::vector<std::string>& missing) {
  bool is_shorter_meant = false;
  for (const auto& [name, value] : statement.options) {
    if (name != "start" || value != "log start")
      return sql::make_error({"22023", fmt::format("unknown option: {} = '{}'", name, value), "",
                              "known options: start = 'log start'"});
    is_shorter_meant = true;
  }
  if (!is_replacement || is_shorter_meant || missing.empty()) return OkStatus();
  return sql::make_error(
      {"55000",
       fmt::format("cannot replace \"{}\" from the log: {}", statement.name, missing.front()), "",
       "CREATE OR REPLACE MATERIALIZED VIEW … WITH (start = 'log start') makes it from what is "
       "left"});
}

Status check_cleanup_policy(const log::TopicDescription& topic, const Definition& definition) {
  auto policy = topic.settings.find("cleanup.policy");
  const bool is_compacted =
      policy != topic.settings.end() && policy->second.find("compact") != std::string::npos;
  if (!is_compacted || definition.is_keyed()) return OkStatus();
  return sql::make_error(
      {"0A000",
       fmt::format("topic \"{}\" is compacted: only its newest record of each key is kept",
                   topic.name),
       "", "read it with FORMAT UPSERT and a PRIMARY KEY"});
}

}  // namespace kappa::engine
