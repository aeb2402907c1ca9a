#include "kafka/testing/simulation/cast.h"

#include <algorithm>

#include "kafka/testing/simulation/copier.h"
#include "kafka/testing/simulation/group_reader.h"
#include "kafka/testing/simulation/number_writer.h"
#include "kafka/testing/simulation/plain_reader.h"
#include "kafka/testing/simulation/transaction_writer.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int kTransactionWriters = 3;
constexpr int kCopiers = 2;
constexpr int kReadersOfGroup = 2;

}  // namespace

Cast::Cast(Site& site) : site_(site) {
  add_writers();
  add_readers();
}

void Cast::add_writers() {
  for (const SimulatedTopic* topic : {&kNumbers, &kNumbers, &kLoose, &kNewest, &kShort}) {
    parts_.push_back({.name = fmt::format("{}-writer", topic->name),
                      .make =
                          [this, topic](std::string name) {
                            return std::make_unique<NumberWriter>(site_, std::move(name), *topic);
                          },
                      .is_writer = true});
  }
  for (int i = 0; i < kTransactionWriters; ++i) {
    const std::string id = fmt::format("transfer-{}", i);
    const Flow flow = site_.world.one_in(2) ? Flow::kOlder : Flow::kNewer;
    parts_.push_back({.name = id,
                      .make =
                          [this, id, flow](std::string name) {
                            return std::make_unique<TransactionWriter>(site_, std::move(name), id,
                                                                       flow);
                          },
                      .is_writer = true});
  }
}

void Cast::add_readers() {
  const bool is_classic = site_.world.one_in(2);
  for (int i = 0; i < kCopiers; ++i) {
    const std::string id = fmt::format("copy-{}", i);
    const Flow flow = site_.world.one_in(2) ? Flow::kOlder : Flow::kNewer;
    parts_.push_back({.name = id, .make = [this, id, flow, is_classic](std::string name) {
                        return std::make_unique<Copier>(site_, std::move(name), id, flow,
                                                        is_classic);
                      }});
  }
  groups_[std::string(kCopierGroup)] = kTransfers;
  groups_["classic-readers"] = kNumbers;
  groups_["newer-readers"] = kTransfers;
  for (const auto& [group, topic] : groups_) {
    if (group == kCopierGroup) continue;
    for (int i = 0; i < kReadersOfGroup; ++i) {
      parts_.push_back({.name = group, .make = [this, group = group](std::string name) {
                          return std::make_unique<GroupReader>(site_, std::move(name), group,
                                                               groups_.at(group),
                                                               group.starts_with("classic"));
                        }});
    }
  }
  parts_.push_back({.name = "plain-reader", .make = [this](std::string name) {
                      return std::make_unique<PlainReader>(site_, std::move(name));
                    }});
}

void Cast::start(Part& part) {
  part.process = part.make(fmt::format("{}#{}", part.name, ++processes_));
  part.process->start();
}

void Cast::start() {
  for (Part& part : parts_) start(part);
}

void Cast::replace_some() {
  Part& part = parts_[site_.world.below(parts_.size())];
  site_.world.tell("{} dies", part.process->name());
  part.process.reset();
  part.forgotten.reset();
  start(part);
}

void Cast::double_some() {
  Part& part = parts_[site_.world.below(parts_.size())];
  site_.world.tell("{} gets a double", part.process->name());
  part.forgotten = std::move(part.process);
  start(part);
}

bool Cast::is_done_writing() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return !part.is_writer ||
           (part.process->is_over() && (part.forgotten == nullptr || part.forgotten->is_over()));
  });
}

void Cast::stop() {
  for (Part& part : parts_) {
    part.process.reset();
    part.forgotten.reset();
  }
}

}  // namespace kappa::kafka::simulation
