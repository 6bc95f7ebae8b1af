// A process that adds keys is killed again and again: what it acknowledged must still be there and
// open.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "freellm/base/random.hpp"
#include "freellm/store/keys.hpp"
#include "store_fixture.hpp"

namespace freellm::store {
namespace {

std::string secret_number(std::uint32_t number) {
  return "sk-crash-test-" + std::to_string(100'000 + number);
}

/// Child process: adds keys from `first` on and writes each number to `acks` once it was
/// acknowledged.
[[noreturn]] void add_keys_until_killed(const std::filesystem::path& data_dir, int acks,
                                        std::uint32_t first) {
  auto opened = Store::open({.data_dir = data_dir});
  if (!opened) ::_exit(1);
  Store& store = **opened;
  auto synced =
      store.writer()
          .change<catalog::Catalog>([](Db& db) { return sync_catalog(db, small_catalog()); })
          .get();
  if (!synced) ::_exit(2);
  const auto platform = synced->platforms[0].id;
  for (std::uint32_t number = first;; ++number) {
    auto added =
        store.writer()
            .change<KeyId>([&](Db& db) {
              return add_key(db, store.vault(), platform, secret_number(number), "", kNoon);
            })
            .get();
    if (!added) ::_exit(3);
    if (::write(acks, &number, sizeof number) != sizeof number) ::_exit(4);
    // Rows in flight as well, so that kills also hit ordinary batches.
    RequestRecord request;
    request.request_id = secret_number(number);
    request.at = kNoon;
    store.writer().log(std::move(request));
  }
}

/// Runs the child until `kill_after` acknowledgements, kills it, returns the last number
/// acknowledged.
std::uint32_t run_and_kill(const std::filesystem::path& data_dir, std::uint32_t first,
                           std::uint64_t kill_after) {
  int acks[2];
  EXPECT_EQ(::pipe(acks), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(acks[0]);
    add_keys_until_killed(data_dir, acks[1], first);
  }
  ::close(acks[1]);
  std::uint32_t last = first - 1;
  std::uint32_t number = 0;
  for (std::uint64_t seen = 0; ::read(acks[0], &number, sizeof number) == sizeof number;) {
    last = number;
    if (++seen == kill_after)
      ::kill(child, SIGKILL);  // acknowledgements already in the pipe still count
  }
  ::close(acks[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
  return last;
}

std::set<std::string> stored_secrets(const std::filesystem::path& data_dir) {
  std::set<std::string> secrets;
  auto store = Store::open({.data_dir = data_dir});
  EXPECT_TRUE(store) << store.error().message;
  if (!store) return secrets;
  auto db = (*store)->connect_read_only();
  for (const auto& stored : *list_keys(*db, (*store)->vault())) {
    EXPECT_NE(stored.key.state, catalog::KeyState::undecryptable) << stored.state_reason;
    const auto opened = (*store)->vault().open(stored.key, stored.platform_slug);
    if (opened) secrets.emplace(opened->reveal());
  }
  EXPECT_EQ(
      (*db->scalar("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"))
          .value(),
      0);
  return secrets;
}

TEST(Crash, LosesNoAcknowledgedKeyWhenKilledAtAnyMoment) {
  TemporaryDirectory directory;
  const auto data_dir = directory.path() / "data";
  SeededRandom random{20'261'123};
  std::uint32_t next = 1;
  std::set<std::string> acknowledged;

  for (int round = 0; round < 8; ++round) {
    const std::uint32_t last = run_and_kill(data_dir, next, 1 + random.below(20));
    ASSERT_GE(last, next) << "nothing was acknowledged in round " << round;

    for (std::uint32_t number = next; number <= last; ++number)
      acknowledged.insert(secret_number(number));
    const auto secrets = stored_secrets(data_dir);
    EXPECT_TRUE(
        std::includes(secrets.begin(), secrets.end(), acknowledged.begin(), acknowledged.end()))
        << "an acknowledged key was lost in round " << round;
    // The next one may have been written without its acknowledgement: it must not come again.
    next = last + 2;
  }
}

}  // namespace
}  // namespace freellm::store
