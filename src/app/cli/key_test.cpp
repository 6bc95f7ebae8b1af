#include "key_test.hpp"

#include <future>

#include "freellm/app/routes.hpp"
#include "freellm/net/resolver.hpp"
#include "freellm/proxy/key_probe.hpp"

namespace freellm::app {
namespace {

net::Task<void> probe(net::Worker& worker, const catalog::Platform& platform,
                      const catalog::Model& model, std::string_view key, wire::Egress egress,
                      std::promise<proxy::ProbedKey>& done) {
  proxy::ProbedKey check = co_await proxy::probe_key(worker, platform, model, key, egress);
  done.set_value(std::move(check));
}

}  // namespace

Result<proxy::ProbedKey> test_key(store::Store& store, const catalog::Catalog& catalog,
                                  const store::StoredKey& key, const Config& config) {
  const auto platform = std::find_if(catalog.platforms.begin(), catalog.platforms.end(),
                                     [&](const auto& item) { return item.id == key.key.platform; });
  const auto model = std::find_if(
      catalog.models.begin(), catalog.models.end(),
      [&](const auto& item) { return item.platform == key.key.platform && item.enabled; });
  if (platform == catalog.platforms.end()) {
    return Error{.kind = ErrorKind::configuration,
                 .message = "the key's platform is not in the catalog any more"};
  }
  auto secret = store.vault().open(key.key, platform->slug);
  if (!secret) return secret.error();
  auto tls = net::TlsContext::create(config.ca_file);
  if (!tls) return tls.error();
  net::Resolver resolver;
  net::Worker worker{resolver, **tls};
  std::promise<proxy::ProbedKey> done;
  auto result = done.get_future();
  const catalog::Model none;
  worker.start();
  worker.post([&] {
    auto task = probe(worker, *platform, model != catalog.models.end() ? *model : none,
                      secret->reveal(), catalog::egress_of(*platform, key.key), done);
    net::spawn(std::move(task));
  });
  auto check = result.get();
  resolver.stop();
  worker.stop();
  return check;
}

}  // namespace freellm::app
