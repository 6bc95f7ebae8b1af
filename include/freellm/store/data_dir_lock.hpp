#pragma once
// DataDirLock: who uses a data directory. A daemon, a restore and a rotation of the master key hold
// it alone; commands beside a stopped daemon share it, so that nothing is exchanged under them.
//
// A flock on the directory itself: it leaves no file and dies with its process.

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "freellm/base/result.hpp"

namespace freellm::store {

class DataDirLock {
 public:
  /// For one that must be alone. Creates the directory (0700) when missing. Waits up to `patience`
  /// for commands to finish, but not for another exclusive holder.
  [[nodiscard]] static Result<DataDirLock> acquire(
      const std::filesystem::path& data_dir,
      std::chrono::milliseconds patience = std::chrono::milliseconds{3'000});

  /// For a command. nullopt: somebody holds the directory alone. Fails when there is no such
  /// directory.
  [[nodiscard]] static Result<std::optional<DataDirLock>> share(
      const std::filesystem::path& data_dir);

  DataDirLock(DataDirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DataDirLock& operator=(DataDirLock&&) = delete;
  DataDirLock(const DataDirLock&) = delete;
  ~DataDirLock();

 private:
  explicit DataDirLock(int fd) : fd_(fd) {}
  int fd_;
};

/// True when process `pid` holds `data_dir` alone, as the kernel tells it: a number that was
/// written down earlier may belong to another process by now, or to one of another container. Needs
/// the same user or root.
[[nodiscard]] bool holds_alone(int pid, const std::filesystem::path& data_dir);

/// Creates the directory (0700) with its parents when missing, and checks that it can be written.
[[nodiscard]] Status make_data_dir(const std::filesystem::path& data_dir);

}  // namespace freellm::store
