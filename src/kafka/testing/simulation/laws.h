#pragma once
// What must hold, whatever failed on the way: the ledger against what the partitions hold. To be
// checked when nothing is under way between clients and server.
//
//   records       what was acknowledged is where it was said to be; nothing is twice or unknown;
//                 each writer's records are in their order
//   transactions  whole or not there at all; there if that was acknowledged, not if it was not
//                 asked for
//   copies        what is copied is what lies below the offset that was committed with it, once
//   groups        a group's offset is the last that was acknowledged, or a later one that was sent
//   reads         what somebody has read is still there, and was all that there was

#include <set>

#include "kafka/testing/simulation/contents.h"

namespace kappa::kafka::simulation {

// At any start of the server.
void check_laws(Site& site);
// Besides, when every client has done its work and every transaction is over.
void check_rest(Site& site);
// Whether the readers have come to the end of their topics.
bool is_caught_up(Site& site, const std::map<std::string, SimulatedTopic>& groups);

}  // namespace kappa::kafka::simulation
