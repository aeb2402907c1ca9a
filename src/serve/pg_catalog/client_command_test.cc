#include "serve/pg_catalog/client_command.h"

#include <gtest/gtest.h>

namespace kappa::serve::pg_catalog {
namespace {

std::string read(std::string_view sql) {
  const ClientSettings settings("kappa", "ada");
  auto command = read_command(sql, settings);
  if (!command.has_value()) return "engine";
  switch (command->kind) {
    case CommandKind::kSet:
      return "set " + command->name + "=" + command->value;
    case CommandKind::kReset:
      return "reset " + command->name;
    case CommandKind::kShow:
      return "show " + command->name;
    case CommandKind::kDeallocate:
      return "deallocate " + command->name;
    case CommandKind::kDiscard:
      return "discard";
    case CommandKind::kNothing:
      return "nothing";
    case CommandKind::kForward:
      return "run " + command->value;
  }
  return "";
}

TEST(ClientCommand, Settings) {
  EXPECT_EQ(read("SET application_name = 'a b'"), "set application_name=a b");
  EXPECT_EQ(read("set session datestyle to iso, mdy"), "set datestyle=iso, mdy");
  EXPECT_EQ(read("SET TIME ZONE 'Europe/Berlin'"), "set timezone=Europe/Berlin");
  EXPECT_EQ(read("SET NAMES 'UTF8'"), "set client_encoding=UTF8");
  EXPECT_EQ(read("SET application_name TO DEFAULT"), "reset application_name");
  EXPECT_EQ(read("SHOW TRANSACTION ISOLATION LEVEL"), "show transaction_isolation");
  EXPECT_EQ(read("RESET ALL"), "reset ");
  EXPECT_EQ(read("DEALLOCATE ALL"), "deallocate ");
  EXPECT_EQ(read("DEALLOCATE \"_pg3_0\""), "deallocate _pg3_0");
  EXPECT_EQ(read("DISCARD ALL"), "discard");
}

TEST(ClientCommand, TheEnginesOwn) {
  for (const char* sql : {"SET background_ddl = true", "SHOW TABLES", "SHOW MATERIALIZED VIEWS",
                          "SELECT 1", "BEGIN", "RESET background_ddl"}) {
    EXPECT_EQ(read(sql), "engine") << sql;
  }
}

TEST(ClientCommand, Transactions) {
  EXPECT_EQ(read("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"), "run BEGIN TRANSACTION");
  EXPECT_EQ(read("START TRANSACTION READ WRITE"), "run BEGIN TRANSACTION");
  EXPECT_EQ(read("END"), "run COMMIT");
  EXPECT_EQ(read("ABORT"), "run ROLLBACK");
  EXPECT_EQ(read("ROLLBACK TO SAVEPOINT s"), "engine");
  EXPECT_EQ(read("SET TRANSACTION READ ONLY"), "nothing");
}

TEST(ClientSettings, ChecksWhatMatters) {
  ClientSettings settings("kappa 1", "ada");
  EXPECT_EQ(*settings.value("Server_Version"), "15.0 (kappa 1)");
  EXPECT_TRUE(settings.set("client_encoding", "utf-8").ok());
  EXPECT_FALSE(settings.set("client_encoding", "latin1").ok());
  EXPECT_FALSE(settings.set("server_version", "9").ok());
  EXPECT_FALSE(settings.set("TimeZone", "Nowhere/Land").ok());
  EXPECT_FALSE(settings.set("DateStyle", "German").ok());
  EXPECT_TRUE(settings.set("datestyle", "ISO, DMY").ok());
  auto changes = settings.take_changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].second, "ISO, DMY");
  EXPECT_TRUE(settings.take_changes().empty());
}

}  // namespace
}  // namespace kappa::serve::pg_catalog
