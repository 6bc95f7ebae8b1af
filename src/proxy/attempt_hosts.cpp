#include "attempt_hosts.hpp"

#include "freellm/store/keys.hpp"

namespace freellm::proxy {

using chat::FailureClass;

AttemptHosts::AttemptHosts(ChatTurn& turn, const routing::Attempt& attempt)
    : turn_(turn), attempt_(attempt) {
  if (attempt.platform->alternate_base_urls.empty()) return;
  urls_ = turn.ex.worker.services.key_hosts.of(*attempt.platform, *attempt.key);
}

const wire::BaseUrl& AttemptHosts::base() const {
  return urls_.empty() ? attempt_.platform->base_url : *urls_[at_];
}

bool AttemptHosts::next_after(const chat::UpstreamFailure& failure) {
  if (failure.failure != FailureClass::bad_key || at_ + 1 >= urls_.size()) return false;
  ++at_;
  return true;
}

void AttemptHosts::remember(const AttemptResult& done) {
  const bool is_taken =
      done.end == AttemptEnd::served ||
      (done.failure.http_status > 0 && done.failure.failure != FailureClass::bad_key);
  if (at_ == 0 || !is_taken) return;
  auto& services = turn_.ex.worker.services;
  const KeyId key = attempt_.key->id;
  services.key_hosts.remember(key, base());
  services.store.writer().change(
      [key, url = url_text(base())](store::Db& db) { return store::set_key_url(db, key, url); },
      [](Status) {});  // a lost note is found out again
}

}  // namespace freellm::proxy
