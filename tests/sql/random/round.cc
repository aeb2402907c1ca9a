#include "sql/random/round.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/random/change_generator.h"

namespace kappa::random_sql {
namespace {

constexpr size_t kViewsMax = 10;

class Round {
 public:
  Round(uint64_t seed, size_t worker_count, Counts& counts)
      : random_(seed),
        execution_(worker_count, counts),
        queries_(random_, execution_.oracle(), relations_),
        changes_(random_, execution_.oracle(), queries_) {}

  RoundResult run() {
    make_tables();
    const size_t steps = 20 + random_.below(30);
    for (size_t i = 0; i < steps && goes_on(); ++i) step();
    if (goes_on()) apply({ActionKind::kRestart, "", "", {}});
    if (goes_on()) apply({ActionKind::kVerify, "", "", {}});
    return std::move(result_);
  }

  const std::map<std::string, int>& uses() const { return queries_.uses(); }

 private:
  bool goes_on() const { return result_.finding.empty() && !execution_.has_diverged(); }

  bool apply(Action action) {
    result_.actions.push_back(action);
    result_.finding = execution_.apply(action);
    return result_.finding.empty();
  }

  void make_tables() {
    for (size_t i = 2 + random_.below(3); i > 0 && result_.finding.empty(); --i) {
      Action action;
      Table table = random_table(random_, fmt::format("t{}", tables_.size()), action);
      if (!apply(action) || !execution_.has_view(table.relation.name)) continue;
      auto columns = execution_.oracle().columns_of("SELECT * FROM " + table.relation.name);
      table.relation.columns = *columns;
      relations_.push_back(table.relation);
      tables_.push_back(std::move(table));
    }
  }

  void step() {
    const size_t choice = random_.below(100);
    if (tables_.empty()) return;
    if (choice < 58) {
      apply(changes_.change(random_.pick(tables_)));
    } else if (choice < 84) {
      make_view();
    } else if (choice < 88) {
      drop_view();
    } else if (choice < 92) {
      apply({random_.chance(50) ? ActionKind::kRestart : ActionKind::kKill, "", "", {}});
    } else if (choice < 95) {
      apply({ActionKind::kVerify, "", "", {}});
    } else {
      const std::string query = queries_.query(2);
      if (!query.empty()) apply({ActionKind::kQuery, "", query, {}});
    }
  }

  void make_view() {
    if (views_.size() >= kViewsMax) return drop_view();
    const bool is_replaced = !views_.empty() && random_.chance(12);
    const std::string name = is_replaced ? random_.pick(views_) : fmt::format("v{}", view_count_++);
    const auto relations = relations_;
    // What takes a view's place must not read what reads that view.
    if (is_replaced) {
      std::erase_if(relations_, [](const Relation& relation) { return relation.name[0] == 'v'; });
    }
    const std::string query = queries_.query(static_cast<int>(random_.below(3)));
    if (is_replaced) relations_ = relations;
    if (query.empty()) return;
    const std::string or_replace = is_replaced ? "OR REPLACE " : "";
    if (!apply({ActionKind::kCreateView,
                name,
                fmt::format("CREATE {}MATERIALIZED VIEW {} AS {}", or_replace, name, query),
                {query}})) {
      return;
    }
    if (!execution_.has_view(name)) return;
    if (!is_replaced) views_.push_back(name);
    if (!is_replaced) relations_.push_back({name, {}});
    // Those that read it may have other columns now.
    for (Relation& relation : relations_) {
      auto columns = execution_.oracle().columns_of("SELECT * FROM " + relation.name);
      if (columns) relation.columns = *columns;
    }
  }

  void drop_view() {
    if (views_.empty()) return;
    const std::string name = random_.pick(views_);
    if (!apply({ActionKind::kDropView, name, "DROP MATERIALIZED VIEW " + name, {}})) return;
    if (execution_.has_view(name)) return;
    views_.erase(std::find(views_.begin(), views_.end(), name));
    remove_relation(name);
  }

  void remove_relation(const std::string& name) {
    std::erase_if(relations_, [&](const Relation& relation) { return relation.name == name; });
  }

  Random random_;
  Execution execution_;
  std::vector<Relation> relations_;
  std::vector<Table> tables_;
  std::vector<std::string> views_;
  size_t view_count_ = 0;
  QueryGenerator queries_;
  ChangeGenerator changes_;
  RoundResult result_;
};

std::string kind_of_finding(const std::string& finding) {
  static const std::vector<std::string> kKinds = {"differs:",
                                                  "types differ",
                                                  "internal error",
                                                  "fails, and DuckDB does not",
                                                  "succeeds, and DuckDB fails",
                                                  "VERIFY"};
  for (const std::string& kind : kKinds) {
    const size_t at = finding.find(kind);
    if (at == std::string::npos) continue;
    const bool is_error = kind.find("fail") != std::string::npos || kind == "internal error";
    return is_error ? finding.substr(at, kind.size() + 40) : kind;
  }
  return finding;
}

std::string finding_of(const std::vector<Action>& actions, size_t worker_count) {
  Counts counts;
  Execution execution(worker_count, counts);
  for (const Action& action : actions) {
    std::string finding = execution.apply(action);
    if (!finding.empty() || execution.has_diverged()) return finding;
  }
  return "";
}

}  // namespace

RoundResult run_round(uint64_t seed, size_t worker_count, Counts& counts,
                      std::map<std::string, int>& uses) {
  Round round(seed, worker_count, counts);
  RoundResult result = round.run();
  for (const auto& [what, count] : round.uses()) uses[what] += count;
  return result;
}

RoundResult shrink(RoundResult found, size_t worker_count) {
  const std::string kind = kind_of_finding(found.finding);
  for (size_t size = std::max<size_t>(found.actions.size() / 2, 1); size > 0; size /= 2) {
    for (size_t at = found.actions.size(); at-- > 0;) {
      if (at + size > found.actions.size()) continue;
      std::vector<Action> fewer = found.actions;
      fewer.erase(fewer.begin() + static_cast<long>(at),
                  fewer.begin() + static_cast<long>(at + size));
      std::string finding = finding_of(fewer, worker_count);
      if (finding.empty() || kind_of_finding(finding) != kind) continue;
      found = {finding, std::move(fewer)};
    }
  }
  return found;
}

}  // namespace kappa::random_sql
