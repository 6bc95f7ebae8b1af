#include "freellm/routing/sticky.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>

namespace freellm::routing {
namespace {

constexpr std::size_t kHead = 1024;
constexpr std::size_t kTail = 512;
constexpr std::size_t kMaxId = 256;

/// Fetched once: OpenSSL 3 looks an algorithm up by name on every use otherwise, which costs more
/// than hashing.
const EVP_MD* sha1() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return algorithm;
}

class Hasher {
 public:
  Hasher() : context_(thread_context()) {
    ok_ = EVP_DigestInit_ex2(context_, sha1(), nullptr) == 1;
  }
  void add(std::string_view bytes) {
    ok_ = ok_ && EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1;
  }
  /// Length first, so that neighbouring fields cannot run into each other.
  void add_field(std::string_view bytes) {
    const std::uint64_t size = bytes.size();
    std::array<char, sizeof size> raw{};
    std::memcpy(raw.data(), &size, sizeof size);
    add({raw.data(), raw.size()});
    if (bytes.size() <= kHead + kTail) return add(bytes);
    add(bytes.substr(0, kHead));
    add(bytes.substr(bytes.size() - kTail));
  }
  std::optional<StickyKey> finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    ok_ = ok_ && EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1;
    if (!ok_) return std::nullopt;
    StickyKey key;
    std::memcpy(&key.high, digest.data(), 8);
    std::memcpy(&key.low, digest.data() + 8, 8);
    return key;
  }

 private:
  static EVP_MD_CTX* thread_context() {
    struct Free {
      void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
    return context.get();
  }

  EVP_MD_CTX* context_;
  bool ok_ = false;
};

}  // namespace

std::optional<StickyKey> sticky_key(std::string_view client_key, std::string_view session_id,
                                    std::string_view first_user_message) {
  if (session_id.empty() && first_user_message.empty()) return std::nullopt;
  Hasher hasher;
  hasher.add_field(client_key.substr(0, kMaxId));
  hasher.add(session_id.empty() ? "message" : "session");
  hasher.add_field(session_id.empty() ? first_user_message : session_id.substr(0, kMaxId));
  return hasher.finish();
}

std::optional<Candidate> StickyMap::find(const StickyKey& key, SteadyTime now) const {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second->until <= now) return std::nullopt;
  return found->second->candidate;
}

void StickyMap::remember(const StickyKey& key, const Candidate& candidate, SteadyTime until) {
  const std::lock_guard lock{mutex_};
  if (const auto found = entries_.find(key); found != entries_.end()) {
    *found->second = {key, candidate, until};
    by_age_.splice(by_age_.end(), by_age_, found->second);
    return;
  }
  if (entries_.size() >= capacity_) {
    entries_.erase(by_age_.front().key);
    by_age_.front() = {key, candidate, until};
    by_age_.splice(by_age_.end(), by_age_, by_age_.begin());
  } else {
    by_age_.push_back({key, candidate, until});
  }
  entries_.emplace(key, std::prev(by_age_.end()));
}

std::size_t StickyMap::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

}  // namespace freellm::routing
