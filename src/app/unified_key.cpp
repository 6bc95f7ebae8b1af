#include "unified_key.hpp"

#include "freellm/base/random.hpp"
#include "freellm/store/settings.hpp"

namespace freellm::app {

Secret new_unified_key() { return Secret::take("freellmapi-" + random_hex(24)); }

Result<std::shared_ptr<const Secret>> obtain_unified_key(store::Store& store, Now now) {
  using Key = std::shared_ptr<const Secret>;
  return store.writer()
      .change<Key>([&](store::Db& db) -> Result<Key> {
        auto stored = store::get_secret(db, store.vault(), store::kUnifiedApiKey);
        if (!stored) {
          return Error{
              .kind = ErrorKind::storage,
              .message = "the stored client key cannot be opened: " + stored.error().message,
              .code = "unreadable"};
        }
        if (*stored) return std::make_shared<const Secret>(std::move(**stored));
        auto fresh = std::make_shared<const Secret>(new_unified_key());
        const Status put =
            store::put_secret(db, store.vault(), store::kUnifiedApiKey, fresh->reveal(), now.wall);
        if (!put) return put.error();
        return Key{fresh};
      })
      .get();
}

}  // namespace freellm::app
