#include "system/fire_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cinttypes>
#include <tuple>

namespace kappa::system_test {

using namespace kappa::test;
using std::chrono::steady_clock;

namespace {

std::string text_of(const Place& place, int64_t offset) {
  return fmt::format("{}-{} offset={}", place.first, place.second, offset);
}

// The records of one writer in a partition, as (offset, numbers) in the order of the log.
template <typename Numbers, typename Parse>
void for_each_of(Site& site, const Contents& contents, const Parse& parse,
                 const std::function<void(const Place&, int64_t, const Numbers&)>& use) {
  for (const auto& [place, records] : contents) {
    for (const auto& [offset, value] : records) {
      Numbers numbers{};
      if (parse(value, numbers)) {
        use(place, offset, numbers);
      } else {
        site.findings.add("nobody has sent " + text_of(place, offset) + ": " + value);
      }
    }
  }
}

struct Number {
  uint32_t w;
  int64_t n;
};

bool parse_number(const std::string& value, Number& number) {
  return std::sscanf(value.c_str(), R"({"w": %)" SCNu32 R"(, "n": %)" SCNd64 "}", &number.w,
                     &number.n) == 2;
}

struct Part {
  uint32_t w;
  int64_t t;
  int32_t i;
  int32_t k;
};

bool parse_part(const std::string& value, Part& part) {
  return std::sscanf(value.c_str(),
                     R"({"w": %)" SCNu32 R"(, "t": %)" SCNd64 R"(, "i": %)" SCNd32
                     R"(, "k": %)" SCNd32 "}",
                     &part.w, &part.t, &part.i, &part.k) == 4;
}

// Which records of a writer's transactions are there: bits by t.
using Parts = std::map<int64_t, uint32_t>;

Parts parts_of(Site& site, const Contents& contents, const TransactionWriter& writer) {
  Parts parts;
  std::map<Place, std::pair<int64_t, int32_t>> last;
  const auto& sent = writer.transactions();
  for_each_of<Part>(
      site, contents, parse_part, [&](const Place& place, int64_t offset, const Part& part) {
        if (part.w != writer.number()) return;
        if (part.t < 0 || part.t >= static_cast<int64_t>(sent.size()) || part.i < 0 ||
            part.i >= sent[static_cast<size_t>(part.t)].records) {
          site.findings.add(writer.name() + " has not sent " + text_of(place, offset));
          return;
        }
        uint32_t bit = uint32_t{1} << static_cast<uint32_t>(part.i);
        if ((parts[part.t] & bit) != 0) {
          site.findings.add(fmt::format("{}: t={} i={} is there twice: {}", writer.name(), part.t,
                                        part.i, text_of(place, offset)));
        }
        parts[part.t] |= bit;
        auto [previous, is_first] = last.try_emplace(place, part.t, part.i);
        if (!is_first && previous->second >= std::pair(part.t, part.i)) {
          site.findings.add(fmt::format("{}: t={} i={} comes after t={} i={}: {}", writer.name(),
                                        part.t, part.i, previous->second.first,
                                        previous->second.second, text_of(place, offset)));
        }
        previous->second = {part.t, part.i};
      });
  return parts;
}

}  // namespace

Contents read_topic(Site& site, const Place& topic_and_partitions, const std::string& isolation) {
  const auto& [topic, partitions] = topic_and_partitions;
  Handle consumer =
      make_handle(RD_KAFKA_CONSUMER, with_site(site, {{"group.id", "checks"},
                                                      {"isolation.level", isolation},
                                                      {"enable.auto.commit", "false"},
                                                      {"enable.partition.eof", "true"}}));
  rd_kafka_poll_set_consumer(consumer.get());
  Offsets places(rd_kafka_topic_partition_list_new(partitions));
  for (int32_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), i)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer.get(), places.get());
  Contents contents;
  std::set<int32_t> finished;
  auto deadline = steady_clock::now() + kPatience;
  while (finished.size() < static_cast<size_t>(partitions)) {
    Message message(rd_kafka_consumer_poll(consumer.get(), 1'000));
    if (message) deadline = steady_clock::now() + kPatience;
    if (steady_clock::now() > deadline) {
      site.findings.add("nothing to read, not even the end: " + topic + " " + isolation);
      break;
    }
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) finished.insert(message->partition);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    auto& records = contents[{topic, message->partition}];
    std::string value(static_cast<const char*>(message->payload), message->len);
    if (!records.empty() && records.rbegin()->first >= message->offset) {
      site.findings.add("offsets go back at " +
                        text_of({topic, message->partition}, message->offset));
    }
    records.insert_or_assign(message->offset, std::move(value));
  }
  return contents;
}

