#pragma once
// What must hold when the fire is out: everything the clients were told, against full reads of the
// topics. Each check adds what it finds to the site's findings.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "system/fire_consumers.h"
#include "system/fire_producers.h"

namespace kappa::system_test {

// The values of the records with these offsets, by place.
using Contents = std::map<Place, std::map<int64_t, std::string>>;

// Reads a topic from its beginning to its end.
Contents read_topic(Site& site, const Place& topic_and_partitions, const std::string& isolation);

// Everything acknowledged is there, where it was said to be; nothing twice; each writer's records
// are in their order in each partition.
void check_numbers(Site& site, const Contents& contents, const NumberWriter& writer);

// After compaction: the newest record of every key is there, and order holds.
void check_newest(Site& site, const Contents& contents, const NumberWriter& writer);

struct TransactionCounts {
  int64_t committed = 0;  // visible ones
  int64_t aborted = 0;
  int64_t unknown = 0;  // asked to commit, never answered; visible or not
  int64_t records = 0;  // visible ones
  int64_t written = 0;  // records in the log, of aborted ones too
};

// Transactions are whole or not there; those acknowledged as committed are there, those aborted are
// not; nothing is twice, and order holds for readers of uncommitted records, too.
TransactionCounts check_transactions(Site& site, const Contents& committed, const Contents& all,
                                     const TransactionWriter& writer);

// Every record of the one topic is in the other once, and order within a partition holds.
void check_copies(Site& site, const Contents& originals, const Contents& copies);

// Together the readers have seen every record and no other.
void check_readers(Site& site, const Contents& contents, const std::vector<const Reader*>& readers);

// Waits until the group's commits are at the end of what the contents hold, and checks that they
// are not behind the acknowledged ones.
void wait_for_group(Site& site, const std::string& group, const Contents& contents);

}  // namespace kappa::system_test
