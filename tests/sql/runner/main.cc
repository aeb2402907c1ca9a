// sql_test: runs every tests/sql/**/*.test as six tests: live, replayed and restored, with one
// worker and four. GoogleTest does the rest: --gtest_filter='*live_1/joins/*', sharding, reports.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/logging.h"
#include "sql/runner/run.h"

namespace kappa::sql_test {
namespace {

namespace fs = std::filesystem;

class ScriptTest : public testing::Test {
 public:
  ScriptTest(std::string path, Mode mode) : path_(std::move(path)), mode_(mode) {}

  void TestBody() override {
    std::ifstream file(path_);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto commands = parse_script(text);
    ASSERT_TRUE(commands.ok()) << path_ << ": " << commands.status().ToString();
    ASSERT_FALSE(commands->empty()) << path_ << " is empty";
    std::string problem = run_script(path_, *commands, mode_);
    EXPECT_TRUE(problem.empty()) << problem;
  }

 private:
  std::string path_;
  Mode mode_;
};

std::vector<fs::path> scripts_below(const fs::path& folder) {
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".test") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

void register_script(const fs::path& folder, const fs::path& script, const std::string& suite,
                     Mode mode) {
  std::string name = fs::relative(script, folder).replace_extension("").string();
  std::string path = script.string();
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, path.c_str(), 1,
                        [path, mode]() -> testing::Test* { return new ScriptTest(path, mode); });
}

}  // namespace
}  // namespace kappa::sql_test

int main(int argc, char** argv) {
  using namespace kappa::sql_test;  // NOLINT: the program's own namespace
  testing::InitGoogleTest(&argc, argv);
  if (!kappa::init_logging("warn").ok()) return 1;
  fs::path folder = argc > 1 ? argv[1] : KAPPA_SQL_TESTS;
  std::vector<fs::path> scripts = scripts_below(folder);
  if (scripts.empty()) {
    std::cerr << "no .test files below " << folder << "\n";
    return 1;
  }
  for (size_t worker_count : {1, 4}) {
    const std::pair<const char*, Mode> modes[] = {
        {"live", {.has_checkpoints = true, .worker_count = worker_count}},
        {"replayed", {.is_restarted = true, .worker_count = worker_count}},
        {"restored",
         {.is_restarted = true, .has_checkpoints = true, .worker_count = worker_count}}};
    for (const auto& [name, mode] : modes) {
      for (const fs::path& script : scripts)
        register_script(folder, script, fmt::format("{}_{}", name, worker_count), mode);
    }
  }
  return RUN_ALL_TESTS();
}
