#include "engine/history.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "sql/error.h"

namespace kappa::engine {

void move_holds(HistoryHolds& holds, const Frontier& frontier) {
  for (HistoryHold& held : holds) held.hold->move(frontier.at(held.topic, held.partition));
}

StatusOr<History> hold_topic(log::Log& log, const Definition& definition, const Frontier& covered,
                             const std::function<void()>& on_blocked) {
  History history;
  ASSIGN_OR_RETURN(Partitions partitions, open_partitions(log, definition));
  std::vector<Offset> base;
  for (size_t i = 0; i < partitions.size(); i++) {
    history.holds.push_back({definition.topic_id, i, partitions[i]->hold(Offset(0), on_blocked)});
    base.push_back(partitions[i]->log_start());  // held: it stays
    if (base.back() > covered.at(definition.topic_id, i))
      history.missing.push_back(
          fmt::format("records of topic \"{}\" are gone: partition {} begins at {}",
                      definition.topic, i, base.back()));
  }
  history.base.set(definition.topic_id, std::move(base));
  return history;
}

StatusOr<History> hold_upstream(log::Log& log, const RelationMap& relations,
                                const std::vector<int64_t>& upstream, const Frontier& covered,
                                const std::function<void()>& on_blocked) {
  History all;
  for (int64_t id : upstream) {
    auto found = relations.definitions.find(id);
    if (found == relations.definitions.end() || !found->second->is_stream()) continue;
    ASSIGN_OR_RETURN(History one, hold_topic(log, *found->second, covered, on_blocked));
    const TopicId& topic = found->second->topic_id;
    all.base.set(topic, one.base.of(topic));
    std::move(one.holds.begin(), one.holds.end(), std::back_inserter(all.holds));
    all.missing.insert(all.missing.end(), one.missing.begin(), one.missing.end());
  }
  return all;
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

Status history_is_gone(const Definition& definition, const std::string& missing) {
  const bool is_view = definition.kind == DefinitionKind::kView;
  return sql::make_error(
      {"55000", fmt::format("{}, and no checkpoint has what they contributed", missing), "",
       is_view ? "CREATE OR REPLACE MATERIALIZED VIEW … WITH (start = 'log start') makes it from "
                 "what is left"
               : "DROP it and create it again to read what is left"});
}

std::map<std::string, std::string> base_as_text(const Frontier& base) {
  std::map<std::string, std::string> text;
  for (const auto& [topic, offsets] : base.topics()) {
    const bool is_whole = std::all_of(offsets.begin(), offsets.end(),
                                      [](Offset offset) { return offset == Offset(0); });
    if (!is_whole) text[to_string(topic)] = fmt::format("{}", fmt::join(offsets, ","));
  }
  return text;
}

StatusOr<Frontier> base_from_text(const std::map<std::string, std::string>& text,
                                  const log::Log& log) {
  Frontier base;
  if (text.empty()) return base;
  for (const log::TopicDescription& topic : log.topics()) {
    auto found = text.find(to_string(topic.id));
    if (found == text.end()) continue;
    std::vector<Offset> offsets;
    const char* at = found->second.data();
    const char* const end = at + found->second.size();
    while (at < end) {
      int64_t offset = 0;
      auto parsed = std::from_chars(at, end, offset);
      if (parsed.ec != std::errc() || offset < 0)
        return data_loss("bad base in the catalog: {}", found->second);
      offsets.emplace_back(offset);
      at = parsed.ptr < end ? parsed.ptr + 1 : end;
    }
    base.set(topic.id, std::move(offsets));
  }
  return base;
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
