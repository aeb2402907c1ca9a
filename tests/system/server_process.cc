#include "system/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/check.h"

extern char** environ;

namespace kappa::system_test {
namespace {

int exit_code_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

int wait_for(pid_t process) {
  int status = 0;
  KAPPA_CHECK_EQ(waitpid(process, &status, 0), process);
  return exit_code_of(status);
}

// Starts a program with the given descriptors (-1: ours) as standard output and error.
pid_t spawn(const std::vector<std::string>& command, int output, int errors) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (errors >= 0) posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t process = -1;
  int error = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  KAPPA_CHECK_EQ(error, 0);
  return process;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// One line from a pipe, or what came before its end.
std::string read_line(int descriptor) {
  std::string line;
  char c = 0;
  while (read(descriptor, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

std::string word_after(const std::string& line, const std::string& name) {
  size_t begin = line.find(name);
  if (begin == std::string::npos) return "";
  begin += name.size();
  return line.substr(begin, line.find(' ', begin) - begin);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "kappa-test-XXXXXX").string();
  KAPPA_CHECK(mkdtemp(path_.data()) != nullptr);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string program_path() {
  const char* chosen = std::getenv("KAPPA_PROGRAM");
  return chosen != nullptr ? chosen : KAPPA_PROGRAM;
}

Finished run_program(const std::vector<std::string>& command) {
  TemporaryDirectory directory;
  std::string output = directory.path() + "/output", errors = directory.path() + "/errors";
  int out = open(output.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  int err = open(errors.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  int exit_code = wait_for(spawn(command, out, err));
  close(out);
  close(err);
  return {.exit_code = exit_code, .output = read_all(output), .errors = read_all(errors)};
}

StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::start(const ServerArguments& arguments) {
  std::vector<std::string> command = {program_path(),           "serve",          "--data",
                                      arguments.data_directory, "--kafka-listen", arguments.kafka,
                                      "--sql-listen",           arguments.sql};
  command.insert(command.end(), arguments.more.begin(), arguments.more.end());
  std::array<int, 2> ends{};
  KAPPA_CHECK_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  auto server = std::unique_ptr<ServerProcess>(new ServerProcess);
  server->process_ = spawn(command, ends[1], -1);
  server->output_ = ends[0];
  close(ends[1]);
  server->ready_line_ = read_line(ends[0]);
  server->kafka_ = word_after(server->ready_line_, "kafka=");
  server->sql_ = word_after(server->ready_line_, "sql=");
  if (!server->kafka_.empty() && !server->sql_.empty()) return server;
  return unavailable("the server did not start: exit={} said={}", server->stop(SIGKILL),
                     server->ready_line_);
}

ServerProcess::~ServerProcess() {
  if (process_ > 0) stop(SIGKILL);
  close(output_);
}

int ServerProcess::stop(int signal) {
  kill(process_, signal);
  int exit_code = wait_for(process_);
  process_ = -1;
  return exit_code;
}

}  // namespace kappa::system_test
