// DescribeClientQuotas: nobody is limited.

#include "kafka/broker/handlers.h"

namespace kappa::kafka {

DescribeClientQuotasResponse handle(Broker&, const Call&, const DescribeClientQuotasRequest&) {
  DescribeClientQuotasResponse response;
  response.entries.emplace();
  return response;
}

}  // namespace kappa::kafka
