#include "app/cluster_id.h"

#include <gtest/gtest.h>

#include "env/simulated.h"

namespace kappa::app {
namespace {

TEST(ClusterIdTest, IsDrawnOnceForADirectory) {
  env::SimulatedEnv env(1);
  ASSERT_TRUE(env.create_directory("/a").ok());
  ASSERT_TRUE(env.create_directory("/b").ok());
  ASSERT_TRUE(env.sync_directory("/").ok());
  std::string first = cluster_id(env, "/a").value();
  EXPECT_EQ(first.size(), 22u);
  env.restart(env::Loss::kUnsynced);
  EXPECT_EQ(cluster_id(env, "/a").value(), first);
  EXPECT_NE(cluster_id(env, "/b").value(), first);
}

TEST(ClusterIdTest, ADamagedOneIsNotReplaced) {
  env::SimulatedEnv env(1);
  ASSERT_TRUE(env.create_directory("/a").ok());
  ASSERT_TRUE(cluster_id(env, "/a").ok());
  auto file = env.open_file("/a/cluster", env::OpenMode::kWrite).value();
  ASSERT_TRUE(file->write_at(10, "x").ok());
  EXPECT_EQ(cluster_id(env, "/a").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kappa::app
