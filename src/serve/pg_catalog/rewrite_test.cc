#include "serve/pg_catalog/rewrite.h"

#include <gtest/gtest.h>

#include "serve/pg_catalog/tokens.h"

namespace kappa::serve::pg_catalog {
namespace {

SessionFacts facts() {
  SessionFacts facts;
  facts.user = "ada";
  facts.database = "kappa";
  facts.version = "PostgreSQL 15.0";
  facts.process_id = 7;
  facts.setting = [](const std::string& name) -> std::optional<std::string> {
    if (name == "server_version_num") return "150000";
    return std::nullopt;
  };
  facts.set_setting = [](const std::string&, const std::string& value) { return value; };
  return facts;
}
std::string rewritten(std::string_view sql) {
  const SessionFacts known = facts();
  const auto result = rewrite(sql, known);
  return result.has_value() ? result->text : "untouched";
}

TEST(Rewrite, LeavesOtherStatementsAlone) {
  for (const char* sql :
       {"SELECT * FROM t WHERE name ~ 'x' COLLATE \"C\"", "SELECT a ~ 'version' FROM t",
        "INSERT INTO t VALUES ('pg_catalog.pg_class')", "SELECT user, public FROM t",
        "CREATE TABLE t(version VARCHAR)", "SELECT \"pg_class\" FROM t",
        "SELECT a -- pg_catalog.pg_class\n FROM t", "SELECT t.current_user FROM t",
        "CREATE VIEW v AS SELECT current_user"}) {
    EXPECT_EQ(rewritten(sql), "untouched") << sql;
  }
}

TEST(Rewrite, Names) {
  EXPECT_EQ(rewritten("SELECT 1 FROM pg_catalog.pg_class c, pg_namespace n"),
            "SELECT 1 FROM memory.kappa_pg.pg_class c, memory.kappa_pg.pg_namespace n");
  EXPECT_EQ(rewritten("SELECT pg_class.oid FROM pg_class"),
            "SELECT pg_class.oid FROM memory.kappa_pg.pg_class");
  EXPECT_EQ(rewritten("SELECT pg_catalog.count(*), pg_get_expr(a, b) FROM t"),
            "SELECT count(*), memory.kappa_pg.pg_get_expr(a, b) FROM t");
  EXPECT_EQ(rewritten("SELECT 1 FROM information_schema.tables"),
            "SELECT 1 FROM memory.kappa_info.tables");
  EXPECT_EQ(rewritten("SELECT 1 FROM pg_roles r"),
            "SELECT 1 FROM memory.kappa_pg.pg_roles('ada', 'kappa') r");
}

TEST(Rewrite, TellsWhatAsksTheCatalog) {
  EXPECT_TRUE(rewrite("SELECT 1 FROM pg_class", facts())->asks_catalog);
  EXPECT_FALSE(rewrite("SELECT version() FROM public.t", facts())->asks_catalog);
}

TEST(Rewrite, PublicKeepsItsPlace) {
  EXPECT_EQ(rewritten("SELECT 1 FROM public.t"), "SELECT 1 FROM main  .t");
  EXPECT_EQ(rewritten("INSERT INTO \"public\".t VALUES (1)"), "INSERT INTO main    .t VALUES (1)");
  EXPECT_EQ(rewritten("DROP TABLE public.t"), "DROP TABLE main  .t");
}

TEST(Rewrite, Syntax) {
  EXPECT_EQ(rewritten("SELECT a OPERATOR(pg_catalog.~) '^(x)$' COLLATE pg_catalog.default FROM t"),
            "SELECT a ~ '(?s).*(?:^(x)$).*'  FROM t");
  EXPECT_EQ(rewritten("SELECT a !~* 'x' FROM pg_class"),
            "SELECT a !~ '(?si).*(?:x).*' FROM memory.kappa_pg.pg_class");
  EXPECT_EQ(rewritten("SELECT a = '{0}' FROM pg_policy"),
            "SELECT a = [0] FROM memory.kappa_pg.pg_policy");
  EXPECT_EQ(rewritten("SELECT a::pg_catalog.text, b::\"char\" FROM t"),
            "SELECT a::text, b::VARCHAR FROM t");
}

TEST(Rewrite, ObjectCasts) {
  EXPECT_EQ(rewritten("SELECT 't'::regclass"), "SELECT memory.kappa_pg.regclass_oid('t'::VARCHAR)");
  EXPECT_EQ(rewritten("SELECT c.oid::pg_catalog.regclass::pg_catalog.text FROM c"),
            "SELECT memory.kappa_pg.regclass_name(c.oid)::text FROM c");
  EXPECT_EQ(rewritten("SELECT f(a, b)::regtype FROM t"),
            "SELECT memory.kappa_pg.regtype_name(f(a, b)) FROM t");
}

TEST(Rewrite, FunctionsInFromGiveAColumnOfTheirAlias) {
  EXPECT_EQ(rewritten("SELECT array_upper(s, 1) FROM generate_series(1, 2) AS i, "
                      "string_to_array('a', ',') s"),
            "SELECT memory.kappa_pg.array_upper(s, 1) FROM generate_series(1, 2) AS i(i), "
            "(SELECT string_to_array('a', ',')) s(s)");
  EXPECT_EQ(rewritten("SELECT i FROM generate_series(1, 2) AS i"), "untouched");
}

TEST(Rewrite, FactsOfTheSession) {
  EXPECT_EQ(rewritten("SELECT version(), current_user, x FROM t"),
            "SELECT 'PostgreSQL 15.0' AS version, 'ada' AS current_user, x FROM t");
  EXPECT_EQ(rewritten("SELECT coalesce(current_database(), 'x')"), "SELECT coalesce('kappa', 'x')");
  EXPECT_EQ(rewritten("SELECT current_setting('server_version_num')::int"), "SELECT '150000'::int");
  EXPECT_EQ(rewritten("SELECT pg_backend_pid()"), "SELECT 7 AS pg_backend_pid");
}

TEST(Tokens, CoverEveryByte) {
  const std::string sql =
      "SELECT 'it''s', E'a\\'b', $$x;y$$, $t$;$t$, \"q\"\"r\", $1, 1.5e-3, a/*;/*x*/*/--;\n;b::c";
  std::string joined;
  for (const Token& token : tokenize(sql)) joined += token.text;
  EXPECT_EQ(joined, sql);
  ASSERT_EQ(split_statements(sql).size(), 2u);
  EXPECT_EQ(split_statements(sql)[1].text, "b::c");
  EXPECT_EQ(split_statements(" ; /* ; */ ; ").size(), 0u);
}

TEST(Tokens, TheUnterminatedEndsWithTheText) {
  for (const char* sql : {"'abc", "\"abc", "/* abc", "$x$ abc", "E'abc\\", "1e+", "$"}) {
    std::string joined;
    for (const Token& token : tokenize(sql)) joined += token.text;
    EXPECT_EQ(joined, sql);
    split_statements(sql);
  }
}

}  // namespace
}  // namespace kappa::serve::pg_catalog