void check_numbers(Site& site, const Contents& contents, const NumberWriter& writer) {
  const auto& sent = writer.offsets();
  std::vector<bool> is_there(sent.size(), false);
  std::map<Place, int64_t> last;
  for_each_of<Number>(
      site, contents, parse_number, [&](const Place& place, int64_t offset, const Number& number) {
        if (number.w != writer.number()) return;
        auto n = static_cast<size_t>(number.n);
        std::string what = fmt::format("{}: n={} {}", writer.name(), n, text_of(place, offset));
        if (n >= sent.size() || writer.partition_of(number.n) != place.second) {
          return site.findings.add(what + ": not sent there");
        }
        if (is_there[n]) site.findings.add(what + ": is there twice");
        is_there[n] = true;
        if (sent[n] >= 0 && sent[n] != offset) {
          site.findings.add(fmt::format("{}: acknowledged at {}", what, sent[n]));
        }
        auto [previous, is_first] = last.try_emplace(place, number.n);
        if (!is_first && previous->second >= number.n) {
          site.findings.add(fmt::format("{}: comes after n={}", what, previous->second));
        }
        previous->second = number.n;
      });
  for (size_t n = 0; n < sent.size(); ++n) {
    if (sent[n] != NumberWriter::kNotAcknowledged && !is_there[n]) {
      site.findings.add(
          fmt::format("{}: n={} is lost, acknowledged at {}", writer.name(), n, sent[n]));
    }
  }
}

void check_newest(Site& site, const Contents& contents, const NumberWriter& writer) {
  const auto& sent = writer.offsets();
  std::map<int64_t, int64_t> newest, found;  // key → n
  for (size_t n = 0; n < sent.size(); ++n) {
    if (sent[n] != NumberWriter::kNotAcknowledged) {
      newest[writer.key_of(static_cast<int64_t>(n))] = static_cast<int64_t>(n);
    }
  }
  for_each_of<Number>(
      site, contents, parse_number, [&](const Place& place, int64_t offset, const Number& number) {
        auto [previous, is_first] = found.try_emplace(writer.key_of(number.n), number.n);
        if (!is_first && previous->second >= number.n) {
          site.findings.add(fmt::format("{}: n={} comes after n={}: {}", writer.name(), number.n,
                                        previous->second, text_of(place, offset)));
        }
        previous->second = number.n;
      });
  for (const auto& [key, n] : newest) {
    if (found[key] < n) {
      site.findings.add(
          fmt::format("{}: key {} ends at n={} instead of {}", writer.name(), key, found[key], n));
    }
  }
}

TransactionCounts check_transactions(Site& site, const Contents& committed, const Contents& all,
                                     const TransactionWriter& writer) {
  Parts visible = parts_of(site, committed, writer);
  Parts written = parts_of(site, all, writer);
  TransactionCounts counts;
  const auto& sent = writer.transactions();
  for (size_t t = 0; t < sent.size(); ++t) {
    const auto [records, outcome] = sent[t];
    uint32_t whole = (uint32_t{1} << static_cast<uint32_t>(records)) - 1;
    uint32_t parts = visible[static_cast<int64_t>(t)];
    std::string what = fmt::format("{}: t={} with {} records", writer.name(), t, records);
    bool may_be_there = outcome == Outcome::kAsked || outcome == Outcome::kCommitted;
    if (parts != 0 && parts != whole) {
      site.findings.add(fmt::format("{} is torn: {:#b}", what, parts));
    }
    if (parts == 0 && outcome == Outcome::kCommitted) {
      site.findings.add(what + " is lost, acknowledged as committed");
    }
    if (parts != 0 && !may_be_there) site.findings.add(what + " is there, but was not committed");
    if ((written[static_cast<int64_t>(t)] & parts) != parts) {
      site.findings.add(what + " is missing for readers of uncommitted records");
    }
    counts.committed += parts != 0;
    counts.records += parts != 0 ? records : 0;
    counts.aborted += outcome == Outcome::kAborted;
    counts.unknown += outcome == Outcome::kAsked;
  }
  return counts;
}

