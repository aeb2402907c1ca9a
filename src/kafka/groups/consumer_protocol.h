#pragma once
// The little that the broker reads of what consumers tell each other: the topics in a subscription
// of protocol type "consumer" (KIP-4's ConsumerProtocolSubscription: version i16, topics, …).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kappa::kafka {

inline constexpr std::string_view kConsumerProtocolType = "consumer";

// nullopt: not a subscription.
std::optional<std::vector<std::string>> subscribed_topics(std::string_view metadata);

}  // namespace kappa::kafka
