#include "freellm/store/store.hpp"

#include "freellm/store/migrations.hpp"
#include "opening.hpp"

namespace freellm::store {
Store::Store(Vault vault, std::filesystem::path database, Db writable, Db readable,
             WriterOptions options)
    : vault_(std::move(vault)),
      database_(std::move(database)),
      writer_(std::make_unique<Writer>(std::move(writable), options)),
      reader_(std::make_unique<Reader>(std::move(readable))) {}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  if (auto status = make_data_dir(options.data_dir); !status) return status.error();
  const auto database = options.data_dir / kDatabaseName;
  auto found = examine(database);
  if (!found) return found.error();
  if (options.migration == Migration::forbidden && found->schema_version != schema_version()) {
    return Error{.kind = ErrorKind::configuration,
                 .message =
                     "the running daemon is of another version than this command; restart "
                     "it, then try again",
                 .code = "data_dir"};
  }
  auto master = obtain_master_key(options, found->sealed);
  if (!master) return master.error();
  Vault vault{*master};
  if (found->sealed) {
    if (auto status = check_master_key(vault, *found->sealed, database); !status)
      return status.error();
  }
  auto writable = open_writable(database, vault, found->sealed.has_value());
  if (!writable) return writable.error();
  auto readable = Db::open(database, Db::Mode::read_only);
  if (!readable) return readable.error();
  return std::unique_ptr<Store>{new Store{std::move(vault), database, *std::move(writable),
                                          *std::move(readable), options.writer}};
}

}  // namespace freellm::store