void check_copies(Site& site, const Contents& originals, const Contents& copies) {
  struct Copy {
    int32_t partition;
    int64_t offset;
    std::string value;
  };
  auto parse = [](const std::string& value, Copy& copy) {
    int begin = 0;
    if (std::sscanf(value.c_str(), R"({"p": %)" SCNd32 R"(, "o": %)" SCNd64 R"(, "v": %n)",
                    &copy.partition, &copy.offset, &begin) != 2 ||
        begin == 0) {
      return false;
    }
    copy.value = value.substr(static_cast<size_t>(begin));
    copy.value.pop_back();
    return true;
  };
  std::map<int32_t, std::map<int64_t, std::string>> left;
  for (const auto& [place, records] : originals) left[place.second] = records;
  std::map<int32_t, int64_t> last;
  for_each_of<Copy>(site, copies, parse, [&](const Place& place, int64_t offset, const Copy& copy) {
    std::string what = fmt::format("copy of partition {} offset {} at {}", copy.partition,
                                   copy.offset, text_of(place, offset));
    auto original = left[copy.partition].find(copy.offset);
    if (original == left[copy.partition].end()) {
      return site.findings.add(what + ": is there twice, or without an original");
    }
    if (original->second != copy.value) site.findings.add(what + ": is another record");
    left[copy.partition].erase(original);
    auto [previous, is_first] = last.try_emplace(copy.partition, copy.offset);
    if (!is_first && previous->second >= copy.offset) {
      site.findings.add(fmt::format("{}: comes after {}", what, previous->second));
    }
    previous->second = copy.offset;
  });
  for (const auto& [partition, records] : left) {
    for (const auto& [offset, value] : records) {
      site.findings.add(fmt::format("partition {} offset {} is not copied", partition, offset));
    }
  }
}

void check_readers(Site& site, const Contents& contents,
                   const std::vector<const Reader*>& readers) {
  for (const auto& [place, records] : contents) {
    std::set<int64_t> seen;
    for (const Reader* reader : readers) {
      auto found = reader->seen().find(place);
      if (found != reader->seen().end()) seen.insert(found->second.begin(), found->second.end());
    }
    for (const auto& [offset, value] : records) {
      if (seen.erase(offset) == 0) site.findings.add("no reader has got " + text_of(place, offset));
    }
    for (int64_t offset : seen) {
      site.findings.add("a reader has got what is not committed: " + text_of(place, offset));
    }
  }
}

void wait_for_group(Site& site, const std::string& group, const Contents& contents) {
  Handle look =
      make_handle(RD_KAFKA_CONSUMER,
                  with_site(site, {{"group.id", group}, {"isolation.level", "read_committed"}}));
  Offsets places(rd_kafka_topic_partition_list_new(1));
  for (const auto& [place, records] : contents) {
    rd_kafka_topic_partition_list_add(places.get(), place.first.c_str(), place.second);
  }
  auto deadline = steady_clock::now() + kPatience;
  bool is_there = false;
  while (!is_there && site.findings.empty()) {
    auto error = rd_kafka_committed(look.get(), places.get(), 5'000);
    is_there = error == RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string behind;
    for (int i = 0; i < places->cnt; ++i) {
      const auto& place = places->elems[i];
      int64_t end = contents.at({place.topic, place.partition}).rbegin()->first + 1;
      if (place.offset >= end) continue;
      is_there = false;
      behind += fmt::format(" {}-{} at {} of {}", place.topic, place.partition, place.offset, end);
    }
    if (!is_there && steady_clock::now() > deadline) {
      site.findings.add(fmt::format("group {} does not come to the end: {}{}", group,
                                    rd_kafka_err2str(error), behind));
    }
    if (!is_there) site.findings.wait(std::chrono::milliseconds(100));
  }
}

}  // namespace kappa::system_test
