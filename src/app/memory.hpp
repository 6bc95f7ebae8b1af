#pragma once
// Memory that only the start of the daemon needed.

namespace freellm::app {

/// Gives back freed heap, and the pages of code that were read to get this far (parsers,
/// migrations, the libraries' set-up). What runs from now on is mapped again from the page cache
/// when it is first called, a few hundred cheap faults in all.
void release_startup_memory();

}  // namespace freellm::app
