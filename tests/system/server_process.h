#pragma once
// A real `kappa serve` as a child process, for tests and benchmarks that need the whole program.
// Confined to one thread.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace kappa::system_test {

// A directory of its own below the temporary one; removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What a program that ended said.
struct Finished {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string output;
  std::string errors;
};
Finished run_program(const std::vector<std::string>& command);

struct ServerArguments {
  std::string data_directory;
  std::string kafka = "127.0.0.1:0";  // port 0: a free one
  std::string sql = "127.0.0.1:0";
  std::vector<std::string> more;
};

class ServerProcess {
 public:
  // Starts the program and waits for its ready line. Errors: kUnavailable when it ends before that.
  static StatusOr<std::unique_ptr<ServerProcess>> start(const ServerArguments& arguments);
  ~ServerProcess();  // kills it when it runs

  const std::string& ready_line() const { return ready_line_; }
  const std::string& kafka() const { return kafka_; }  // "127.0.0.1:34567"
  const std::string& sql() const { return sql_; }
  std::string sql_url() const { return "postgresql://" + sql_ + "/kappa"; }
  pid_t process() const { return process_; }

  // Sends a signal and waits for the end; gives the exit code as Finished has it.
  int stop(int signal);

 private:
  ServerProcess() = default;

  pid_t process_ = -1;
  int output_ = -1;
  std::string ready_line_;
  std::string kafka_;
  std::string sql_;
};

// The program that is tested: $KAPPA_PROGRAM, else the one of this build.
std::string program_path();

}  // namespace kappa::system_test
