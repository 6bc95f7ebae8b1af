#pragma once
// The file of a master key that is being replaced. Private to the store.
//
// A rotation writes the new key beside the old one, seals everything anew in one transaction, and
// only then gives it the name. Whichever of the two files the database is sealed with is the right
// one, so a crash at any point loses nothing.

#include <filesystem>

#include "freellm/base/result.hpp"
#include "freellm/base/secret.hpp"

namespace freellm::store {

[[nodiscard]] std::filesystem::path next_master_key(const std::filesystem::path& data_dir);
/// Writes `hex` there, durably, in place of one that a rotation left behind before its commit.
[[nodiscard]] Status write_next_master_key(const std::filesystem::path& data_dir,
                                           const Secret& hex);
/// Gives it the name of the present one.
[[nodiscard]] Status promote_next_master_key(const std::filesystem::path& data_dir);
void discard_next_master_key(const std::filesystem::path& data_dir);

/// A new name, or a removed one, survives a power cut from here on.
[[nodiscard]] Status sync_directory_of(const std::filesystem::path& file);

}  // namespace freellm::store
