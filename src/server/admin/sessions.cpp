#include "freellm/server/admin/sessions.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <chrono>

namespace freellm::server::admin {
namespace {

constexpr std::chrono::minutes kStoreEvery{1};

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

}  // namespace

std::string token_hash(std::string_view token) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string csrf_token(std::string_view session_token) {
  return hex(token_hash("freellmapi csrf\n" + std::string{session_token}));
}

void SessionTable::set_ttl(Millis ttl) {
  const std::lock_guard lock{mutex_};
  ttl_ = ttl;
}

Millis SessionTable::ttl() const {
  const std::lock_guard lock{mutex_};
  return ttl_;
}

void SessionTable::add(store::AdminSession session) {
  const std::lock_guard lock{mutex_};
  const auto stored_at = session.last_seen_at;
  auto hash = session.token_hash;
  by_hash_.insert_or_assign(std::move(hash), Entry{std::move(session), stored_at});
}

std::optional<SessionTable::Seen> SessionTable::find(std::string_view token, WallTime now) {
  const auto hash = token_hash(token);
  const std::lock_guard lock{mutex_};
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return std::nullopt;
  auto& [session, stored_at] = found->second;
  if (session.expires_at <= now) {
    by_hash_.erase(found);
    return std::nullopt;
  }
  session.last_seen_at = now;
  session.expires_at = now + ttl_;
  const bool is_due = now - stored_at >= kStoreEvery;
  if (is_due) stored_at = now;
  return Seen{session, is_due};
}

bool SessionTable::is_valid(std::string_view token, WallTime now) const {
  const auto hash = token_hash(token);
  const std::lock_guard lock{mutex_};
  const auto found = by_hash_.find(hash);
  return found != by_hash_.end() && found->second.session.expires_at > now;
}

bool SessionTable::is_alive(std::int64_t id, WallTime now) const {
  const std::lock_guard lock{mutex_};
  return std::any_of(by_hash_.begin(), by_hash_.end(), [&](const auto& item) {
    return item.second.session.id == id && item.second.session.expires_at > now;
  });
}

std::vector<store::AdminSession> SessionTable::list(WallTime now) const {
  std::vector<store::AdminSession> out;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [hash, entry] : by_hash_) {
      if (entry.session.expires_at > now) out.push_back(entry.session);
    }
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.last_seen_at > b.last_seen_at; });
  return out;
}

bool SessionTable::remove(std::int64_t id) {
  const std::lock_guard lock{mutex_};
  return std::erase_if(by_hash_, [id](const auto& item) { return item.second.session.id == id; }) >
         0;
}

void SessionTable::remove_all(std::int64_t keep) {
  const std::lock_guard lock{mutex_};
  std::erase_if(by_hash_, [keep](const auto& item) { return item.second.session.id != keep; });
}

}  // namespace freellm::server::admin
