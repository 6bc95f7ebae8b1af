// freellm-load: one measured run against one proxy; prints one line of name=value pairs.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "client.hpp"
#include "options.hpp"
#include "process_meter.hpp"

namespace {

using namespace load;

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::uint32_t percentile(std::vector<std::uint32_t>& values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

int run(const Options& options) {
  Client client{options};
  client.run_until(SteadyClock::now() + options.ramp + options.warm_up);
  const auto warm_up_error = client.counts().first_error;
  client.forget_counts();
  const auto cpu_before = cpu_time(options.pids);
  const auto began = SteadyClock::now();
  client.run_until(began + options.duration);
  const auto cpu =
      std::chrono::duration<double, std::micro>(cpu_time(options.pids) - cpu_before).count();
  const auto seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();

  auto& counts = client.counts();
  std::printf(
      "completed=%zu events=%zu errors=%zu answering=%zu seconds=%.3f cpu_us=%.0f ttft_p50_us=%u "
      "ttft_p99_us=%u "
      "latency_p50_us=%u latency_p99_us=%u rss_kib=%zu\n",
      counts.completed, counts.events, counts.errors, client.answering(), seconds, cpu,
      percentile(counts.ttft_us, 0.5), percentile(counts.ttft_us, 0.99),
      percentile(counts.latency_us, 0.5), percentile(counts.latency_us, 0.99),
      resident_kib(options.pids));
  const auto& error = warm_up_error.empty() ? counts.first_error : warm_up_error;
  if (!error.empty()) std::fprintf(stderr, "freellm-load: first error: %s\n", error.c_str());
  return counts.errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  raise_descriptor_limit();
  const auto options = parse_options(argc, argv);
  return options ? run(*options) : 2;
}
