#pragma once
// Rules broken on purpose, so that the simulator's invariants can be shown to notice. In every
// build but the simulator's own copy of this layer MUTATED(x) is the constant false and leaves no
// trace.

#ifdef FREELLM_MUTATIONS

namespace freellm::routing {

enum class Mutation : int {
  none,
  ignore_stated_times,
  ignore_request_limits,
  ignore_token_limits,
  ignore_key_scope,
  forget_settled_usage,
  release_at_booking_time,
  utc_for_pacific,
  never_decay,
  cooldowns_never_end,
  bench_client_faults,
  retry_after_one_second,
  give_up_after_first_failure,
  refund_refused_requests,
  forget_open_leases,
  new_day_on_backward_step,
  blame_the_provider,
};

/// Set by one test at a time, before it starts its threads.
inline Mutation active_mutation = Mutation::none;

}  // namespace freellm::routing

#define MUTATED(name) (::freellm::routing::active_mutation == ::freellm::routing::Mutation::name)

#else

#define MUTATED(name) false

#endif
