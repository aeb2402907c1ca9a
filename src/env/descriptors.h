#pragma once
// How many descriptors this process uses: what the program decides when it starts.

#include <cstddef>

namespace kappa::env {

// Takes as many descriptors as this process may have; returns how many. 0: not known.
size_t raise_descriptor_limit();
// posix_env()'s files, however many, keep about so many descriptors open: those that rest are
// closed until they are used again. At first there is no such limit.
void set_open_files_max(size_t count);

}  // namespace kappa::env
