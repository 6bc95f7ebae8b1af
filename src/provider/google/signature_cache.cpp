#include "provider/google/signature_cache.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "freellm/wire/json.hpp"

namespace freellm::provider::google {
namespace {

/// The first 128 bits of SHA-256 over the fields, each with its length before it.
std::array<std::uint64_t, 2> digest_of(std::initializer_list<std::string_view> fields) {
  std::string joined;
  for (const auto field : fields) {
    joined += std::to_string(field.size());
    joined += ':';
    joined += field;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  EVP_Digest(joined.data(), joined.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  std::array<std::uint64_t, 2> digest{};
  std::memcpy(digest.data(), hash.data(), sizeof(digest));
  return digest;
}

}  // namespace

std::optional<SignatureCache::Digest> SignatureCache::id_digest(const CallIdentity& call) {
  if (call.id.empty()) return std::nullopt;
  return digest_of({"id", call.model, call.id});
}

SignatureCache::Digest SignatureCache::call_digest(const CallIdentity& call) {
  return digest_of({"call", call.model, call.name, call.arguments});
}

void SignatureCache::remember(const CallIdentity& call, std::string_view signature,
                              SteadyTime now) {
  if (signature.empty() || signature.size() > limits_.signature_bytes) return;
  Entry entry{.by_id = id_digest(call),
              .by_call = call_digest(call),
              .signature = std::string{signature},
              .expires = now + limits_.idle};
  const std::scoped_lock lock{mutex_};
  bytes_ += entry.signature.size();
  entries_.push_back(std::move(entry));
  const auto added = std::prev(entries_.end());
  if (added->by_id) index_[*added->by_id] = added;
  index_[added->by_call] = added;
  evict(now);
}

std::optional<std::string> SignatureCache::find(const CallIdentity& call, SteadyTime now) {
  const auto by_id = id_digest(call);
  const auto by_call = call_digest(call);
  const std::scoped_lock lock{mutex_};
  auto found = by_id ? index_.find(*by_id) : index_.end();
  if (found == index_.end()) found = index_.find(by_call);
  if (found == index_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->expires <= now) {
    erase(entry);
    return std::nullopt;
  }
  entry->expires = now + limits_.idle;
  entries_.splice(entries_.end(), entries_, entry);
  return entry->signature;
}

std::size_t SignatureCache::size() const {
  const std::scoped_lock lock{mutex_};
  return entries_.size();
}

void SignatureCache::evict(SteadyTime now) {
  while (!entries_.empty() && (entries_.size() > limits_.entries || bytes_ > limits_.bytes ||
                               entries_.front().expires <= now)) {
    erase(entries_.begin());
  }
}

void SignatureCache::erase(Entries::iterator entry) {
  if (entry->by_id) unlink(*entry->by_id, entry);
  unlink(entry->by_call, entry);
  bytes_ -= entry->signature.size();
  entries_.erase(entry);
}

/// A later entry may have taken the key over.
void SignatureCache::unlink(const Digest& key, Entries::iterator entry) {
  const auto found = index_.find(key);
  if (found != index_.end() && found->second == entry) index_.erase(found);
}

std::string canonical_json(std::string_view json) {
  const auto parsed = wire::parse_json(json);
  return parsed ? wire::dump_json(*parsed) : std::string{json};
}

}  // namespace freellm::provider::google
