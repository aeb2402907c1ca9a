#pragma once
// Who plays in a simulation: parts that are always played, each by one process after the other,
// sometimes by two at once, when one believes the other dead.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/testing/simulation/process.h"

namespace kappa::kafka::simulation {

class Cast {
 public:
  explicit Cast(Site& site);

  void start();
  // A process dies, and another one takes its part.
  void replace_some();
  // Another one takes the part of one that is alive, which goes on for a while.
  void double_some();
  // The processes that write have written what they wanted.
  bool is_done_writing() const;
  // All die.
  void stop();

  // The groups that read, and what.
  const std::map<std::string, SimulatedTopic>& groups() const { return groups_; }

 private:
  struct Part {
    std::string name;
    std::function<std::unique_ptr<Process>(std::string name)> make;
    bool is_writer = false;  // comes to an end when the simulation does
    std::unique_ptr<Process> process;
    std::unique_ptr<Process> forgotten;  // the one before, believed dead
  };

  void add_writers();
  void add_readers();
  void start(Part& part);

  Site& site_;
  std::vector<Part> parts_;
  std::map<std::string, SimulatedTopic> groups_;
  int64_t processes_ = 0;
};

}  // namespace kappa::kafka::simulation
