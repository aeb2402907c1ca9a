#pragma once
// The plan's nodes as a list in topological order, with the exchanges that several workers need.
// Every worker gets one operator per entry.
//
// An exchange sends rows to the worker that owns their key, so whatever lies behind it must wait
// until all workers have sent: the entries are numbered by phases, and a step runs phase after
// phase. An entry's phase is the highest of its inputs, plus one if it is an exchange
// or absorbs what local halves have gathered.
//
//   phase 0:  input -> filter -> [exchange: send]
//   phase 1:                     [exchange: receive] -> aggregate -> [exchange: send]
//   phase 2:  …

#include <cstddef>
#include <vector>

#include "flow/plan.h"

namespace kappa::flow {

struct GraphEntry {
  const Node* node = nullptr;       // nullptr: an exchange
  std::vector<Expr> exchange_keys;  // of an exchange; none: all rows to one worker
  std::vector<size_t> inputs;       // positions in the list; the port is the position here
  data::Types types;
  // An aggregate whose input is gathered by a local half in each worker: no exchange before it.
  bool has_local_half = false;
  size_t phase = 0;
  int depth = 0;                // below the root
  bool is_append_only = false;  // of the output
  // The insertion and the retraction of a row come from the same worker.
  bool is_placed = false;
};

struct Graph {
  std::vector<GraphEntry> entries;
  size_t root = 0;
  size_t phase_count = 1;
};

// `worker_count` 1: no exchanges.
Graph make_graph(const Plan& plan, size_t worker_count);

}  // namespace kappa::flow
