// The installed quirk sets. Sets are never freed: adapters and decoders hold references for as long
// as they like, and the table changes a handful of times in a process's life.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>

#include "provider/quirks_parse.hpp"

namespace freellm::embedded {
extern const std::string_view quirks_json;  // config/quirks.json
}

namespace freellm::provider {

namespace {

constexpr std::string_view kCommon = "common";
constexpr std::string_view kPlain = "openai";

using Snapshot = std::vector<const QuirkSet*>;

const QuirkSet* find_in(const Snapshot& snapshot, std::string_view name) {
  const auto found = std::find_if(snapshot.begin(), snapshot.end(),
                                  [&](const auto* set) { return set->name == name; });
  return found == snapshot.end() ? nullptr : *found;
}

class Table {
 public:
  Table() {
    auto built_in = parse_quirks(embedded::quirks_json,
                                 [](std::string_view) -> const QuirkSet* { return nullptr; });
    if (!built_in) {
      // The file is compiled in and tested: getting here is our own fault, and nothing works
      // without it.
      std::fprintf(stderr, "%s\n", built_in.error().message.c_str());
      std::abort();
    }
    add({}, std::move(*built_in));
  }

  void install(std::vector<QuirkSet> added) { add(current(), std::move(added)); }
  void replace(std::vector<QuirkSet> sets) { add(snapshots_.front(), std::move(sets)); }
  [[nodiscard]] const Snapshot& built_in() const { return snapshots_.front(); }

  [[nodiscard]] const Snapshot& current() const {
    return *current_.load(std::memory_order_acquire);
  }

 private:
  void add(Snapshot next, std::vector<QuirkSet> added) {
    const std::lock_guard lock(mutex_);
    for (auto& set : added) {
      std::erase_if(next, [&](const auto* old) { return old->name == set.name; });
      next.push_back(&sets_.emplace_back(std::move(set)));
    }
    current_.store(&snapshots_.emplace_back(std::move(next)), std::memory_order_release);
  }

  std::mutex mutex_;
  std::list<QuirkSet> sets_;
  std::list<Snapshot> snapshots_;  ///< the first one, written before anybody looks, is the built-in
  std::atomic<const Snapshot*> current_{nullptr};
};

Table& table() {
  static Table instance;
  return instance;
}

}  // namespace

void install_quirks(std::vector<QuirkSet> sets) { table().install(std::move(sets)); }

void replace_installed_quirks(std::vector<QuirkSet> sets) { table().replace(std::move(sets)); }

const QuirkSet* built_in_quirks(std::string_view name) { return find_in(table().built_in(), name); }

const QuirkSet* find_quirks(std::string_view name) { return find_in(table().current(), name); }

const QuirkSet& quirks_for(const catalog::Platform& platform) {
  const auto& snapshot = table().current();
  if (const auto* set = find_in(snapshot, platform.quirks)) return *set;
  // A custom endpoint's name is the operator's: calling it "groq" does not make it Groq.
  const auto* set = platform.custom ? nullptr : find_in(snapshot, platform.slug);
  return set != nullptr ? *set : *find_in(snapshot, kPlain);
}

const QuirkSet& common_quirks() { return *find_in(table().current(), kCommon); }

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace freellm::provider
