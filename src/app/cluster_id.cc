#include "app/cluster_id.h"

#include "base/types.h"
#include "log/checked_file.h"

namespace kappa::app {
namespace {

constexpr std::string_view kMagic = "KAPPACL1";

}  // namespace

StatusOr<std::string> cluster_id(env::Env& env, const std::string& directory) {
  const std::string path = env::join_path(directory, "cluster");
  auto known = log::read_checked_file(env, path, kMagic);
  if (known.ok() || !absl::IsNotFound(known.status())) return known;
  TopicId random;  // the same 16 bytes and the same way to write them
  env.random_bytes(reinterpret_cast<char*>(random.bytes.data()), random.bytes.size());
  std::string id = to_string(random);
  RETURN_IF_ERROR(log::write_checked_file(env, path, kMagic, id, log::FileDurability::kSynced));
  return id;
}

}  // namespace kappa::app
