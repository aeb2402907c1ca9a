#include "sql/random/change_generator.h"

#include <fmt/format.h>

#include <algorithm>

namespace kappa::random_sql {
namespace {

const std::vector<std::string> kKeyTypes = {"INTEGER", "BIGINT",  "INTEGER",   "VARCHAR", "DATE",
                                            "UUID",    "HUGEINT", "TIMESTAMP", "BOOLEAN"};

std::string join(const std::vector<std::string>& parts, const std::string& separator = ", ") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

// "k" = value AND … for the key columns.
std::string key_condition(const Table& table, const std::vector<std::string>& cells) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < table.key_count; ++i) {
    parts.push_back(table.relation.columns[i].name + " = " + cells[i]);
  }
  return join(parts, " AND ");
}

Scope qualified(const Table& table) {
  Scope scope = table.relation.columns;
  for (Column& column : scope) column.name = table.relation.name + "." + column.name;
  return scope;
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.relation.columns) names.push_back(column.name);
  return names;
}

std::vector<std::string> upsert_stage(const Table& table, const std::string& query) {
  std::vector<std::string> same;
  for (size_t i = 0; i < table.key_count; ++i) {
    const std::string& name = table.relation.columns[i].name;
    same.push_back(fmt::format("{0}.{1} = stage.{1}", table.relation.name, name));
  }
  const std::string& t = table.relation.name;
  std::vector<std::string> steps = {
      fmt::format("CREATE TEMP TABLE stage AS SELECT * FROM {} LIMIT 0", t),
      fmt::format("INSERT INTO stage {}", query)};
  if (!same.empty()) {
    steps.push_back(fmt::format("DELETE FROM {} USING stage WHERE {}", t, join(same, " AND ")));
  }
  steps.push_back(fmt::format("INSERT INTO {} SELECT * FROM stage", t));
  steps.push_back("DROP TABLE stage");
  return steps;
}

}  // namespace

Table random_table(Random& random, const std::string& name, Action& action) {
  Table table;
  table.relation.name = name;
  table.has_extremes = random.chance(25);
  if (random.chance(75)) table.key_count = random.chance(20) ? 2 : 1;
  std::vector<std::string> ours, plain;
  const size_t count = table.key_count + 1 + random.below(6);
  for (size_t i = 0; i < count; ++i) {
    const bool is_key = i < table.key_count;
    // Names are shared between tables, so that USING finds some.
    const std::string column = is_key ? fmt::format("k{}", i) : fmt::format("c{}", i);
    const std::string type = is_key ? random.pick(kKeyTypes) : random_column_type(random);
    const bool is_not_null = is_key || random.chance(5);
    table.types.push_back(type);
    ours.push_back(fmt::format("{} {}{}", column, type, is_not_null ? " NOT NULL" : ""));
    plain.push_back(ours.back());
    table.relation.columns.push_back({quoted_name(column), type, Kind::kOther});
  }
  if (table.key_count > 0) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < table.key_count; ++i) keys.push_back(table.relation.columns[i].name);
    ours.push_back("PRIMARY KEY (" + join(keys) + ")");
  }
  action.sql = fmt::format("CREATE TABLE {} ({})", name, join(ours));
  action.meaning = {fmt::format("CREATE TABLE {} ({})", name, join(plain))};
  return table;
}

Action ChangeGenerator::change(const Table& table) {
  Action action;
  size_t choice = random_.below(100);
  if (table.key_count == 0) choice %= 55;
  const auto set = [&](Statement statement) {
    action.sql = std::move(statement.sql);
    action.meaning = std::move(statement.meaning);
  };
  if (choice < 40) {
    set(insert_values(table));
  } else if (choice < 50) {
    set(insert_select(table, {}));
  } else if (choice < 55) {
    Statement first = insert_values(table), second = insert_values(table);
    const bool is_kept = random_.chance(60);
    action.sql =
        fmt::format("BEGIN; {}; {}; {}", first.sql, second.sql, is_kept ? "COMMIT" : "ROLLBACK");
    if (is_kept) {
      action.meaning = first.meaning;
      action.meaning.insert(action.meaning.end(), second.meaning.begin(), second.meaning.end());
    }
  } else if (choice < 75) {
    set(update(table));
  } else if (choice < 80) {
    set(move_keys(table));
  } else {
    set(remove(table));
  }
  return action;
}

std::string ChangeGenerator::row(const Table& table, std::vector<std::string>& cells) {
  cells.clear();
  for (size_t i = 0; i < table.types.size(); ++i) {
    const bool is_integer_key = i < table.key_count && kind_of(duckdb::LogicalType::INTEGER) ==
                                                           table.relation.columns[i].kind;
    std::string value = is_integer_key ? std::to_string(random_.below(12))
                                       : random_value(random_, table.types[i], table.has_extremes);
    // NULL keys are refused; once in a while that is tried.
    while (i < table.key_count && value == "NULL" && !random_.chance(2)) {
      value = random_value(random_, table.types[i], table.has_extremes);
    }
    cells.push_back(std::move(value));
  }
  return "(" + join(cells) + ")";
}

