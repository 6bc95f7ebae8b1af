#pragma once
// Platforms, models, limits and keys as the router and the adapters see them. Plain values; built
// once per snapshot, then immutable and shared between threads.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freellm/base/ids.hpp"
#include "freellm/chat/upstream_failure.hpp"
#include "freellm/wire/proxy_url.hpp"
#include "freellm/wire/url.hpp"

namespace freellm::catalog {

using chat::LimitMetric;
using chat::LimitWindow;
using chat::Scope;

/// When a day (or month) window starts over.
enum class DayReset : std::uint8_t { sliding, utc, pacific };

struct Limit {
  LimitMetric metric = LimitMetric::requests;
  LimitWindow window = LimitWindow::minute;
  std::int64_t count = 0;
  Scope scope = Scope::model_key;
  DayReset reset = DayReset::sliding;  ///< only meaningful for day windows
  bool operator==(const Limit&) const = default;
};

/// Where a set of limits was read, and when ("2026-07-18"). Empty when no limit is known.
struct Provenance {
  std::string source;
  std::string date;
};

/// Which adapter speaks to a platform.
enum class WireFormat : std::uint8_t { openai, google, cohere, cloudflare };

/// How a platform's free tier does, as the catalog's makers know.
enum class FreeTier : std::uint8_t {
  live,
  at_risk,  ///< little is left of it, or its end is announced
  retired,  ///< there is none any more
};

struct Timeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_byte{60'000};  ///< head and first body byte
  std::chrono::milliseconds stall{90'000};       ///< between bytes afterwards
  bool operator==(const Timeouts&) const = default;
};

struct Platform {
  PlatformId id;
  std::string slug;  ///< "groq"; for a [[custom]] endpoint its name
  std::string name;  ///< "Groq"
  WireFormat wire = WireFormat::openai;
  wire::BaseUrl base_url;
  std::vector<wire::BaseUrl> alternate_base_urls;  ///< tried when the first refuses the key (Zhipu)
  std::string signup_url;
  std::string data_use_note;  ///< what the provider may do with prompts
  std::string notes;
  bool enabled = true;
  bool keyless = false;  ///< may be used without a key
  bool custom = false;   ///< came from [[custom]] or the dashboard
  FreeTier free_tier = FreeTier::live;
  Timeouts timeouts;
  wire::Egress egress;        ///< how its address is reached
  std::vector<Limit> limits;  ///< shared limits: scope key or platform
  std::string quirks;         ///< name of its row set in the quirk table; normally the slug
  std::string key_format;  ///< what a key looks like, for people: "gsk_…"; never used to refuse one
  Provenance provenance;  ///< of `limits`
};

struct Capabilities {
  bool tools = false;
  bool vision = false;
  bool reasoning = false;
  bool json_schema = false;
  bool operator==(const Capabilities&) const = default;
};

struct Model {
  ModelId id;
  PlatformId platform;
  std::string upstream_id;   ///< exact id on the wire
  std::string logical_name;  ///< the same weights on several platforms share it: "llama-3.3-70b"
  std::string display_name;
  std::int32_t intelligence_rank = 0;  ///< 1 = smartest
  std::int32_t speed_rank = 0;         ///< 1 = fastest
  std::int64_t context_window = 0;     ///< tokens; 0 = unknown
  std::int64_t max_output_tokens = 0;  ///< 0 = unknown
  Capabilities capabilities;
  std::vector<Limit> limits;  ///< per model x key
  bool enabled = true;
  std::string disabled_reason;  ///< why, when the catalog disables it
  std::int32_t position = 0;    ///< place in the user's fallback order, 0 = first
  Provenance provenance;        ///< of `limits`
};

enum class KeyState : std::uint8_t { unknown, valid, invalid, unverifiable, undecryptable };

/// A stored provider key, sealed. The plain text exists only for the length of one attempt.
struct ProviderKey {
  KeyId id;
  PlatformId platform;
  std::string label;
  std::string masked;  ///< "gsk_…abcd"
  std::string sealed;  ///< vault envelope; empty for the anonymous key
  bool enabled = true;
  KeyState state = KeyState::unknown;
  std::string base_url;  ///< the one of the platform's URLs that took it; empty = not found out
  std::shared_ptr<const wire::ProxyUrl> proxy;  ///< null = the platform's
};

/// How a request with that key leaves.
[[nodiscard]] inline wire::Egress egress_of(const Platform& platform, const ProviderKey& key) {
  return key.proxy ? wire::Egress{platform.egress.reach, key.proxy} : platform.egress;
}

}  // namespace freellm::catalog
