#pragma once
// Taking a key out so that it can be put back unchanged: the undo of a deletion. Functions over a
// connection; run them through Writer::change(). The row stays sealed while it is out.

#include <cstdint>
#include <optional>
#include <string>

#include "freellm/base/ids.hpp"
#include "freellm/base/result.hpp"
#include "freellm/store/sqlite.hpp"

namespace freellm::store {

/// A row of provider_key as it was.
struct RemovedKey {
  KeyId id;
  std::int64_t platform = 0;
  std::string label, sealed, masked, fingerprint, state, state_reason, source;
  std::string sealed_proxy;  ///< "" = it had none of its own
  bool enabled = true;
  std::optional<std::int64_t> checked_at;
  std::int64_t created_at = 0;
};

/// Fails with code "not_found".
[[nodiscard]] Result<RemovedKey> take_key(Db& db, KeyId id);
/// Fails when the same secret has been added meanwhile (code "duplicate_key").
[[nodiscard]] Status put_key_back(Db& db, const RemovedKey& key);

}  // namespace freellm::store
