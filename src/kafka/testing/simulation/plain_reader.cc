#include "kafka/testing/simulation/plain_reader.h"

namespace kappa::kafka::simulation {

Task<> PlainReader::run() {
  while (true) {
    const SimulatedTopic& topic = kTopics[world_.below(kTopics.size())];
    const auto count = static_cast<uint64_t>(topic.partitions);
    const TopicPartition place = place_in(topic, static_cast<int32_t>(world_.below(count)));
    int64_t position = positions_[place];
    if (world_.one_in(40)) position = 0;
    co_await reader_.read(place, position);
    positions_[place] = position;
    co_await world_.pause(static_cast<int64_t>(world_.below(30)));
  }
}

}  // namespace kappa::kafka::simulation
