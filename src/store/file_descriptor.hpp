#pragma once
// A file descriptor that closes itself, and whose a new file is. Private to the store.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace freellm::store {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  FileDescriptor(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// What root makes in a service's data directory belongs to that directory's owner, or the service
/// could not read it: `sudo freellmapi keys add ...` beside a daemon with a user of its own.
inline void give_to_owner_of(const std::filesystem::path& directory, int fd) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  (void)!::fchown(fd, owner.st_uid, owner.st_gid);
}

}  // namespace freellm::store