ChangeGenerator::Statement ChangeGenerator::insert_values(const Table& table) {
  Statement statement;
  std::vector<std::string> rows, cells;
  for (size_t i = 1 + random_.below(random_.chance(15) ? 12 : 4); i > 0; --i) {
    rows.push_back(row(table, cells));
    if (table.key_count > 0) {
      statement.meaning.push_back(
          fmt::format("DELETE FROM {} WHERE {}", table.relation.name, key_condition(table, cells)));
    }
    statement.meaning.push_back(
        fmt::format("INSERT INTO {} VALUES {}", table.relation.name, rows.back()));
  }
  statement.sql = fmt::format("INSERT INTO {} VALUES {}", table.relation.name, join(rows));
  return statement;
}

ChangeGenerator::Statement ChangeGenerator::insert_select(const Table& table,
                                                          const std::vector<Relation>&) {
  Scope scope = qualified(table);
  std::vector<std::string> items, keys, all;
  for (size_t i = 0; i < scope.size(); ++i) {
    const std::string value = scope[i].kind == Kind::kOther || random_.chance(40)
                                  ? scope[i].name
                                  : queries_.expression(scope[i].kind, scope, 1);
    items.push_back(fmt::format("CAST({} AS {}) AS x{}", value, table.types[i], i));
    all.push_back(fmt::format("x{}", i));
    if (i < table.key_count) keys.push_back(all.back());
  }
  std::string query = fmt::format("SELECT {} FROM {} WHERE {}", join(items), table.relation.name,
                                  queries_.condition(scope, 1));
  if (!keys.empty()) {
    query = fmt::format("SELECT DISTINCT ON ({}) * FROM ({}) ORDER BY {}", join(keys), query,
                        join(all));
  }
  if (!oracle_.columns_of(query)) return insert_values(table);
  return {fmt::format("INSERT INTO {} {}", table.relation.name, query), upsert_stage(table, query)};
}

ChangeGenerator::Statement ChangeGenerator::update(const Table& table) {
  Scope scope = qualified(table);
  if (scope.size() == table.key_count) return remove(table);
  std::vector<std::string> sets;
  for (size_t i = table.key_count; i < scope.size(); ++i) {
    if (!random_.chance(40) && i + 1 < scope.size()) continue;
    const bool is_value = scope[i].kind == Kind::kOther || random_.chance(40);
    sets.push_back(table.relation.columns[i].name + " = " +
                   (is_value ? random_value(random_, table.types[i], table.has_extremes)
                             : queries_.expression(scope[i].kind, scope, 2)));
  }
  std::string where = random_.chance(90) ? " WHERE " + queries_.condition(scope, 2) : "";
  std::string sql = fmt::format("UPDATE {} SET {}{}", table.relation.name, join(sets), where);
  return {sql, {sql}};
}

ChangeGenerator::Statement ChangeGenerator::move_keys(const Table& table) {
  const Column& key = table.relation.columns[0];
  if (table.key_count != 1 || key.kind != Kind::kInteger) return update(table);
  const std::string& t = table.relation.name;
  const int64_t distance = random_.between(-1, 3);
  const std::string where = queries_.condition(qualified(table), 1);
  std::vector<std::string> items = names_of(table);
  items[0] = fmt::format("{} + {} AS {}", key.name, distance, key.name);
  Statement statement;
  statement.sql =
      fmt::format("UPDATE {} SET {} = {} + {} WHERE {}", t, key.name, key.name, distance, where);
  statement.meaning = {
      fmt::format("CREATE TEMP TABLE stage AS SELECT {} AS old_key, {} FROM {} WHERE {}", key.name,
                  join(items), t, where),
      fmt::format("DELETE FROM {} WHERE {} IN (SELECT old_key FROM stage)", t, key.name),
      fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM stage)", t, key.name),
      fmt::format("INSERT INTO {} SELECT {} FROM stage", t, join(names_of(table))),
      "DROP TABLE stage"};
  return statement;
}

ChangeGenerator::Statement ChangeGenerator::remove(const Table& table) {
  std::string where;
  if (random_.chance(50)) {
    std::vector<std::string> cells;
    row(table, cells);
    where = " WHERE " + key_condition(table, cells);
  } else if (random_.chance(90)) {
    where = " WHERE " + queries_.condition(qualified(table), 2);
  }
  std::string sql = fmt::format("DELETE FROM {}{}", table.relation.name, where);
  return {sql, {sql}};
}

}  // namespace kappa::random_sql
