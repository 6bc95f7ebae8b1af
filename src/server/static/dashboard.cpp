#include "dashboard.hpp"

#include <algorithm>
#include <array>

#include "../health.hpp"
#include "web_files.hpp"

namespace freellm::server {
namespace {

constexpr std::string_view kPage = "/index.html";
// Nothing from elsewhere, nothing inline. Pictures attached in the playground are data: URLs.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

const std::vector<embedded::WebFile>& files() {
  static const auto kFiles = embedded::web_files();
  return kFiles;
}

const embedded::WebFile* find_file(std::string_view path) {
  const auto found = std::find_if(files().begin(), files().end(),
                                  [&](const auto& file) { return file.path == path; });
  return found == files().end() ? nullptr : &*found;
}

std::string_view type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".png", "image/png"},
      {".ico", "image/x-icon"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

net::Task<void> send_file(proxy::Exchange& ex, const embedded::WebFile& file) {
  const bool is_hashed = file.path.starts_with("/assets/");  // the name changes with the content
  const bool takes_gzip =
      wire::list_has_token(ex.head.headers.find("Accept-Encoding").value_or(""), "gzip");
  const bool is_small =
      takes_gzip && file.small.data() != file.plain.data() && file.small != file.plain;
  std::vector<proxy::HeaderField> headers{
      {"Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Content-Security-Policy", kPolicy},
      {"Vary", "Accept-Encoding"}};
  if (is_small) headers.push_back({"Content-Encoding", "gzip"});
  const std::string_view body = is_small ? file.small : file.plain;
  const std::string_view type = type_of(file.path);
  co_await proxy::respond(ex, 200, type, body, headers);
}

net::Task<void> serve_file(proxy::Exchange& ex, chat::PaddedBuffer) {
  const auto* file = find_file(ex.head.path);
  if (file == nullptr) file = find_file(kPage);
  co_await send_file(ex, *file);
}

bool is_below(std::string_view path, std::string_view folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

std::optional<std::string_view> dashboard_file(std::string_view path) {
  const auto* file = find_file(path);
  if (file == nullptr) return std::nullopt;
  return file->plain;
}

std::string_view dashboard_policy() { return kPolicy; }

const Endpoint* dashboard_endpoint(const wire::RequestHead& head) {
  static constexpr Endpoint kFile{"GET", "/{id}", Protection::none, &serve_file};
  if (head.method != "GET" && head.method != "HEAD") return nullptr;
  if (find_file(head.path) != nullptr) return &kFile;
  if (find_file(kPage) == nullptr || is_below(head.path, "/api") || is_below(head.path, "/v1") ||
      is_below(head.path, "/assets")) {
    return nullptr;
  }
  const auto accept = head.headers.find("Accept").value_or("");
  return accept.find("text/html") != std::string_view::npos ? &kFile : nullptr;
}

net::Task<void> serve_dashboard(proxy::Exchange& ex, chat::PaddedBuffer body) {
  if (const auto* page = find_file(kPage)) {
    co_await send_file(ex, *page);
  } else {
    co_await serve_root(ex, std::move(body));
  }
}

}  // namespace freellm::server
